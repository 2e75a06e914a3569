/** Checked files for programs: TAP 14 and JUnit's XML; pure. */
import { escapeControls } from "../../base/control_characters.ts";
import type { FileResult } from "./failure.ts";
import type { ReportForm } from "./report.ts";
import { plainTimeline } from "./text_report.ts";

/** The Test Anything Protocol, version 14: a test for each file. */
export const tapReport: ReportForm = {
  begin: (count) => `TAP version 14\n1..${count}\n`,
  file: (result, index) => {
    const { file, about, outcome, notes, durationMs } = result;
    const isOk = outcome === "passed" || outcome === "skipped";
    const title = about === "" ? file : `${file}: ${about}`;
    const name = escapeControls(title).replace(/[\\#]/g, "\\$&");
    const skip = outcome === "skipped" ? ` # SKIP ${escapeControls(notes.join("; "))}` : "";
    return [
      `${isOk ? "ok" : "not ok"} ${index + 1} - ${name}${skip}`,
      "  ---",
      `  duration_ms: ${durationMs.toFixed(3)}`,
      ...yamlList(
        "failures",
        result.failures.map((it) => ({
          message: `${it.field}: expected ${it.expected}, seen ${it.seen}`,
          at: { file, line: it.line, column: it.column },
          expected: it.expected,
          found: it.seen,
          timeline: plainTimeline(it),
        })),
      ),
      ...yamlList("errors", result.errors.map(({ text }) => text)),
      ...outcome === "passed" ? yamlList("notes", notes) : [],
      "  ...",
      "",
    ].join("\n");
  },
  end: () => "",
};

/** Each item on a line of its own, as JSON, which YAML is too. */
function yamlList(name: string, items: readonly unknown[]): string[] {
  if (items.length === 0) return [];
  return [`  ${name}:`, ...items.map((it) => `    - ${JSON.stringify(it)}`)];
}

/** The XML that JUnit's Ant task has made common: a test case for each file. */
export const junitReport: ReportForm = {
  begin: () => "",
  file: () => "",
  end: (results, durationMs) => {
    const count = (outcome: FileResult["outcome"]) =>
      results.filter((it) => it.outcome === outcome).length;
    const totals = attributes({
      tests: results.length,
      failures: count("failed"),
      errors: count("refused"),
      skipped: count("skipped"),
      time: seconds(durationMs),
    });
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites name="podling check"${totals}>`,
      `  <testsuite name="podling check"${totals}>`,
      ...results.flatMap(formatCase),
      "  </testsuite>",
      "</testsuites>",
      "",
    ].join("\n");
  },
};

function formatCase({ file, about, failures, errors, notes, outcome, durationMs }: FileResult) {
  const name = about === "" ? file : about;
  const head = `    <testcase classname="${xml(file)}" name="${xml(name)}" file="${xml(file)}"` +
    attributes({ time: seconds(durationMs), line: failures[0]?.line ?? errors[0]?.line });
  const children = [
    ...failures.map((it) => {
      const message = `${it.field}: expected ${it.expected}, seen ${it.seen}`;
      const text = [`${file}:${it.line}:${it.column}: ${message}`, ...plainTimeline(it)];
      return `      <failure message="${xml(message)}">${xml(text.join("\n"))}</failure>`;
    }),
    ...errors.map(({ text }) => `      <error message="${xml(text)}"/>`),
    ...outcome === "skipped" ? [`      <skipped message="${xml(notes.join("; "))}"/>`] : [],
  ];
  return children.length === 0 ? [`${head}/>`] : [`${head}>`, ...children, "    </testcase>"];
}

function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values).filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${value}"`).join("");
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Text of XML 1.0; a character that it cannot have is shown escaped. */
function xml(text: string): string {
  const lines = text.split("\n").map((line) => escapeControls(line)).join("\n");
  return lines.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replace(
      /[\uFFFE\uFFFF]|\p{Cs}/gu,
      "\uFFFD",
    );
}
