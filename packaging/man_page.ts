/** The manual page, from the tables of the command line; pure. */
import { type DescribedStatus, exitStatuses } from "../src/cli/arguments/exit_statuses.ts";
import type { OptionTable } from "../src/cli/arguments/option_table.ts";
import { type Command, commands, programOptions } from "../src/cli/arguments/options.ts";

/** Commands and their options, with no type for each. */
const table: Readonly<Record<string, Command>> = commands;

const ENVIRONMENT: readonly (readonly [name: string, says: string])[] = [
  ["PODLING_STATE", "the folder of run-time state: locks, sockets, secrets, small files"],
  ["PODLING_DATA", "the folder of data: writable layers, volumes, logs, and what serve keeps"],
  ["NO_COLOR", "set to anything: no colours, also on a terminal"],
];

const EXAMPLES: readonly (readonly [says: string, command: string])[] = [
  ["Run a Pod; the exit status is the workload's:", "podling run pod.yaml"],
  ["Read its events:", "podling run pod.yaml -o ndjson | jq -r .message"],
  ["See an hour of a crash loop at once:", "podling simulate pod.yaml --exit web=1"],
  ["Test a manifest:", "podling check test.yaml"],
  ["Be a node for kubectl:", "podling serve --kubectl"],
];

/**
 * The page in roff, for `man`.
 *
 * @param version of the program.
 * @param marker a comment for its head.
 */
export function formatManPage(version: string, marker?: string): string {
  return [
    ...marker === undefined ? [] : [`.\\" ${marker}`],
    `.TH PODLING 1 "" "podling ${version}" "User Commands"`,
    ".SH NAME",
    "podling \\- run Kubernetes Pods as real processes of this machine",
    ".SH SYNOPSIS",
    ...Object.entries(table).flatMap(([name, { operands }], index) => [
      ...index === 0 ? [] : [".br"],
      `.B podling ${name}`,
      `[\\fIOPTIONS\\fR] ${escape(operands)}`.trimEnd(),
    ]),
    ".br",
    ".B podling",
    "[\\fB\\-\\-help\\fR] [\\fB\\-\\-version\\fR]",
    ".SH DESCRIPTION",
    escape(
      "podling is a kubelet and a container runtime in one program: it runs the Pods of Kubernetes " +
        "manifests as processes of this machine, with no daemon, image or cluster.",
    ),
    ".PP",
    escape(
      "A MANIFEST is a YAML or JSON file, a directory of them, or - for standard input. Options and " +
        "operands may be mixed; nothing after -- is an option.",
    ),
    ".SH COMMANDS",
    ...Object.entries(table).flatMap(([name, command]) => formatCommand(name, command)),
    ".SH OPTIONS",
    ...formatOptions(programOptions),
    ".SH EXIT STATUS",
    ...exitStatuses.flatMap(formatStatus),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, says]) => [".TP", `.B ${escape(name)}`, escape(says)]),
    ".SH EXAMPLES",
    ...EXAMPLES.flatMap(([says, command], index) => [
      ...index === 0 ? [] : [".PP"],
      escape(says),
      ".PP",
      ".RS 4",
      ".nf",
      escape(command),
      ".fi",
      ".RE",
    ]),
    ".SH SEE ALSO",
    ".BR kubectl (1),",
    ".BR unshare (1),",
    ".BR namespaces (7),",
    ".BR cgroups (7)",
    "",
  ].join("\n");
}

function formatCommand(name: string, { summary, operands, options }: Command): string[] {
  const { help: _help, ...own } = options;
  return [
    `.SS ${escape(`podling ${name} ${operands}`.trimEnd())}`,
    `${escape(summary[0]!.toUpperCase() + summary.slice(1))}.`,
    ...formatOptions(own),
  ];
}

function formatOptions(options: OptionTable): string[] {
  return Object.entries(options).flatMap(([name, option]) => {
    const short = option.short === undefined ? "" : `\\fB\\-${option.short}\\fR, `;
    const value = option.kind === "flag" ? "" : ` \\fI${escape(option.placeholder)}\\fR`;
    const note = option.kind === "list"
      ? " May be repeated."
      : option.kind === "value" && option.default !== undefined
      ? ` Default: ${escape(option.default)}.`
      : "";
    const { description } = option;
    return [
      ".TP",
      `${short}\\fB\\-\\-${escape(name)}\\fR${value}`,
      `${escape(description[0]!.toUpperCase() + description.slice(1))}.${note}`,
    ];
  });
}

function formatStatus({ status, when }: DescribedStatus): string[] {
  return [".TP", `.B ${escape(status)}`, `${escape(when.replaceAll("`", ""))}.`];
}

/** Text that roff shows as it is. */
function escape(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "\\&...")
    .replaceAll("×", "\\(mu").replaceAll("'", "\\(aq");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
