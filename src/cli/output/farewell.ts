/** What `run` says last of all: what became of the files that containers wrote. */
import type { DiscardedFiles } from "../../runtime/linux/linux_runtime.ts";

/** Tells how many files went with their containers, and what would have kept them; undefined if none did. */
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
