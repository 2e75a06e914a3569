/** Where programs of this machine are. */

/**
 * The first file of that name in the folders of PATH; undefined: there is none.
 *
 * @param path folders, as `PATH` has them. @default this process's own
 */
export function findProgram(name: string, path = Deno.env.get("PATH") ?? ""): string | undefined {
  for (const folder of path.split(":")) {
    try {
      if (Deno.statSync(`${folder}/${name}`).isFile) return `${folder}/${name}`;
    } catch (error) {
      // After `su`, PATH may name folders of another user.
      const isElsewhere = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory;
      if (!isElsewhere) throw error;
    }
  }
  return undefined;
}
