/** A run as lanes of spans and marks, from the events of its log; pure. */
import type { Millis } from "../../base/clock.ts";
import type { LogEvent, RunEvent } from "../../lifecycle/trace/log_event.ts";
import type { Lane } from "./lane.ts";
import type { ObjectEvent } from "../explain_object.ts";
import { ObjectLanes } from "./object_lanes.ts";
import { PodLanes } from "./pod_lanes.ts";

/** A whole run. */
export interface Timeline {
  /** Of the first event and of the last one, lifecycle ms. */
  readonly from: Millis;
  readonly to: Millis;
  /** What owns others stands above them. */
  readonly groups: readonly LaneGroup[];
}

/** The lanes of one Pod, or of an object that manages Pods. */
export interface LaneGroup {
  /** `Pod default/web`. */
  readonly title: string;
  /** How many owners it has above itself. */
  readonly depth: number;
  readonly lanes: readonly Lane[];
}

/** A group while events are read. */
interface OpenGroup {
  readonly name: string;
  readonly lanes: PodLanes | ObjectLanes;
}

/** Lines of output and of what is left out say nothing about time. */
const UNDRAWN: ReadonlySet<string> = new Set(["log", "field.ignored", "object.ignored"]);

/** Draws up the lanes; an empty log has none. Events are taken in the order of their times. */
export function computeTimeline(events: readonly RunEvent[]): Timeline {
  const drawn = events.filter(({ type }) => !UNDRAWN.has(type)).sort((a, b) => a.at - b.at);
  const from = drawn[0]?.at ?? 0;
  const to = drawn.at(-1)?.at ?? from;
  const groups = new Map<string, OpenGroup>();
  const owners = new Map<string, string>();
  for (const event of drawn) {
    if ("pod" in event) addPodEvent(groups, event);
    else addObjectEvent(groups, owners, event);
  }
  return { from, to, groups: sortGroups([...groups.values()], owners, to) };
}

function addPodEvent(groups: Map<string, OpenGroup>, event: LogEvent): void {
  // A Pod that is created again under its name is another one.
  const group = groups.get(event.uid) ??
    { name: `Pod ${event.pod}`, lanes: new PodLanes(event.at) };
  groups.set(event.uid, group);
  if (group.lanes instanceof PodLanes) group.lanes.add(event);
}

function addObjectEvent(
  groups: Map<string, OpenGroup>,
  owners: Map<string, string>,
  event: ObjectEvent,
): void {
  const { object } = event;
  if ("owner" in event && event.owner !== undefined) owners.set(object, event.owner);
  // A Pod has lanes of its own.
  if (object.startsWith("Pod ")) return;
  const group = groups.get(object) ?? { name: object, lanes: new ObjectLanes() };
  groups.set(object, group);
  if (
    group.lanes instanceof ObjectLanes && event.type !== "field.ignored" &&
    event.type !== "object.ignored"
  ) group.lanes.add(event);
}

/** Each below its owner, siblings in the order of their first events. */
function sortGroups(
  groups: readonly OpenGroup[],
  owners: ReadonlyMap<string, string>,
  to: Millis,
): LaneGroup[] {
  const names = new Set(groups.map(({ name }) => name));
  const ownerOf = (name: string) => {
    const owner = owners.get(name);
    return owner !== undefined && names.has(owner) ? owner : undefined;
  };
  const byOwner = Map.groupBy(groups, ({ name }) => ownerOf(name));
  const seen = new Set<OpenGroup>();
  const below = (owner: string | undefined, depth: number): LaneGroup[] =>
    (byOwner.get(owner) ?? []).flatMap((group) => {
      // A log may claim that objects own each other.
      if (seen.has(group)) return [];
      seen.add(group);
      const self = { title: group.name, depth, lanes: group.lanes.end(to) };
      // Pods of one name have nothing below them.
      return [self, ...group.lanes instanceof PodLanes ? [] : below(group.name, depth + 1)];
    });
  const rooted = below(undefined, 0);
  const rest = groups.filter((group) => !seen.has(group))
    .map((group) => ({ title: group.name, depth: 0, lanes: group.lanes.end(to) }));
  return [...rooted, ...rest];
}
