/** Writes the kubeconfig of a server, for its user alone. */
import {
  formatKubeconfig,
  isOwnKubeconfig,
  type ServerAddress,
} from "../../apiserver/front/kubeconfig.ts";
import { UsageError } from "../../base/usage_error.ts";
import { describeFailure } from "../output/failure.ts";

/**
 * Writes the file whole, and renames it into place.
 *
 * @throws {UsageError} where it cannot be written, or is a file that was not written here.
 */
export function writeKubeconfig(path: string, address: ServerAddress): void {
  if (isForeign(path)) {
    throw new UsageError(
      `--kubeconfig: ${path} was not written by podling serve, and is left as it is; ` +
        "name another file, or remove that one",
    );
  }
  try {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/") + 1), { recursive: true, mode: 0o700 });
    const fresh = `${path}.${Deno.pid}.new`;
    Deno.writeTextFileSync(fresh, formatKubeconfig(address), { mode: 0o600, createNew: true });
    Deno.renameSync(fresh, path);
  } catch (error) {
    throw new UsageError(`--kubeconfig: ${path} cannot be written: ${describeFailure(error)}`);
  }
}

/** A word as a shell reads it. */
export function quoteWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function isForeign(path: string): boolean {
  try {
    return !isOwnKubeconfig(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // What cannot be read is not ours.
    return true;
  }
}
