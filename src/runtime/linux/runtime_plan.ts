/**
 * What a run will be, decided before anything of it is made: level, limits, networks, and what is
 * refused. Pure.
 */
import type { Tools } from "../machine/machine.ts";
import type { StateRoots } from "../machine/state_dir.ts";
import type { PodNetworkOptions } from "../network/bridge_network.ts";
import type { NetworkSupport } from "../network/network_support.ts";
import type { PodNetwork } from "../network/pod_network.ts";
import type { ServicePlan } from "../service/service_plan.ts";
import type { Services, ServicesOptions } from "../service/services.ts";
import type { IsolationLevel, NetworkKind, ResourceSupport } from "../config.ts";
import { RuntimeError } from "../runtime.ts";
import type { IsolationReport } from "./isolation.ts";

/** How pods are asked to run on this machine. */
export interface RuntimeRequest {
  /** How far containers are separated; `auto` is the best that works here. */
  readonly isolation: "auto" | IsolationLevel;
  /** The network of pods that do not ask for the machine's. */
  readonly network: NetworkKind;
  /** Undefined: `overlay` where the kernel has it. */
  readonly rootfs?: "overlay" | "host";
  /** The pods' shared working directory; undefined: a new one for each pod. */
  readonly workdir?: string;
  /** The folder of the logs; undefined: a folder of the run. */
  readonly logDir?: string;
  /** Leaves the pods' directories behind. */
  readonly keep: boolean;
}

/** What this machine can do, as far as a plan depends on it. */
export interface RuntimeFacts {
  /** What it can separate and limit. */
  readonly isolation: IsolationReport;
  /** `/proc` shows the PID namespace of this program. */
  readonly hasOwnProc: boolean;
  /** What it offers for networks of pods; undefined where it was not asked. */
  readonly networks: PodNetworks | undefined;
  /** What Services are made reachable with; undefined in a run without any. */
  readonly services: PlannedServices | undefined;
  /** Where it keeps state and data. */
  readonly roots: StateRoots;
}

/** Services of a run. */
export interface PlannedServices extends ServicePlan {
  /** Opens what makes them reachable. */
  readonly open: (options: ServicesOptions) => Services;
}

/** Networks that are not the machine's. */
export interface PodNetworks {
  /** What this machine can do. */
  readonly support: NetworkSupport;
  /** Opens one; nothing is made before the first pod needs an address. */
  readonly open: (kind: "pod" | "none", options: PodNetworkOptions) => PodNetwork;
}

/** A run that this machine can carry out. */
export interface RuntimePlan extends RuntimeRequest {
  /** What is enforced here. */
  readonly report: IsolationReport;
  /** The level in use: as asked for, or the best that works. */
  readonly level: IsolationLevel;
  /** What can be limited here. */
  readonly limits: ResourceSupport;
  /** What pods' own networks are made with; undefined where they share the machine's. */
  readonly networks: PodNetworks | undefined;
  /** Undefined in a run without Services. */
  readonly services: PlannedServices | undefined;
  /** Where the folders of the run are made. */
  readonly roots: StateRoots;
  /**
   * Where logs are that stay as long as their Pod, in whatever run; undefined: they end with this
   * one, or are where `logDir` is.
   */
  readonly keptLogs?: string;
  /** A folder beside its own that no container sees. */
  readonly hidden?: string;
}

/** Without these programs nothing runs here, at any level. */
const NEEDED_TOOLS: readonly (keyof Tools)[] = [
  ...["sh", "setsid", "env", "rm", "rmdir", "chmod", "grep", "sleep"] as const,
];

/**
 * Decides how a run takes place on this machine.
 * @throws {RuntimeError} `Isolation` if this machine cannot do what is asked for.
 */
export function planRuntime(facts: RuntimeFacts, request: RuntimeRequest): RuntimePlan {
  const { isolation: report } = facts;
  const level = request.isolation === "auto" ? report.level : request.isolation;
  checkMachine(facts);
  if (level === "sandbox" && report.level !== "sandbox") {
    throw refuse(`Cannot make a sandbox: ${report.reason}; ${report.remedy}`);
  }
  if (level === "sandbox" && request.rootfs === "overlay" && report.machine.overlay === "none") {
    throw refuse(
      "Cannot create a private root: overlayfs is not available; try modprobe overlay",
    );
  }
  return {
    ...request,
    report,
    level,
    limits: report.limits,
    networks: planNetworks(request, level, facts),
    services: facts.services,
    roots: facts.roots,
  };
}

/** @throws {RuntimeError} `Isolation` */
function checkMachine({ isolation: { machine: { tools } }, hasOwnProc }: RuntimeFacts): void {
  if (!hasOwnProc) {
    throw refuse(
      "Cannot run containers: /proc shows another PID namespace than this program's; " +
        "use mount -t proc proc /proc, or unshare --mount-proc",
    );
  }
  const missing = NEEDED_TOOLS.filter((name) => !tools[name].startsWith("/"));
  if (missing.length === 0) return;
  throw refuse(
    `Cannot run containers: ${missing.join(" and ")} cannot be found on PATH; ` +
      "install util-linux and coreutils",
  );
}

/** @throws {RuntimeError} `Isolation` if pods cannot have networks of their own here. */
function planNetworks(
  { network }: RuntimeRequest,
  level: IsolationLevel,
  { isolation: { reason, remedy }, networks }: RuntimeFacts,
): PodNetworks | undefined {
  if (network === "host") return undefined;
  const refuseNetwork = (why: string, what: string) =>
    refuse(`--network ${network} is not available here: ${why}; ${what}`);
  if (level === "process" || networks === undefined) {
    throw refuseNetwork(reason ?? "it needs a sandbox", remedy ?? "use --isolation sandbox");
  }
  const { refusal } = networks.support;
  if (refusal !== undefined) throw refuseNetwork(refusal.reason, refusal.remedy);
  return networks;
}

function refuse(message: string): RuntimeError {
  return new RuntimeError("Isolation", message);
}
