/** `doctor`: what this machine can isolate and limit, and what is missing for the rest. */
import type { IsolationRow } from "../runtime/machine/machine.ts";
import { type IsolationReport, readIsolation, withoutSandbox } from "../runtime/linux/isolation.ts";
import { describeNetwork, readNetworkSupport } from "../runtime/network/network_support.ts";
import { fromMachine } from "./machine/node_facts.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { formatColumns, readLineWidth } from "./output/columns.ts";
import { exitStatus } from "./run/exit_status.ts";
import { doctorOptions } from "./arguments/options.ts";
import { print } from "./output/print.ts";
import { UsageError } from "../base/usage_error.ts";

/**
 * Probes the machine and prints the report.
 *
 * @param words what stands after the command.
 * @returns the program's exit status: 125 if the isolation that `--isolation` demands is
 * impossible.
 * @throws {UsageError}
 */
export async function doctor(words: readonly string[]): Promise<number> {
  const { values: options, operands } = parseOptions(doctorOptions, words);
  if (operands.length > 0) throw new UsageError(`doctor takes no manifest: ${operands[0]}`);
  const found = await fromMachine(readIsolation());
  const report = options.isolation === "process" ? withoutSandbox(found) : found;
  // What is left behind concerns them all.
  const rows = report.rows.toSpliced(-1, 0, ...await findNetworkRows(report));
  if (options.output === "json") {
    const { level, reason, remedy } = report;
    await print(JSON.stringify({ level, reason, remedy, rows }, null, 2));
  } else {
    await print(formatReport({ ...report, rows }, readLineWidth()).join("\n"));
  }
  const impossible = options.isolation === "sandbox" && report.level !== "sandbox";
  return impossible ? exitStatus.undecided : exitStatus.success;
}

/** Only what is in a sandbox can have a network of its own. */
async function findNetworkRows(
  { level, machine }: IsolationReport,
): Promise<readonly IsolationRow[]> {
  if (level !== "sandbox") return [];
  return describeNetwork(
    await fromMachine(readNetworkSupport(machine.tools, machine.privileged)),
  );
}

/**
 * The report for people, line by line.
 *
 * @param lineWidth how long a line may be.
 */
function formatReport(
  { level, rows }: Pick<IsolationReport, "level" | "rows">,
  lineWidth: number,
): string[] {
  const cells = rows.flatMap(({ name, status, detail, remedy }) => [
    [name, status, detail] as const,
    ...(remedy === undefined ? [] : [["", "", `remedy: ${remedy}`] as const]),
  ]);
  return [`isolation: ${level}`, "", ...formatColumns(cells, lineWidth)];
}
