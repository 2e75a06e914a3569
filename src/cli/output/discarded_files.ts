/** The report of files that containers wrote outside volumes. */
import type { DiscardedFiles } from "../../runtime/disk/folder_removal.ts";

/**
 * States how many files were discarded with their containers and what keeps them; undefined if none
 * were.
 */
export function describeDiscarded(
  { inWorkdir, elsewhere, isCut }: DiscardedFiles,
): string | undefined {
  const count = inWorkdir + elsewhere;
  if (count === 0 && !isCut) return undefined;
  const one = count === 1 && !isCut;
  const number = isCut ? count === 0 ? "many" : `more than ${count}` : count;
  const files = `${number} ${one ? "file" : "files"}`;
  const them = one ? "it" : "them";
  const remedy = elsewhere === 0
    ? `--workdir . keeps ${them}`
    : inWorkdir === 0
    ? `a volume keeps ${them}`
    : `--workdir . keeps those in the working directory, a volume the others`;
  return `${files} written outside volumes ${one ? "was" : "were"} discarded; ${remedy}`;
}
