/**
 * First word of the command line with which the program starts itself as a dialer: `dialer SOCKET`;
 * not for people.
 */
export const DIALER_WORD = "dialer";
