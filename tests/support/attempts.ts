/** Tests in which a machine that stands still for a moment makes a difference. */

const ATTEMPTS = 3;

/**
 * Tries until it goes well: what is wrong is so each time, a machine that stood still is not.
 *
 * @param body gets how many attempts have failed.
 */
export async function attempt(body: (failures: number) => Promise<void>): Promise<void> {
  for (let count = 1;; count++) {
    try {
      return await body(count - 1);
    } catch (error) {
      if (count === ATTEMPTS) throw error;
    }
  }
}
