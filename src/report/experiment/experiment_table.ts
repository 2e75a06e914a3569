/** The outcomes of an experiment as text, Markdown, HTML or JSON; pure. */
import { formatDuration } from "../../base/duration.ts";
import type { Millis } from "../../base/clock.ts";
import type { CellOutcome } from "./experiment.ts";
import { escapeMarkup } from "../timeline/markup.ts";

/** How outcomes are shown. */
export interface ExperimentForm {
  readonly output: "text" | "json" | "markdown" | "html";
  /** The lifetime of each Pod. */
  readonly for: Millis;
  readonly simulate: boolean;
}

const HEAD = ["AS", "POLICY", "EXIT", "PHASE", "RESTARTS", "CONTAINER", "EXIT STATUS", "RULE"];

/** A table with a row for each combination. */
export function formatExperiment(outcomes: readonly CellOutcome[], form: ExperimentForm): string {
  if (form.output === "json") return JSON.stringify(outcomes, null, 2);
  const rows = outcomes.map(formatRow);
  const title = `Each Pod after ${formatDuration(form.for)} of lifecycle time, ` +
    (form.simulate ? "simulated" : "run by real processes");
  switch (form.output) {
    case "text":
      return [
        ...alignColumns([HEAD, ...rows]),
        "",
        title,
        ...describeCompany(outcomes),
        ...describeExitStatus(outcomes),
      ].join("\n");
    case "markdown": {
      const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
      return [title, "", line(HEAD), line(HEAD.map(() => "---")), ...rows.map(line)].join("\n");
    }
    case "html":
      return formatHtml(title, rows);
  }
}

function formatRow(outcome: CellOutcome): string[] {
  const { role, policy, exitCode, phase, restarts, state, backOffMs, exitStatus, rule } = outcome;
  const waits = backOffMs === undefined ? "" : ` (${formatDuration(backOffMs)})`;
  return [
    ...[role, policy, String(exitCode), phase, String(restarts), `${state}${waits}`],
    exitStatus === undefined ? "runs on" : String(exitStatus),
    rule,
  ];
}

/** What stands beside the container, since the phase depends on it. */
function describeCompany(outcomes: readonly CellOutcome[]): string[] {
  const has = (role: CellOutcome["role"]) => outcomes.some((it) => it.role === role);
  return [
    ...has("init") ? ["init: before an app that runs on"] : [],
    ...has("sidecar") ? ["sidecar: beside an app that ends with 0 half-way"] : [],
  ];
}

/** What `runs on` means stands below a table that has it. */
function describeExitStatus(outcomes: readonly CellOutcome[]): string[] {
  return outcomes.some(({ exitStatus }) => exitStatus === undefined)
    ? ["runs on: the Pod has not ended, and run would not either; explain RULE says why"]
    : ["explain RULE says why"];
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  "))
    .map((line) => line.trimEnd());
}

function formatHtml(title: string, rows: readonly (readonly string[])[]): string {
  const line = (name: "td" | "th", cells: readonly string[]) =>
    `<tr>${cells.map((it) => `<${name}>${escapeMarkup(it)}</${name}>`).join("")}</tr>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeMarkup(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root { color-scheme: light dark; font: 14px system-ui, sans-serif; }
table { border-collapse: collapse; }
td, th { padding: 4px 10px; border-bottom: 1px solid; text-align: left; white-space: nowrap; }
main { overflow-x: auto; }
</style></head><body><main><h1>${escapeMarkup(title)}</h1><table>
<thead>${line("th", HEAD)}</thead>
<tbody>${rows.map((row) => line("td", row)).join("\n")}</tbody>
</table></main></body></html>`;
}
