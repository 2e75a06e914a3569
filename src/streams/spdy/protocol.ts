/** What SPDY is called. */

/** The protocol's name in `Upgrade`. */
export const SPDY = "SPDY/3.1";
