/** What a change of a Service's endpoints means to people; pure. */
import type { Endpoint } from "../../api/types/network.ts";
import type { EndpointCounts } from "../change.ts";

/** How many changes a line names. */
const MOST_NAMED = 3;

/** What an endpoint gets: traffic, what is left of it, or nothing. */
type State = "ready" | "terminating" | "not ready" | "not listed any more";

/** It has ended, is gone, or is not selected any more. */
const NOT_LISTED = "not listed any more";

/**
 * How many endpoints there are, and what changed about them; undefined if none gets other traffic
 * than before.
 */
export function describeEndpoints(
  before: readonly Endpoint[],
  after: readonly Endpoint[],
): EndpointCounts | undefined {
  const old = statesOf(before);
  const present = statesOf(after);
  const changes = [...new Set([...old.keys(), ...present.keys()])].flatMap((name) => {
    const state = present.get(name) ?? NOT_LISTED;
    return state === (old.get(name) ?? NOT_LISTED) ? [] : [`Pod ${name} is ${state}`];
  });
  if (changes.length === 0) return undefined;
  const more = changes.length - MOST_NAMED;
  const ready = [...present.values()].filter((it) => it === "ready").length;
  return {
    ready,
    notReady: present.size - ready,
    because: changes.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : ""),
    rule: "R-SLICE-2",
  };
}

/** By name of the Pod: it stays the same in each of its slices. */
function statesOf(endpoints: readonly Endpoint[]): Map<string, State> {
  return new Map(endpoints.map(({ targetRef, conditions = {} }) => {
    const { ready, terminating } = conditions;
    const state: State = ready ? "ready" : terminating ? "terminating" : "not ready";
    return [targetRef?.name ?? "", state];
  }));
}
