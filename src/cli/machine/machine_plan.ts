/** What is asked of this machine by the options of `run` and `serve`, and what it then supports. */
import type { ImageUser } from "../../node/config/security_config.ts";
import type { IsolationReport } from "../../runtime/linux/isolation.ts";
import { readRuntimeFacts } from "../../runtime/linux/runtime_facts.ts";
import { planRuntime, type RuntimePlan } from "../../runtime/linux/runtime_plan.ts";
import type { IsolationLevel, NetworkKind } from "../../runtime/config.ts";
import type { RememberedFacts } from "../../runtime/machine/remembered_facts.ts";
import { RuntimeError } from "../../runtime/runtime.ts";
import { UsageError } from "../../base/usage_error.ts";
import type { OptionValues } from "../arguments/option_table.ts";
import type { runOptions } from "../arguments/options.ts";
import type { RunSupport } from "../manifest/isolation_check.ts";
import { describeFailure } from "../output/failure.ts";
import { resolvePath } from "../manifest/paths.ts";
import { fromMachine } from "./node_facts.ts";

/** The names of the options that this is about. */
export type MachineOption =
  | "isolation"
  | "network"
  | "keep"
  | "rootfs"
  | "workdir"
  | "log-dir";

/** The options that this is about. */
export type MachineOptions = Pick<OptionValues<typeof runOptions>, MachineOption>;

/** The warning of `auto` where it found no sandbox. */
export function describeSeparation(
  { level, report: { reason, remedy } }: RuntimePlan,
  { isolation }: Pick<MachineOptions, "isolation">,
): readonly string[] {
  if (isolation !== "auto" || level === "sandbox") return [];
  return [`Containers are not separated from the host: ${reason}${remedy ? `; ${remedy}` : ""}`];
}

/** What this machine supports of the fields of Pods. */
export function describeSupport(
  { level, limits, report: { machine, reason }, network, isolation: asked }: RuntimePlan,
): RunSupport {
  const { privileged, namespaces } = machine;
  const { ids = "self", highestId = 0 } = namespaces ?? {};
  const users = level === "process" ? "caller" : ids === "self" ? "single" : highestId;
  // Where process isolation is asked for there is no other reason.
  const why = level === "process" && asked === "auto" ? reason : undefined;
  return {
    level,
    network,
    user: imageUser(level),
    users,
    privileged,
    limits,
    ...(why === undefined ? {} : { reason: why }),
  };
}

/** Only in a view of the container's own a folder can be made where a volume needs one. */
export function mountsFolders({ level, report, rootfs }: RuntimePlan): boolean {
  return level === "sandbox" && rootfs !== "host" && report.machine.overlay !== "none";
}

/** In a sandbox root, as most images have it; without one the user of this program. */
function imageUser(level: IsolationLevel): ImageUser {
  if (level === "sandbox") return { uid: 0, gid: 0 };
  return { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 };
}

/** What is asked of this machine. */
export interface PlannedMachine {
  readonly runtimePlan: RuntimePlan;
  /** Why Pods share the machine's network that would have networks of their own. */
  readonly shares?: string;
}

/**
 * Decides what is asked of this machine.
 * @param options.prefersPodNetwork where no network is asked for, Pods get one of their own if the
 * machine can: replicas listen on the same ports.
 * @param options.hasServices Services are to be reachable.
 * @param options.keptAddress one of the range that Services have already.
 * @throws {UsageError} if it cannot do that.
 */
export async function planMachine(
  report: Promise<IsolationReport>,
  { isolation, network, keep, rootfs, ...options }: MachineOptions,
  { directory, prefersPodNetwork, ...services }: {
    readonly directory: string;
    /** What earlier starts have found out. */
    readonly remembered: RememberedFacts;
    readonly prefersPodNetwork: boolean;
    readonly hasServices: boolean;
    readonly keptAddress?: string | undefined;
  },
): Promise<PlannedMachine> {
  const workdir = openFolder("workdir", options, directory);
  const logDir = openFolder("log-dir", options, directory);
  const request = {
    isolation,
    keep,
    ...(rootfs === undefined ? {} : { rootfs }),
    ...(workdir === undefined ? {} : { workdir }),
    ...(logDir === undefined ? {} : { logDir }),
  };
  const planFor = async (network: NetworkKind) =>
    planRuntime(await readRuntimeFacts(report, network, services), { ...request, network });
  if (network !== undefined || !prefersPodNetwork) {
    return { runtimePlan: await fromMachine(planFor(network ?? "host")) };
  }
  try {
    return { runtimePlan: await planFor("pod") };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { runtimePlan: await fromMachine(planFor("host")), shares: error.message };
  }
}

/**
 * The folder that an option names, made if it is not there.
 * @throws {UsageError}
 */
function openFolder(
  name: "workdir" | "log-dir",
  options: Pick<MachineOptions, "workdir" | "log-dir">,
  directory: string,
): string | undefined {
  const named = options[name];
  if (named === undefined) return undefined;
  const path = resolvePath(directory, named);
  try {
    Deno.mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw new UsageError(`--${name}: ${named} cannot be made: ${describeFailure(error)}`);
  }
}
