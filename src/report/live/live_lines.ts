/** The lines of a live view; pure. */
import type { Millis } from "../../base/clock.ts";
import { escapeControls } from "../../base/control_characters.ts";
import { formatDuration } from "../../base/duration.ts";
import type { LiveContainer, LiveObject, LivePod } from "./live_state.ts";

/** A line, and what colours it. */
export interface LiveLine {
  readonly text: string;
  readonly look: "good" | "bad" | "wait" | "plain";
}

/** What there is room for. */
export interface LiveSize {
  readonly columns: number;
  readonly rows: number;
}

/** Rows that output keeps for itself. */
const OUTPUT_ROWS = 3;

interface Row {
  /** A name, a state and what more there is, the most important last; or a name and a sentence. */
  readonly cells: readonly [string, string, readonly string[]] | readonly [string, string];
  readonly look: LiveLine["look"];
}

/**
 * How a run stands, in as many lines as there is room for, none longer than the terminal.
 *
 * @param now in lifecycle ms.
 */
export function formatLiveLines(
  { pods, objects }: { readonly pods: readonly LivePod[]; readonly objects: readonly LiveObject[] },
  now: Millis,
  { columns, rows }: LiveSize,
): LiveLine[] {
  const room = Math.max(rows - OUTPUT_ROWS, 1);
  const groups = pods.map((pod) => formatPod(pod, now));
  const owners = objects.map(({ name, change }): Row => ({
    cells: [shortName(name), change],
    look: "plain",
  }));
  const all = [...owners, ...groups.flat()];
  // Where not all fits: the Pods without their containers, then as many as fit.
  const heads = [...owners, ...groups.map(([head]) => head!)];
  const shown = all.length <= room ? all : heads.slice(0, heads.length <= room ? room : room - 1);
  const hidden = all.length <= room ? [] : pods.slice(Math.max(shown.length - owners.length, 0));
  const lines = alignRows(shown, columns);
  return hidden.length === 0 ? lines : [...lines, summarize(hidden, columns)];
}

function formatPod({ name, phase, isReady, containers }: LivePod, now: Millis): Row[] {
  const look = phase === "Succeeded" ? "good" : phase === "Failed" ? "bad" : "plain";
  return [
    { cells: [shortName(`Pod ${name}`), phase, isReady ? ["Ready"] : []], look },
    ...containers.map((it): Row => ({
      cells: [`  ${it.name}`, it.state, describeContainer(it, now)],
      look: lookOf(it),
    })),
  ];
}

function describeContainer(
  { role, restarts, exitCode, nextAt }: LiveContainer,
  now: Millis,
): string[] {
  return [
    ...role === "app" ? [] : [role],
    ...exitCode === undefined ? [] : [`exit ${exitCode}`],
    ...restarts === 0 ? [] : [`${restarts} restart${restarts === 1 ? "" : "s"}`],
    ...nextAt === undefined || nextAt < now ? [] : [`next in ${formatSeconds(nextAt - now)}`],
  ];
}

function lookOf({ state, exitCode }: LiveContainer): LiveLine["look"] {
  if (state === "Running") return "plain";
  if (exitCode === 0) return "good";
  return state === "CrashLoopBackOff" ? "wait" : exitCode === undefined ? "plain" : "bad";
}

/** To the second, and never 0. */
function formatSeconds(ms: Millis): string {
  return formatDuration(Math.max(Math.ceil(ms / 1000), 1) * 1000);
}

/** A name of the namespace that most have is shorter. */
function shortName(name: string): string {
  return name.replace(" default/", " ");
}

function alignRows(rows: readonly Row[], columns: number): LiveLine[] {
  const widest = (cell: 0 | 1 | 2, of = rows) =>
    Math.max(0, ...of.map(({ cells }) => [cells[cell] ?? []].flat().join(", ").length));
  const stateWidth = widest(1, rows.filter(({ cells }) => cells.length === 3));
  // Names give way to states, which are what people look for, down to a third of the line.
  const states = Math.max(stateWidth + 2 + widest(2), widest(1));
  const nameWidth = Math.min(
    widest(0),
    Math.max(columns - 1 - 2 - states, Math.floor(columns / 3), 1),
  );
  return rows.map(({ cells: [name, state, rest = []], look }) => {
    const start = `${shorten(name, nameWidth).padEnd(nameWidth)}  ${state.padEnd(stateWidth)}  `;
    const room = columns - 1 - start.length;
    return { text: fit(start + shortenParts(rest, room), columns), look };
  });
}

/** As many of the parts as there is room for: the last ones, and of the last one its last words. */
function shortenParts(parts: readonly string[], room: number): string {
  const [first, ...others] = parts;
  if (first === undefined || parts.join(", ").length <= room) return parts.join(", ");
  return others.length > 0 ? shortenParts(others, room) : first.replace(/^next (?=in )/, "");
}

/** Without its middle where it is too long: Pods of one owner differ at the end. */
function shorten(name: string, width: number): string {
  if (name.length <= width) return name;
  const end = Math.min(6, Math.floor((width - 1) / 2));
  return `${name.slice(0, width - 1 - end)}…${name.slice(name.length - end)}`;
}

function summarize(pods: readonly LivePod[], columns: number): LiveLine {
  const counts = Map.groupBy(pods, ({ phase }) => phase);
  const parts = [...counts].map(([phase, some]) => `${some.length} ${phase}`);
  return {
    text: fit(`… and ${pods.length} more Pods: ${parts.join(", ")}`, columns),
    look: "plain",
  };
}

/** One column stays free: a terminal may begin a new line at the last one. */
function fit(text: string, columns: number): string {
  const room = Math.max(columns - 1, 1);
  const shown = escapeControls(text).trimEnd();
  return shown.length > room ? `${shown.slice(0, room - 1)}…` : shown;
}
