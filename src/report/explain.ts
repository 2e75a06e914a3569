/**
 * From a word, an exit code, a run's events or a Pod to plain sentences: what happened, by which
 * rule, what to look at next; pure.
 */
import type { ContainerStatus, Pod } from "../api/types/pod.ts";
import { explainCondition, explainPhase, roleOf } from "../lifecycle/trace/because.ts";
import type { ContainerRole, LogEvent } from "../lifecycle/trace/log_event.ts";
import { createPodRecord } from "../lifecycle/record/record.ts";
import { meaningOfExit, meaningOfStatus } from "./exit_code.ts";
import { glossary } from "./glossary.ts";
import { Advice, type Meaning, section } from "./meaning.ts";
import { rules } from "./rules.ts";
import { ownValue } from "../base/plain_data.ts";
import { escapeControls } from "../base/control_characters.ts";
import { formatSubject, formatSummaryLine } from "./summary.ts";

/** Every word that {@link explainWord} knows as such, for suggestions of a near one. */
export const knownWords: readonly string[] = [...Object.keys(glossary), ...Object.keys(rules)];

/** What an exit code from 0 to 255 text, of a container and of this program. */
export function explainExitCode(code: number): string[] {
  const status = meaningOfStatus(code);
  return [
    ...formatMeaning(`Exit code ${code} of a container`, meaningOfExit(code)),
    ...(status === undefined ? [] : [`As the exit status of run and simulate: ${status}.`]),
  ];
}

/**
 * What a reason, phase, condition, displayed status or rule text, in any letter case.
 *
 * @returns undefined for a word that is none.
 */
export function explainWord(word: string): string[] | undefined {
  const rule = find(rules, word);
  if (rule !== undefined) {
    const { text, source } = rule.value;
    return [`${rule.key}: ${text}`, `  Source: ${source}`];
  }
  const entry = find(glossary, word);
  if (entry !== undefined) {
    return entry.value.flatMap((it) => formatMeaning(`${entry.key}, ${it.as}`, it));
  }
  const [, done, all] = /^init:(\d+)\/(\d+)$/i.exec(word) ?? [];
  if (all !== undefined) {
    return [`${word}: ${done} of ${all} init containers are done, and the next one has yet to be.`];
  }
  const [, kind, number] = /^(signal|exitcode):(\d+)$/i.exec(word) ?? [];
  if (number !== undefined) {
    const code = Number(number) + (kind!.toLowerCase() === "signal" ? 128 : 0);
    return code > 255 ? undefined : explainExitCode(code);
  }
  const init = /^init:(.+)$/i.exec(word)?.[1];
  const rest = init === undefined ? undefined : explainWord(init);
  return rest && [`${word} is shown for an init container, which blocks all that follow.`, ...rest];
}

function find<T>(table: Readonly<Record<string, T>>, word: string) {
  const key = Object.keys(table).find((it) => it.toLowerCase() === word.toLowerCase());
  return key === undefined ? undefined : { key, value: table[key]! };
}

function formatMeaning(what: string, { text, rule, next }: Meaning): string[] {
  return [
    `${what}: ${text}`,
    `  By ${rule}: ${rules[rule]?.text}`,
    ...(next === undefined ? [] : [`  Look next: ${next}`]),
  ];
}

/** The explanation of a run's events, Pod by Pod. */
export function explainEvents(events: readonly LogEvent[]): string[] {
  const pods = [...new Set(events.map(({ pod }) => pod))];
  return pods.flatMap((pod, index) => [
    ...(index === 0 ? [] : [""]),
    ...explainRun(pod, events.filter((event) => event.pod === pod)),
  ]);
}

function explainRun(pod: string, events: readonly LogEvent[]): string[] {
  const advice = new Advice();
  const summary = explainEnd(pod, events, advice);
  const decisions = findDecisions(events);
  const containers = [...new Set(events.flatMap((it) => "container" in it ? [it.container] : []))]
    .flatMap((name) => explainRuns(name, events, advice));
  const ignored = events.filter((event) => event.type === "field.ignored");
  const named = new Set(decisions.map(({ rule }) => rule));
  return [
    summary,
    ...section("What was decided, and why", decisions.map(({ line }) => line)),
    ...section("Containers", containers),
    ...section("Fields that were not enforced", ignored.map(({ message }) => message)),
    ...section(
      "The rules",
      [...named].map((rule) => `${rule}: ${ownValue(rules, rule)?.text ?? "unknown here"}`),
    ),
    ...section("What to look at next", advice.lines),
  ].map(escapeControls);
}

/** How it came out, in a line. */
function explainEnd(pod: string, events: readonly LogEvent[], advice: Advice): string {
  const phase = events.findLast((event) => event.type === "pod.phase");
  const finished = events.findLast((event) => event.type === "pod.finished");
  const at = `${(events.at(-1)!.at / 1000).toFixed(3)} s of lifecycle time`;
  const last = finished?.phase ?? phase?.to ?? "Pending";
  const reason = finished?.reason ?? phase?.reason;
  if (reason !== undefined) advice.add("The Pod", glossary[reason]?.[0]);
  const why = phase !== undefined && phase.to === last ? `: ${phase.because} (${phase.rule})` : "";
  const word = reason === undefined ? last : `${last} (${reason})`;
  if (finished === undefined) return `Pod ${pod}: ${word}${why}; the log ends there, after ${at}`;
  const status = meaningOfStatus(finished.exitCode);
  const meaning = status === undefined ? "the code of a container" : status;
  return `Pod ${pod}: ${word}${why}; after ${at} the program ended with ${finished.exitCode}: ${meaning}`;
}

/** The decisions that are reported. */
function findDecisions(events: readonly LogEvent[]) {
  // A long run has more events than a call may have arguments.
  const subjectWidth = events.reduce(
    (width, event) => Math.max(width, formatSubject(event, "container").length),
    0,
  );
  return events.flatMap((event) => {
    const line = formatSummaryLine(event, { colour: false, subjectWidth, naming: "container" });
    if (line === undefined || !("because" in event)) return [];
    const { because, rule } = event;
    return [{ line: `${line}: ${because} (${rule})`, rule }];
  });
}

const roleWords: Readonly<Record<ContainerRole, string>> = {
  init: "Init container",
  sidecar: "Sidecar",
  app: "Container",
  ephemeral: "Ephemeral container",
};

/** The runs of one container, how the last one ended, and what it waits for. */
function explainRuns(name: string, events: readonly LogEvent[], advice: Advice): string[] {
  const own = events.filter((event) => "container" in event && event.container === name);
  const ends = own.filter((event) => event.type === "container.exited");
  const starts = own.filter((event) => event.type === "container.started");
  const waiting = own.findLast((event) => event.type === "container.waiting");
  const first = own.find((event) => "role" in event);
  const subject = `${roleWords[first?.role ?? "app"]} ${name}`;
  const waited = starts.reduce((sum, { delayMs = 0 }) => sum + delayMs, 0);
  const lines = [
    `${subject}: ${starts.length} ${starts.length === 1 ? "run" : "runs"}` +
    (ends.length === 0 ? "" : `, ended with ${formatCodes(ends.map(({ exitCode }) => exitCode))}`) +
    (waited === 0 ? "" : `; it waited ${waited / 1000} s in all to be started again`),
  ];
  const end = ends.at(-1);
  if (end !== undefined) lines.push(...explainExit(subject, end.exitCode, end.reason, advice));
  lines.push(...explainAnswers(subject, own, advice));
  if (waiting !== undefined && waiting.at >= (starts.at(-1)?.at ?? 0)) {
    lines.push(...explainReason(subject, waiting.reason, advice));
  }
  return lines;
}

/** What went wrong last with its probes and hooks. */
function explainAnswers(subject: string, own: readonly LogEvent[], advice: Advice): string[] {
  const lines: string[] = [];
  const probe = own.findLast((it) => it.type === "probe.result" && it.result !== "success");
  if (probe?.type === "probe.result") {
    lines.push(`  ${probe.message} (${probe.rule})`);
    advice.add(subject, glossary["Unhealthy"]?.[0]);
  }
  const hook = own.findLast((it) => it.type === "hook.finished" && it.result !== "success");
  if (hook?.type === "hook.finished") {
    lines.push(`  ${hook.message}: ${hook.because} (${hook.rule})`);
    const word = hook.hook === "postStart" ? "FailedPostStartHook" : "FailedPreStopHook";
    if (hook.result !== "cancelled") advice.add(subject, glossary[word]?.[0]);
  }
  return lines;
}

/** `1 (3 times), then 0`. */
function formatCodes(codes: readonly number[]): string {
  const groups: { readonly code: number; count: number }[] = [];
  for (const code of codes) {
    const last = groups.at(-1);
    if (last?.code === code) last.count++;
    else groups.push({ code, count: 1 });
  }
  return groups.map(({ code, count }) =>
    count === 1 ? `${code}` : `${code} (${formatTimes(count)})`
  )
    .join(", then ");
}

/** The reason comes before the code where it is more specific. */
function explainExit(subject: string, code: number, reason: string, advice: Advice): string[] {
  if (code === 0) return [];
  if (reason !== "Error") return explainReason(subject, reason, advice);
  const meaning = meaningOfExit(code);
  advice.add(subject, meaning);
  return [`  Exit code ${code}: ${meaning.text} (${meaning.rule})`];
}

function explainReason(subject: string, reason: string, advice: Advice): string[] {
  const meaning = glossary[reason]?.[0];
  if (meaning === undefined) return [];
  advice.add(subject, meaning);
  return [`  ${reason}: ${meaning.text} (${meaning.rule})`];
}

/** The explanation of a Pod's status. */
export function explainPod(pod: Pod): string[] {
  const { metadata, status = {} } = pod;
  const { phase = "Pending", reason, message } = status;
  const advice = new Advice();
  // The record matters for evictions alone, and those are reported by their reason.
  const why = explainPhase(pod, createPodRecord({ at: 0, status }), status);
  if (reason !== undefined) advice.add("The Pod", glossary[reason]?.[0]);
  const conditions = (status.conditions ?? []).filter((it) => it.status !== "True");
  const containers = [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
  ].flatMap((it) => explainContainer(pod, it, advice));
  return [
    `Pod ${metadata.namespace ?? "default"}/${metadata.name}: ${phase}` +
    (reason === undefined ? `: ${why.because} (${why.rule})` : ` (${reason}): ${message}`),
    ...(metadata.deletionTimestamp === undefined
      ? []
      : ["It is being deleted; nothing of it is started any more (R-ACT-9)"]),
    ...section(
      "Conditions that do not hold",
      conditions.map(({ type, reason, message }) => {
        if (reason === undefined) return `${type}: ${explainCondition(type, false)}`;
        const meaning = glossary[reason]?.[0];
        return `${type}: ${reason}${message ? `: ${message}` : ""}` +
          (meaning === undefined ? "" : `. ${meaning.text} (${meaning.rule})`);
      }),
    ),
    ...section("Containers", containers),
    ...section("What to look at next", advice.lines),
  ].map(escapeControls);
}

function explainContainer(pod: Pod, status: ContainerStatus, advice: Advice): string[] {
  const { name, state = {}, lastState, restartCount, ready } = status;
  const subject = `${roleWords[roleOf(pod, name)]} ${name}`;
  const restarts = restartCount === 0 ? "" : `, restarted ${formatTimes(restartCount)}`;
  const { waiting, running, terminated } = state;
  const lines: string[] = [];
  if (running !== undefined) {
    lines.push(
      `${subject}: running since ${running.startedAt}${ready ? "" : ", not ready"}${restarts}`,
    );
  } else if (terminated !== undefined) {
    const { exitCode, reason, message } = terminated;
    const detail = message ? `: ${message}` : "";
    lines.push(`${subject}: ended with exit code ${exitCode} (${reason})${restarts}${detail}`);
    lines.push(...explainExit(subject, exitCode, reason ?? "Error", advice));
  } else {
    const detail = waiting?.message ? `: ${waiting.message}` : "";
    lines.push(
      `${subject}: waits: ${waiting?.reason ?? "for no reason given"}${restarts}${detail}`,
    );
    if (waiting?.reason) lines.push(...explainReason(subject, waiting.reason, advice));
  }
  const last = lastState?.terminated;
  if (last !== undefined) {
    const { exitCode, reason, message, finishedAt } = last;
    const detail = message ? `: ${message}` : "";
    // The end of a run whose record was lost has no time (R-STATUS-13).
    const when = finishedAt ? ` at ${finishedAt}` : "";
    lines.push(
      `  Its run before ended${when} with exit code ${exitCode} (${reason})${detail}`,
    );
    // What went before a good end is over.
    if (terminated?.exitCode !== 0) {
      lines.push(...explainExit(subject, exitCode, reason ?? "Error", advice));
    }
  }
  return lines;
}

function formatTimes(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
