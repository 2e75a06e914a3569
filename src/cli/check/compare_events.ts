/** The order of events, compared: traces, sequences, and what may not happen; pure. */
import type { Millis } from "../../base/clock.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import { formatMoment, formatTraceLine, traceWords } from "../../report/trace_line.ts";
import type { EventPattern } from "../../scenario/event_pattern.ts";
import { findComparedKinds } from "../../scenario/expectations.ts";
import type { Comparison } from "./comparison.ts";
import type { Failure } from "./failure.ts";

/** The first event that is not in its place in the trace, if there is one. */
export function compareTrace(comparison: Comparison): Failure[] {
  const { expected: { trace }, seen, isSeveral, tolerance } = comparison;
  if (trace === undefined) return [];
  const kinds = findComparedKinds(trace);
  const shown = seen.events.filter(({ type }) => kinds.has(type));
  const value = shown.map((it) => `${formatWithRule(it, isSeveral)}\n`).join("");
  const failure = tolerance === undefined
    ? compareLines(comparison, trace, shown)
    : compareSubjects(comparison, trace, shown);
  return failure === undefined ? [] : [{ ...failure, update: { field: "trace", value } }];
}

function compareLines(
  comparison: Comparison,
  trace: readonly EventPattern[],
  shown: readonly RunEvent[],
): Failure | undefined {
  const { isSeveral } = comparison;
  const index = trace.findIndex((pattern, at) => {
    const event = shown[at];
    return event === undefined || !isEvent(comparison, pattern, event, "whole");
  });
  if (index >= 0) {
    const event = shown[index];
    return {
      field: trace[index]!.field,
      expected: trace[index]!.text,
      seen: event === undefined ? "nothing more" : formatAs(trace[index]!, event, isSeveral),
      at: event?.at ?? shown.at(-1)?.at ?? 0,
    };
  }
  const more = shown[trace.length];
  return more && {
    field: trace.at(-1)?.field ?? "trace",
    expected: "nothing more",
    seen: formatWithRule(more, isSeveral),
    at: more.at,
  };
}

/**
 * Real processes of different containers run side by side: the events of each are in order, and not
 * those of all.
 */
function compareSubjects(
  comparison: Comparison,
  trace: readonly EventPattern[],
  shown: readonly RunEvent[],
): Failure | undefined {
  const { isSeveral } = comparison;
  const subjectOf = (kind: string, words: readonly string[]) =>
    /^(container|probe|hook)\.|^log$/.test(kind) || isSeveral ? words[0] ?? "" : "";
  const patterns = Map.groupBy(
    trace.filter(({ kind, words }) => !isMomentary(kind, words)),
    ({ kind, words }) => subjectOf(kind, words),
  );
  const events = Map.groupBy(
    shown.filter((it) => !isMomentary(it.type, traceWords(it, isSeveral))),
    (it) => subjectOf(it.type, traceWords(it, isSeveral)),
  );
  const failures = [...new Set([...patterns.keys(), ...events.keys()])].flatMap((subject) => {
    const found = compareLines(comparison, patterns.get(subject) ?? [], events.get(subject) ?? []);
    return found === undefined ? [] : [found];
  });
  const lineOf = ({ field }: Failure) => Number(/\d+/.exec(field)?.[0] ?? Infinity);
  return failures.toSorted((a, b) => lineOf(a) - lineOf(b))[0];
}

/** A wait that is bent may be over before it is noticed; the restart says how long it was. */
function isMomentary(kind: string, words: readonly string[]): boolean {
  return kind === "container.waiting" && words.includes("CrashLoopBackOff");
}

/** The first event that does not come behind those before it, if there is one. */
export function compareOrder(comparison: Comparison): Failure[] {
  const { expected: { order }, seen: { events }, isSeveral } = comparison;
  let from = 0;
  for (const pattern of order) {
    const index = events.findIndex((event, at) =>
      at >= from && isEvent(comparison, pattern, event, "begin")
    );
    if (index >= 0) {
      from = index + 1;
      continue;
    }
    const { field, text, kind, words } = pattern;
    const early = events.findLast((event) => isEvent(comparison, pattern, event, "begin"));
    const isAlike = (event: RunEvent) =>
      event.type === kind &&
      (words[0] === undefined || traceWords(event, isSeveral)[0] === words[0]);
    const alike = events.slice(from).find(isAlike) ?? events.findLast(isAlike);
    const shown = early ?? alike;
    const before = events[from - 1];
    const seen = shown === undefined
      ? `no ${kind}${words[0] === undefined ? "" : ` of ${words[0]}`}`
      : early === undefined
      ? formatAs(pattern, shown, isSeveral)
      : `${formatAs(pattern, early, isSeveral)}, before ${
        before === undefined ? "all others" : formatTraceLine(before, isSeveral)
      }`;
    return [{ field, expected: text, seen, at: shown?.at ?? before?.at ?? 0 }];
  }
  return [];
}

/** Events that may not happen and did, each pattern once. */
export function compareNever(comparison: Comparison): Failure[] {
  const { expected: { never }, seen: { events }, isSeveral } = comparison;
  return never.flatMap((pattern) => {
    const event = events.find((it) => isEvent(comparison, pattern, it, "begin"));
    if (event === undefined) return [];
    return [{
      field: pattern.field,
      expected: `no ${pattern.text}`,
      seen: formatWithRule(event, isSeveral),
      at: event.at,
    }];
  });
}

function isEvent(
  { isSeveral, tolerance }: Comparison,
  { at, kind, words, rule }: EventPattern,
  event: RunEvent,
  how: "whole" | "begin",
): boolean {
  if (event.type !== kind) return false;
  if (rule !== undefined && ruleOf(event) !== rule) return false;
  const comparable = (it: readonly string[]) =>
    tolerance === undefined ? it : withoutMachine(kind, it);
  const found = comparable(traceWords(event, isSeveral));
  const expected = comparable(words);
  if (how === "whole" && found.length !== expected.length) return false;
  return expected.every((word, index) => word === found[index]) &&
    (at === undefined || isAt(at, event.at, tolerance));
}

/**
 * Without what depends on the machine: what is left of a grace, which has a floor of its own time,
 * and whether a code above 128 came from a signal or from a shell that passes it on.
 */
function withoutMachine(kind: string, words: readonly string[]): readonly string[] {
  if (kind === "container.killing") return words.slice(0, 2);
  if (kind === "container.exited") return words.slice(0, 3);
  return words;
}

/** Windows are meant as they are written; a moment may be off as far as the clock is. */
function isAt(
  { from, to }: NonNullable<EventPattern["at"]>,
  at: Millis,
  tolerance: Millis | undefined,
): boolean {
  if (from !== to) return at >= from && at <= to;
  if (tolerance !== undefined) return Math.abs(at - from) <= tolerance;
  return formatMoment(at) === formatMoment(from);
}

function ruleOf(event: RunEvent): string | undefined {
  return "rule" in event ? event.rule : undefined;
}

/** With the rule where the pattern has one. */
function formatAs({ rule }: EventPattern, event: RunEvent, isSeveral: boolean): string {
  return rule === undefined ? formatTraceLine(event, isSeveral) : formatWithRule(event, isSeveral);
}

function formatWithRule(event: RunEvent, isSeveral: boolean): string {
  const line = formatTraceLine(event, isSeveral);
  const rule = ruleOf(event);
  return rule === undefined ? line : `${line} (${rule})`;
}
