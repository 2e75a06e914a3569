/** What a scenario expects, compared with what was seen of its run; pure. */
import { formatDuration } from "../../base/duration.ts";
import { isObject } from "../../base/plain_data.ts";
import type { Millis } from "../../base/clock.ts";
import type { ContainerStatus } from "../../api/types/pod.ts";
import type { LogEvent } from "../../lifecycle/trace/log_event.ts";
import { formatContainerState } from "../../report/trace_line.ts";
import { joinField } from "../../scenario/field_reader.ts";
import type { Comparison } from "./comparison.ts";
import { compareNever, compareOrder, compareTrace } from "./compare_events.ts";
import type { Failure } from "./failure.ts";
import type { Observation, ObservedPod } from "./observation.ts";

/** All that is not as it was expected, in the order of the reference. */
export function compareScenario(comparison: Comparison): Failure[] {
  return [
    ...compareExitStatus(comparison),
    ...comparePhases(comparison),
    ...compareContainers(comparison),
    ...compareMessages(comparison),
    ...compareOrder(comparison),
    ...compareNever(comparison),
    ...compareTrace(comparison),
    ...compareStatuses(comparison),
    ...compareConditions(comparison),
    ...compareObjects(comparison),
    ...compareKubernetesEvents(comparison),
    ...compareMachine(comparison),
  ];
}

function compareExitStatus({ expected, seen }: Comparison): Failure[] {
  const { exitStatus } = expected;
  return exitStatus === undefined ? [] : compareValue("exitStatus", exitStatus, seen.exitStatus);
}

function comparePhases({ expected, seen }: Comparison): Failure[] {
  return [...expected.phase].flatMap(([name, phase]) => {
    const field = name === "" ? "phase" : joinField("phase", name);
    const pod = name === "" ? seen.pods[0] : findPod(seen, name);
    if (pod === undefined) return [unseen(field, phase, "no such Pod has appeared")];
    return compareValue(field, phase, pod.pod.status?.phase);
  });
}

function compareContainers(comparison: Comparison): Failure[] {
  const { expected, seen, tolerance } = comparison;
  return [
    ...byContainer("restarts", expected.restarts, seen, (field, count, { status }) => {
      return compareValue(field, count, status?.restartCount ?? 0);
    }),
    ...byContainer("exits", expected.exits, seen, (field, exits, { events }) => {
      const ends = events.filter((it) => it.type === "container.exited");
      const isSignal = (index: number) => typeof exits[index] === "string";
      const found = ends.map((it, index) =>
        isSignal(index) ? it.signal ?? it.exitCode : it.exitCode
      );
      const index = found.findIndex((it, at) => it !== exits[at]);
      const at = ends[index]?.at ?? ends.at(-1)?.at;
      return compareValue(field, exits, found).map((it) => at === undefined ? it : { ...it, at });
    }),
    ...byContainer("reasons", expected.reasons, seen, (field, reasons, { events }) => {
      const had = [...new Set(events.flatMap((it) => "reason" in it ? it.reason ?? [] : []))];
      const lacking = reasons.filter((it) => !had.includes(it));
      return lacking.map((it) => ({
        field: reasons.length > 1 ? `${field}[${reasons.indexOf(it)}]` : field,
        expected: it,
        seen: had.length === 0 ? "no reason" : had.join(", "),
      }));
    }),
    ...byContainer("output", expected.output, seen, (field, output, { events }) => {
      return compareOutput(field, output, joinLines(events));
    }),
    ...byContainer("states", expected.states, seen, (field, states, { pod, name }) => {
      const isMomentary = (state: string) => tolerance !== undefined && /^Waiting/.test(state);
      const found = listStates(pod, name).filter((it) => !isMomentary(it));
      return compareValue(field, states.filter((it) => !isMomentary(it)), found);
    }),
  ];
}

/** What was seen of one container. */
interface SeenContainer {
  readonly pod: ObservedPod;
  readonly name: string;
  readonly status: ContainerStatus | undefined;
  readonly events: readonly LogEvent[];
}

function byContainer<T>(
  kind: string,
  expected: ReadonlyMap<string, T>,
  seen: Observation,
  compare: (field: string, value: T, container: SeenContainer) => Failure[],
): Failure[] {
  return [...expected].flatMap(([name, value]) => {
    const field = joinField(kind, name);
    const container = findContainer(seen, name);
    if (container !== undefined) return compare(field, value, container);
    return [unseen(field, formatValue(value), "its Pod has not appeared")];
  });
}

function findContainer(seen: Observation, text: string): SeenContainer | undefined {
  const split = text.lastIndexOf("/");
  const name = text.slice(split + 1);
  const has = ({ pod }: ObservedPod) =>
    [...pod.spec.initContainers ?? [], ...pod.spec.containers].some((it) => it.name === name);
  const pod = split < 0
    ? seen.pods.find(has)
    : seen.pods.find((it) => it.names.includes(text.slice(0, split)) && has(it));
  if (pod === undefined) return undefined;
  const { initContainerStatuses = [], containerStatuses = [] } = pod.pod.status ?? {};
  return {
    pod,
    name,
    status: [...initContainerStatuses, ...containerStatuses].find((it) => it.name === name),
    events: seen.events.filter((it): it is LogEvent =>
      "container" in it && it.container === name && it.uid === pod.pod.metadata.uid
    ),
  };
}

function findPod(seen: Observation, name: string): ObservedPod | undefined {
  return seen.pods.find((it) => it.names.includes(name));
}

/** Lines of output, those that were cut for their length joined again. */
function joinLines(events: readonly LogEvent[]): string[] {
  const lines: string[] = [];
  let held = "";
  for (const event of events) {
    if (event.type !== "log") continue;
    held += event.line;
    if (event.partial) continue;
    lines.push(held);
    held = "";
  }
  return held === "" ? lines : [...lines, held];
}

function compareOutput(
  field: string,
  expected: string | readonly string[],
  lines: readonly string[],
): Failure[] {
  if (typeof expected === "string") {
    const text = lines.join("\n");
    if (text === expected.replace(/\n$/, "")) return [];
    const value = `${text}\n`;
    return [{ field, expected: quote(expected), seen: quote(text), update: { field, value } }];
  }
  let from = 0;
  for (const [index, text] of expected.entries()) {
    const found = lines.findIndex((line, at) => at >= from && line.includes(text));
    if (found < 0) {
      const rest = lines.slice(from);
      const seen = rest.length === 0
        ? from === 0 ? "no output" : "no further line"
        : `${quote(rest[0]!)}${rest.length > 1 ? ` and ${rest.length - 1} further lines` : ""}`;
      return [{ field: `${field}[${index}]`, expected: `a line with ${quote(text)}`, seen }];
    }
    from = found + 1;
  }
  return [];
}

/** The states that a container was published in, each once in a row. */
function listStates({ statuses }: ObservedPod, name: string): string[] {
  const states: string[] = [];
  for (const { status } of statuses) {
    const found = [...status.initContainerStatuses ?? [], ...status.containerStatuses ?? []]
      .find((it) => it.name === name);
    const state = found && formatContainerState(found);
    if (state !== undefined && states.at(-1) !== state) states.push(state);
  }
  return states;
}

function compareMessages({ expected, seen }: Comparison): Failure[] {
  const said = [
    ...seen.events.flatMap((it) => ["because" in it ? it.because : "", it.message]),
    ...seen.kubernetesEvents,
    ...seen.diagnostics,
  ];
  return expected.messages.flatMap((text, index) =>
    said.some((it) => seen.withoutIds(it).includes(text)) ? [] : [{
      field: `messages[${index}]`,
      expected: `a message with ${quote(text)}`,
      seen: "no such message",
    }]
  );
}

function compareStatuses(comparison: Comparison): Failure[] {
  const { expected, seen, tolerance = 0 } = comparison;
  const last = expected.status.flatMap((part, index) =>
    comparePart(seen, seen.pods[index]?.pod.status, part)
  );
  const moments = expected.statusAt.flatMap(({ at, status }) =>
    status.flatMap((part, index) => {
      const { statuses = [] } = seen.pods[index] ?? {};
      const before = statuses.findLast((it) => it.at <= at - tolerance);
      // Of a real run one of those about that time has to fit.
      const around = statuses.filter((it) => it.at > at - tolerance && it.at <= at + tolerance);
      const candidates = [...before ? [before] : [], ...around].map((it) => it.status);
      const found = candidates.map((it) => comparePart(seen, it, part));
      if (found.some((it) => it.length === 0)) return [];
      const failures = found.at(-1) ?? comparePart(seen, undefined, part);
      return failures.map((it) => ({ ...it, at, expected: `${it.expected} at ${moment(at)}` }));
    })
  );
  return [...last, ...moments];
}

function comparePart(
  seen: Observation,
  whole: unknown,
  { field, part }: { readonly field: string; readonly part: unknown },
): Failure[] {
  if (!isObject(part) && !Array.isArray(part)) {
    return compareValue(field, part, typeof whole === "string" ? seen.withoutIds(whole) : whole);
  }
  if (!isObject(whole) && !Array.isArray(whole)) {
    return [{ field, expected: formatValue(part), seen: formatValue(whole) }];
  }
  if (Array.isArray(part)) {
    if (!Array.isArray(whole) || whole.length !== part.length) {
      const count = Array.isArray(whole) ? whole.length : 0;
      return [{ field, expected: items(part.length), seen: items(count) }];
    }
    return part.flatMap((it, index) =>
      comparePart(seen, whole[index], { field: `${field}[${index}]`, part: it })
    );
  }
  return Object.entries(part).flatMap(([name, it]) =>
    comparePart(seen, (whole as Readonly<Record<string, unknown>>)[name], {
      field: joinField(field, name),
      part: it,
    })
  );
}

function items(count: number): string {
  return count === 1 ? "a list of 1 item" : `a list of ${count} items`;
}

function compareConditions({ expected, seen }: Comparison): Failure[] {
  return [...expected.conditions].flatMap(([name, conditions]) => {
    const found = findConditions(seen, name);
    return [...conditions].flatMap(([type, text]): Failure[] => {
      const field = joinField(joinField("conditions", name), type);
      if (found === undefined) return [unseen(field, text, `there is no ${name}`)];
      const condition = found.find((it) => it.type === type);
      if (condition === undefined) return [unseen(field, text, `no condition ${type}`)];
      const { status, reason = "" } = condition;
      return compareValue(field, text, text.includes(" ") ? `${status} ${reason}` : status);
    });
  });
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

function findConditions(seen: Observation, name: string): readonly Condition[] | undefined {
  if (name.startsWith("Pod/")) {
    const { statuses = [] } = findPod(seen, name.slice("Pod/".length)) ?? {};
    return (statuses.findLast((it) => !it.isEnding) ?? statuses.at(-1))?.status.conditions ?? [];
  }
  const object = seen.objects.get(name);
  if (object === undefined) return undefined;
  const { status } = object as { readonly status?: { readonly conditions?: readonly Condition[] } };
  return status?.conditions ?? [];
}

function compareObjects({ expected, seen }: Comparison): Failure[] {
  return [...expected.objects].flatMap(([name, part]) => {
    const field = joinField("objects", name);
    const object = seen.objects.get(name) as { readonly status?: unknown } | undefined;
    if (object === undefined) return [unseen(field, formatValue(part), `there is no ${name}`)];
    return comparePart(seen, object.status, { field, part });
  });
}

function compareKubernetesEvents({ expected, seen }: Comparison): Failure[] {
  return expected.events.flatMap((text, index) => {
    if (seen.kubernetesEvents.includes(text)) return [];
    const reason = text.split(" ")[1]!;
    const alike = seen.kubernetesEvents.find((it) => it.split(" ")[1] === reason);
    const field = `events[${index}]`;
    return [{
      field,
      expected: text,
      seen: alike ?? `no Event with the reason ${reason}`,
      ...alike !== undefined && { update: { field, value: alike } },
    }];
  });
}

function compareMachine({ expected, seen, tolerance }: Comparison): Failure[] {
  // Only a simulated machine is asked for exactly this.
  if (tolerance !== undefined) return [];
  return [...expected.machine].flatMap(([name, part]) =>
    comparePart(seen, seen.asked.get(name), { field: joinField("machine", name), part })
  );
}

function compareValue(field: string, expected: unknown, seen: unknown): Failure[] {
  if (JSON.stringify(expected) === JSON.stringify(seen)) return [];
  return [{
    field,
    expected: formatValue(expected),
    seen: formatValue(seen),
    ...seen !== undefined && { update: { field, value: seen } },
  }];
}

function unseen(field: string, expected: string, seen: string): Failure {
  return { field, expected, seen };
}

function formatValue(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function moment(at: Millis): string {
  return at === 0 ? "0s" : formatDuration(at);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
