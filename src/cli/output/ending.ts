/**
 * The line when a signal asks the run to end: what it waits for, and how to end it at once; pure.
 */
import type { Pod } from "../../api/types/pod.ts";

/** More names than these do not help the reader. */
const MAX_NAMES = 4;

/** A stop is never faster than this, or than the whole grace where that is shorter. */
const STOP_FLOOR_SECONDS = 2;

/**
 * The containers that are still running, and how long they may take.
 *
 * @param pods those that end now.
 * @param signal its name; SIGINT is what Ctrl-C sends.
 * @param speed lifecycle seconds per second.
 * @returns undefined where no container runs: then there is nothing to wait for.
 */
export function describeEnding(
  pods: readonly Pod[],
  signal: string,
  speed: number,
): string | undefined {
  const names: string[] = [];
  let graceSeconds = 0;
  for (const { metadata, spec, status } of pods) {
    const running = [...status?.initContainerStatuses ?? [], ...status?.containerStatuses ?? []]
      .filter(({ state }) => state?.running !== undefined)
      .map(({ name }) => pods.length === 1 ? name : `${metadata.name}/${name}`);
    if (running.length === 0) continue;
    names.push(...running);
    const grace = spec.terminationGracePeriodSeconds ?? 30;
    graceSeconds = Math.max(
      graceSeconds,
      speed === 1 ? grace : Math.max(grace / speed, Math.min(grace, STOP_FLOOR_SECONDS)),
    );
  }
  if (names.length === 0) return undefined;
  const more = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const [what, them] = names.length === 1 ? ["container", "it"] : ["containers", "them"];
  const again = signal === "SIGINT" ? "Ctrl-C" : signal;
  return `Waiting at most ${Number(graceSeconds.toFixed(1))} s for ${what} ${shown} to end; ` +
    `a second ${again} ends ${them} at once`;
}
