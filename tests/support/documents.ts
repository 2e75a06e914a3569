/** Documents that are written from the program's own tables, for `tests/documents_test.ts`. */
import { readSettings } from "../../packaging/bundle.ts";
import { formatManPage } from "../../packaging/man_page.ts";
import { exitStatuses } from "../../src/cli/arguments/exit_statuses.ts";
import type { OptionTable } from "../../src/cli/arguments/option_table.ts";
import { type Command, commands } from "../../src/cli/arguments/options.ts";
import { rules } from "../../src/report/rules.ts";
import {
  CONTAINER_FIELDS,
  DELETION_FIELDS,
  EXPECTATION_FIELDS,
  type Format,
  RUN_FIELDS,
  SANDBOX_FIELDS,
  SCENARIO_FIELDS,
  SCENARIO_SCRIPT_FIELDS,
} from "../../src/scenario/format.ts";
import { scenarioSchema } from "../../src/scenario/schema.ts";

/** A document below `docs/`. */
export interface GeneratedDocument {
  readonly file: string;
  /** What it is when it is written now, from what it was: a text may stay between tables. */
  readonly write: (text: string) => string;
}

/** All of them. */
export const documents: readonly GeneratedDocument[] = [
  { file: "podling.1", write: () => formatManPage(readSettings().version) },
  { file: "commands.md", write: formatCommands },
  { file: "rules.md", write: formatRules },
  {
    file: "scenario.schema.json",
    write: () => `${JSON.stringify(scenarioSchema, undefined, 2)}\n`,
  },
  {
    file: "scenario.md",
    write: (text) =>
      replaceTables(text, {
        scenario: formatTable(SCENARIO_FIELDS),
        expectations: formatTable(EXPECTATION_FIELDS),
        script: formatTable(SCENARIO_SCRIPT_FIELDS),
        container: formatTable(CONTAINER_FIELDS),
        run: formatTable(RUN_FIELDS),
        sandbox: formatTable(SANDBOX_FIELDS),
        deletion: formatTable(DELETION_FIELDS),
      }),
  },
];

/** Commands and their options, with no type for each. */
const commandTable: Readonly<Record<string, Command>> = commands;

function formatCommands(): string {
  const sections = Object.entries(commandTable).map(([name, { summary, operands, options }]) =>
    `## ${name}

\`podling ${`${name} [OPTIONS] ${operands}`.trimEnd()}\`: ${summary}.

${formatOptions(options)}`
  );
  return `# Commands and their options

Written from the tables that parse the command line (\`src/cli/arguments/options.ts\`), as \`--help\` and the manual page
([podling.1](podling.1)) are. Each command is also a task: \`deno task run …\`.

${sections.join("\n")}
## Exit status

${formatStatuses()}`;
}

/** The table of exit statuses. */
export function formatStatuses(): string {
  const rows = exitStatuses.map(({ status, when }) => `| ${cell(status)} | ${cell(when)} |\n`);
  return `| exit status | when |\n| --- | --- |\n${rows.join("")}`;
}

function formatOptions(options: OptionTable): string {
  const rows = Object.entries(options).map(([name, option]) => {
    const value = option.kind === "flag" ? "" : ` ${option.placeholder}`;
    const short = option.short === undefined ? "" : `-${option.short}, `;
    const standard = option.kind === "list"
      ? "may be repeated"
      : option.kind === "value" && option.default !== undefined
      ? `\`${cell(option.default)}\``
      : "";
    return `| \`${cell(`${short}--${name}${value}`)}\` | ${
      cell(option.description)
    } | ${standard} |\n`;
  });
  return `| option | does | default |\n| --- | --- | --- |\n${rows.join("")}`;
}

function formatRules(): string {
  const areas = Map.groupBy(Object.entries(rules), ([id]) => id.split("-")[1]!);
  const sections = [...areas].map(([area, rows]) =>
    `## ${area}

| rule | says | source |
| --- | --- | --- |
${rows.map(([id, { text, source }]) => `| ${id} | ${cell(text)} | ${cell(source)} |\n`).join("")}`
  );
  return `# Rules

What Kubernetes 1.36 does, as code, tests and the reasons of events name it; \`explain R-BACKOFF-3\` prints one. Written from
\`src/report/rules/\`. Sources are files of kubernetes/kubernetes with the function in parentheses, files of containerd, or pages. Rules of
\`FOLK\` are often stated otherwise.

${sections.join("\n")}`;
}

/** Text in a cell of a table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function formatTable(format: Format): string {
  const rows = Object.entries(format).map(([name, { says }]) =>
    `| \`${name}\` | ${says.replaceAll("|", "\\|")} |\n`
  );
  return `| field | says |\n| --- | --- |\n${rows.join("")}`;
}

/** A text with the tables after `<!-- table: NAME -->` written again, up to the next blank line. */
function replaceTables(text: string, tables: Readonly<Record<string, string>>): string {
  const names = new Set<string>();
  const written = text.replace(
    /(<!-- table: (\w+) -->\n)(?:\|.*\n)*/g,
    (_, head: string, name: string) => {
      names.add(name);
      const table = tables[name];
      if (table === undefined) throw new Error(`There is no table "${name}"`);
      return head + table;
    },
  );
  const missing = Object.keys(tables).filter((name) => !names.has(name));
  if (missing.length > 0) throw new Error(`The document lacks the tables ${missing.join(", ")}`);
  return written;
}
