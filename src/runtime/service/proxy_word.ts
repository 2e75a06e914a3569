/**
 * First word of the command line with which the program starts itself as a proxy of Services:
 * `service-proxy SETTINGS`; not for people.
 */
export const PROXY_WORD = "service-proxy";
