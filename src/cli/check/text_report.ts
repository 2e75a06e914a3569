/** Checked files as lines for people, and as annotations of GitHub; pure. */
import { escapeControls } from "../../base/control_characters.ts";
import { paintLine } from "../terminal/painted_line.ts";
import type { FileResult, LocatedFailure } from "./failure.ts";
import { formatTotals, type ReportForm } from "./report.ts";

const WORDS = {
  passed: ["ok", 32],
  failed: ["FAILED", 31],
  refused: ["refused", 31],
  skipped: ["skipped", 33],
} as const;

/** Lines for people. */
export function textReport(hasColour: boolean): ReportForm {
  const paint = (colour: number, text: string) =>
    hasColour ? `\x1b[${colour}m${text}\x1b[0m` : text;
  return {
    begin: () => "",
    file: (result) => {
      const [word, colour] = WORDS[result.outcome];
      const { file, about, notes, errors, changes } = result;
      const head = [paint(colour, word.padEnd(7)), escapeControls(file)].join(" ");
      const title = about === "" ? head : `${head}: ${escapeControls(about)}`;
      return lines([
        title,
        ...notes.map((it) => `        ${escapeControls(it)}`),
        ...errors.map(({ text }) => `  ${escapeControls(text)}`),
        ...formatFailures(result, hasColour, paint),
        ...changes.map((it) =>
          `  ${paint(it.startsWith("+") ? 32 : it.startsWith("-") ? 31 : 1, escapeControls(it))}`
        ),
      ]);
    },
    end: (results, durationMs) => lines([formatTotals(results, durationMs)]),
  };
}

function formatFailures(
  { file, failures }: FileResult,
  hasColour: boolean,
  paint: (colour: number, text: string) => string,
): string[] {
  return failures.flatMap((failure, index) => {
    const { line, column, field } = failure;
    return [
      `  ${paint(1, escapeControls(`${file}:${line}:${column}: ${field}`))}`,
      `    expected  ${escapeControls(failure.expected)}`,
      `    seen      ${escapeControls(failure.seen)}`,
      ...drawingOf(failures, index).map((it) => it === "" ? "" : `    ${it}`),
    ];
  });

  function drawingOf(all: readonly LocatedFailure[], index: number): string[] {
    const draw = (it: LocatedFailure | undefined) =>
      it?.timeline.map((pieces) => paintLine(pieces, hasColour)) ?? [];
    const drawing = draw(all[index]);
    // One drawing shows all that is near to it.
    const isShown = draw(all[index - 1]).join("\n") === drawing.join("\n");
    return isShown || drawing.length === 0 ? [] : ["", ...drawing, ""];
  }
}

/** A timeline as plain lines. */
export function plainTimeline({ timeline }: LocatedFailure): string[] {
  return timeline.map((pieces) => paintLine(pieces, false));
}

/** Workflow commands, which GitHub shows beside the lines of the files. */
export const githubReport: ReportForm = {
  begin: () => "",
  file: ({ file, about, outcome, failures, errors, notes }) =>
    lines([
      ...failures.map((it) => {
        const message = [
          `${it.field}: expected ${it.expected}`,
          `seen ${it.seen}`,
          ...plainTimeline(it),
        ].join("\n");
        const { line, column: col } = it;
        return annotate("error", { file, line, col, title: about }, message);
      }),
      ...errors.map(({ text, line, column: col }) =>
        annotate("error", { file, line, col, title: about }, text)
      ),
      ...outcome === "skipped"
        ? notes.map((it) => annotate("notice", { file, title: about }, `skipped: ${it}`))
        : [],
    ]),
  end: (results, durationMs) => lines([formatTotals(results, durationMs)]),
};

function annotate(
  level: "error" | "notice",
  properties: Readonly<Record<string, string | number | undefined>>,
  message: string,
): string {
  const escape = (text: string) =>
    text.split("\n").map((line) => escapeControls(line).replaceAll("%", "%25")).join("%0A");
  const shown = Object.entries(properties)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) =>
      `${name}=${escape(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C")}`
    );
  return `::${level} ${shown.join(",")}::${escape(message)}`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
