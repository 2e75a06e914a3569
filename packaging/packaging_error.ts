/** What may go wrong here. */

/** A bundle, an installation or a package that could not be made, in one line. */
export class PackagingError extends Error {}
