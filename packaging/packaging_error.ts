/** What may go wrong here. */

/** A bundle, an installation or a package that could not be made, in one line. */
export class PackagingError extends Error {}

/**
 * Turns a refusal of the system into one line.
 * @param purpose what could not be done.
 * @throws {PackagingError} in place of what the system refuses.
 */
export async function report<T>(purpose: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof PackagingError || !(error instanceof Error)) throw error;
    if (!Object.values(Deno.errors).some((it) => error instanceof it) && !("code" in error)) {
      throw error;
    }
    throw new PackagingError(`Cannot ${purpose}: ${error.message}`);
  }
}
