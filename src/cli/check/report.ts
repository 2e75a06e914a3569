/** What is printed of checked files, in each form; pure. */
import type { FileResult } from "./failure.ts";

/** A form of a report: what is printed before all files, after each of them, and at the end. */
export interface ReportForm {
  readonly begin: (count: number) => string;
  readonly file: (result: FileResult, index: number) => string;
  readonly end: (results: readonly FileResult[], durationMs: number) => string;
}

/** `1 file`, `3 files`. */
function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The line that ends a report for people. */
export function formatTotals(results: readonly FileResult[], durationMs: number): string {
  const of = (outcome: FileResult["outcome"]) =>
    results.filter((it) => it.outcome === outcome).length;
  const parts = [
    ["passed", of("passed")],
    ["failed", of("failed")],
    ["refused", of("refused")],
    ["skipped", of("skipped")],
  ] as const;
  const shown = parts.filter(([word, number]) => number > 0 || word === "passed");
  return `${count(results.length, "file")}: ${
    shown.map(([word, number]) => `${number} ${word}`).join(", ")
  } (${(durationMs / 1000).toFixed(1)} s)`;
}
