/** Events that a lesson waits for; pure. */
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";

/** Events whose fields have these values, so many of them. */
export interface Sight {
  /** Of an event; `pod` is the name without its namespace. */
  readonly match: Readonly<Record<string, string | number | boolean>>;
  /** @default 1 */
  readonly times?: number;
}

/** Whether an event has these values. */
export function isMatch(event: RunEvent, match: Sight["match"]): boolean {
  return Object.entries(match).every(([field, value]) => {
    const own: unknown = (event as unknown as Readonly<Record<string, unknown>>)[field];
    return field === "pod" ? podNameOf(event) === value : own === value;
  });
}

/** The name of an event's Pod, without its namespace. */
export function podNameOf(event: RunEvent): string | undefined {
  return "pod" in event ? event.pod.slice(event.pod.indexOf("/") + 1) : undefined;
}

/** Waits for sights, in any order. */
export class SightCount {
  readonly #left: { readonly match: Sight["match"]; times: number }[];

  /** Without sights it waits without end. */
  constructor(sights: readonly Sight[]) {
    this.#left = sights.map(({ match, times = 1 }) => ({ match, times }));
  }

  /** Takes the next event. @returns whether it is the one that completes all sights. */
  add(event: RunEvent): boolean {
    const wasOpen = this.#left.length > 0;
    for (const sight of this.#left) if (isMatch(event, sight.match)) sight.times--;
    this.#left.splice(0, Infinity, ...this.#left.filter(({ times }) => times > 0));
    return wasOpen && this.#left.length === 0;
  }
}

/** The events up to the one that completes the sights; all if none does. */
export function cutAfter(events: readonly RunEvent[], sights: readonly Sight[]): {
  readonly events: readonly RunEvent[];
  readonly isComplete: boolean;
} {
  const count = new SightCount(sights);
  const last = events.findIndex((event) => count.add(event));
  return last < 0
    ? { events, isComplete: false }
    : { events: events.slice(0, last + 1), isComplete: true };
}
