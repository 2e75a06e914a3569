/** `--help`, from the tables of `options.ts`; pure. */
import { formatColumns } from "../output/columns.ts";
import { type Command, type CommandName, commands, programOptions } from "./options.ts";
import type { OptionTable } from "./option_table.ts";
import { exitStatuses } from "./exit_statuses.ts";

/**
 * The help of the program: its commands, each in a row.
 *
 * @param lineWidth how long a line may be.
 */
export function formatProgramHelp(lineWidth: number): string {
  const rows = Object.entries(commands).map(([name, it]) =>
    [`  ${name} ${it.operands}`.trimEnd(), it.summary] as const
  );
  return [
    "podling runs Kubernetes Pods as real processes of this machine",
    "",
    "Usage: podling COMMAND [OPTIONS] …",
    "",
    "Commands:",
    ...formatColumns(rows, lineWidth),
    "",
    "Options:",
    ...formatColumns(optionRows(programOptions), lineWidth),
    "",
    "Exit status:",
    ...formatColumns(
      exitStatuses.map(({ status, when }) => [`  ${status}`, when.replaceAll("`", "")] as const),
      lineWidth,
    ),
    "",
  ].join("\n");
}

/**
 * The help of one command.
 *
 * @param lineWidth how long a line may be.
 */
export function formatCommandHelp(name: CommandName, lineWidth: number): string {
  const command: Command = commands[name];
  const manifests = command.operands !== "MANIFEST…" ? [] : [
    "A MANIFEST is a YAML or JSON file, a directory of them, or - for standard input.",
    "",
  ];
  return [
    `podling ${name}: ${command.summary}`,
    "",
    `Usage: podling ${name} [OPTIONS] ${command.operands}`.trimEnd(),
    "",
    ...manifests,
    "Options:",
    ...formatColumns(optionRows(command.options), lineWidth),
    "",
  ].join("\n");
}

function optionRows(options: OptionTable): (readonly [string, string])[] {
  return Object.entries(options).map(([name, option]) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    const value = option.kind === "flag" ? "" : ` ${option.placeholder}`;
    const notes = [
      ...(option.kind === "value" && option.default !== undefined
        ? [`default ${option.default}`]
        : []),
      ...(option.kind === "list" ? ["may be repeated"] : []),
    ];
    const note = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
    return [`  ${short}--${name}${value}`, `${option.description}${note}`];
  });
}
