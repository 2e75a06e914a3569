/** Models that are wrong on purpose: the comparison has to notice each. */
import { podling } from "./differences.ts";
import type { Rules } from "./rules.ts";
import { graceOf, initsOf, isSidecar } from "./spec.ts";

/** What is wrong, and how. */
export interface Mutant {
  readonly about: string;
  readonly rules: Rules;
}

const changes: readonly { readonly about: string; readonly change: Partial<Rules> }[] = [
  { about: "the back-off does not grow", change: { growBackoff: (delayMs) => delayMs } },
  { about: "no restart waits for a back-off", change: { backoffSince: () => undefined } },
  {
    about: "sidecars are stopped first",
    change: {
      stopsAfter: (pod, name) => {
        const sidecars = initsOf(pod).filter((init) => isSidecar(pod, init));
        const names = sidecars.map((sidecar) => sidecar.name);
        return names.includes(name) ? [] : names;
      },
    },
  },
  { about: "a probe's own grace is not looked at", change: { probeGrace: graceOf } },
  { about: "no exit restarts all containers", change: { restartsAll: () => false } },
  { about: "what a reset kills counts by its exit code", change: { resetIsOneSync: false } },
  {
    about: "a Pod that has failed goes on",
    change: { endsPod: (phase) => phase === "Succeeded" },
  },
  { about: "the sandbox outlives the mains", change: { sandboxEndsWithMains: false } },
  {
    about: "a Pod that ends by itself gives its containers a second at least",
    change: { naturalGrace: (pod) => Math.max(1, graceOf(pod)) },
  },
];

/** One for each part of the loop. */
export const mutants: readonly Mutant[] = changes.map(({ about, change }) => ({
  about,
  rules: { ...podling, ...change },
}));
