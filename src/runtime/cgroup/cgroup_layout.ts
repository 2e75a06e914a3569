/**
 * Which cgroups of this machine can be used, and what is written into them. Pure: facts in, plans
 * and words out.
 *
 * A run has a folder of its own, in it one for each pod, and in that one for each run of a
 * container. The limits are set there, and the processes are in a leaf below: a container can make
 * namespaces in which its own cgroup is all that it sees of a hierarchy, and change that one if it
 * has its owner's number. The leaf repeats the limits, so that a program which looks for its limit
 * finds it.
 *
 * With cgroup v1 there is such a tree in the hierarchy of each controller, inside the cgroup that
 * the program itself is in. With v2 there is one tree for all controllers, and it lies beside that
 * cgroup: a cgroup that has processes itself delegates controllers to no child, and no process is
 * moved for our sake.
 */
import type { IsolationRow, Refusal } from "../machine/machine.ts";
import { unescapePath } from "../machine/mount_table.ts";
import type { ResourceConfig, ResourceSupport } from "../config.ts";

/** What a cgroup can limit, as the kernel calls it. */
export type Controller = "cpu" | "memory" | "pids";
/** The interface that the kernel gives to a hierarchy. */
export type CgroupVersion = "v1" | "v2";

/** One of the kernel's trees of cgroups. */
export interface CgroupHierarchy {
  readonly version: CgroupVersion;
  /** What it limits here. */
  readonly controllers: readonly Controller[];
  /** The folder in which a run makes its own. */
  readonly parent: string;
  /** Where a container finds it, below `/sys/fs/cgroup`; empty: it is all that there is. */
  readonly place: string;
}

/** What can be limited on this machine by this user, and where. */
export interface CgroupSupport extends ResourceSupport {
  /** `v2` if any of it is limited there. */
  readonly version: CgroupVersion | "none";
  /** Where: processes come first. */
  readonly hierarchies: readonly CgroupHierarchy[];
  /**
   * Others that can be written, in which nothing is limited. Each container has a cgroup of its own
   * there too: what it could freeze or kill through a shared one would be other containers, or this
   * program.
   */
  readonly confining: readonly CgroupHierarchy[];
  /** What would make it better. */
  readonly remedy?: string;
}

/** A hierarchy as this process sees it. */
export interface CgroupMount {
  readonly version: CgroupVersion;
  /**
   * What a v1 hierarchy limits, if it is any of these; empty for v2, where each cgroup has its own
   * list.
   */
  readonly controllers: readonly Controller[];
  readonly top: string;
  /** The folder of the cgroup that this process is in. */
  readonly own: string;
  /** Nothing can be written. */
  readonly readOnly: boolean;
}

/** A cgroup as it was found. */
export interface CgroupFacts {
  /** Its folder. */
  readonly folder: string;
  /** Whether this user may make cgroups in it, and move processes between them. */
  readonly writable: boolean;
  /** Of v2: whether it is the machine's topmost, for which fewer rules hold. */
  readonly isRoot?: boolean;
  /** Of v2: whether there are processes in it, not only below it. */
  readonly hasProcesses?: boolean;
  /** Of v2: whether its own memory or CPU time is limited. */
  readonly isLimited?: boolean;
  /** Of v2: the controllers that it can delegate to the cgroups in it. */
  readonly controllers?: readonly string[];
}

/** A hierarchy and what was found in it. */
export interface CgroupPlace {
  /** The hierarchy. */
  readonly mount: CgroupMount;
  /** The cgroup that this process is in. */
  readonly own: CgroupFacts;
  /** Of v2: the one that it lies in; undefined where it cannot be seen. */
  readonly above?: CgroupFacts;
}

/** A line for a control file of a cgroup. */
export interface CgroupSetting {
  /** Name of the file. */
  readonly file: string;
  /** What is written. */
  readonly value: string;
  /**
   * Not errors. `missing`: some kernels have no such file, and nothing is lost with it. `invalid`:
   * v1 refuses a quota above that of the cgroup around it, which then holds for this one.
   */
  readonly unless?: "missing" | "invalid";
}

/** Where machines have their hierarchies, and containers their own cgroup. */
export const CGROUP_FOLDER = "/sys/fs/cgroup";

/**
 * All that a pod may have limited. Processes come first: what ends a cgroup forbids new ones before
 * all else.
 */
const CONTROLLERS: readonly Controller[] = ["pids", "memory", "cpu"];

/** The length of time that a CPU quota is for, in microseconds: the kernel's own default. */
const PERIOD_US = 100_000;

/**
 * The hierarchies that this process can see, from `/proc/self/cgroup` and `/proc/self/mountinfo`.
 * In a container only a part of one may be mounted; one whose part does not hold our own cgroup is
 * left out.
 */
export function findCgroupMounts(cgroups: string, mountInfo: string): readonly CgroupMount[] {
  const mounts = new Map<string, CgroupMount>();
  for (const line of mountInfo.split("\n")) {
    const [front = "", back = ""] = line.split(" - ");
    const [, , , root = "", point = "", options = ""] = front.split(" ");
    const [fsType, , superOptions = ""] = back.split(" ");
    if (fsType !== "cgroup" && fsType !== "cgroup2") continue;
    const names = fsType === "cgroup" ? superOptions.split(",") : [""];
    const entry = cgroups.split("\n").map((it) => /^\d+:([^:]*):(.*)$/.exec(it)).find((it) =>
      it?.[1]?.split(",").every((name) => names.includes(name))
    );
    const path = below(entry?.[2] ?? "", unescapePath(root));
    const controllers = CONTROLLERS.filter((name) => names.includes(name));
    if (path === undefined) continue;
    const top = unescapePath(point);
    mounts.set(entry?.[1] ?? "", {
      version: fsType === "cgroup" ? "v1" : "v2",
      controllers,
      top,
      own: top + path,
      readOnly: [...options.split(","), ...superOptions.split(",")].includes("ro"),
    });
  }
  return [...mounts.values()];
}

/**
 * The rest of a path, empty or with a slash in front; undefined if it does not lie in the folder.
 */
function below(path: string, folder: string): string | undefined {
  const prefix = folder === "/" ? "" : folder;
  const rest = path.slice(prefix.length);
  if (!path.startsWith("/") || !path.startsWith(prefix) || path.startsWith("/..")) return undefined;
  if (rest !== "" && !rest.startsWith("/")) return undefined;
  return rest === "/" ? "" : rest;
}

/** Decides which limits are available, and where. */
export function planCgroups(places: readonly CgroupPlace[], uid: number): CgroupSupport {
  const hierarchies: CgroupHierarchy[] = [];
  const confining: CgroupHierarchy[] = [];
  let refusal: Refusal | undefined;
  for (const place of places) {
    const { version, controllers } = place.mount;
    const parent = version === "v1" ? chooseOwn(place, uid) : chooseBeside(place, uid);
    const here = version === "v2" ? offeredBy(place) : controllers;
    const useful = CONTROLLERS.filter((name) => here.includes(name));
    const seen = placeOf(place.mount.top);
    if (useful.length > 0 && !("reason" in parent)) {
      hierarchies.push({ version, controllers: useful, parent: parent.folder, place: seen });
      continue;
    }
    if (useful.length > 0 && "reason" in parent) refusal ??= parent;
    const { folder, writable } = place.own;
    if (writable) confining.push({ version, controllers: [], parent: folder, place: seen });
  }
  hierarchies.sort((a, b) => rank(a) - rank(b));
  const has = (name: Controller) =>
    hierarchies.some(({ controllers }) => controllers.includes(name));
  const missing = CONTROLLERS.filter((name) => !has(name));
  return {
    version: hierarchies.some(({ version }) => version === "v2") ? "v2" : hierarchies[0]?.version ??
      "none",
    cpu: has("cpu"),
    memory: has("memory"),
    pids: has("pids"),
    hierarchies,
    confining,
    ...(missing.length === 0 ? {} : refusal ?? whyMissing(missing, places, uid)),
  };
}

/**
 * Programs look for a hierarchy where the machine has it: `memory`, `cpu,cpuacct`; v2 alone is the
 * folder itself.
 */
function placeOf(top: string): string {
  return top === CGROUP_FOLDER ? "" : top.slice(top.lastIndexOf("/") + 1);
}

function rank({ controllers }: CgroupHierarchy): number {
  return Math.min(...controllers.map((name) => CONTROLLERS.indexOf(name)));
}

/** v1: a cgroup with processes may have others in it, so what holds for us holds for our pods. */
function chooseOwn({ mount, own }: CgroupPlace, uid: number): CgroupFacts | Refusal {
  return own.writable ? own : whyClosed(mount, uid);
}

/** v2: processes are only in the leaves of the tree, except for the machine's topmost cgroup. */
function chooseBeside({ mount, own, above }: CgroupPlace, uid: number): CgroupFacts | Refusal {
  if (own.isRoot && own.writable) return own;
  if (mount.readOnly) return whyClosed(mount, uid);
  if (above === undefined && own.writable) {
    return {
      reason: `${own.folder} is the topmost cgroup here and has processes in it`,
      remedy:
        `mkdir ${own.folder}/init; xargs -rn1 <${own.folder}/cgroup.procs >${own.folder}/init/cgroup.procs moves them`,
    };
  }
  if (above !== undefined && own.writable && !above.writable) {
    return {
      reason:
        `${own.folder} is delegated to this user, but cannot have child controllers while this process is in it`,
      remedy: "DelegateSubgroup=, in a unit of systemd, starts the program in a cgroup of its own",
    };
  }
  if (above === undefined || !above.writable) return whyClosed(mount, uid);
  if (above.hasProcesses && !above.isRoot) {
    return {
      reason:
        `${above.folder} has processes in it, so it delegates its controllers to no other cgroup`,
      remedy: "move them to a cgroup in it",
    };
  }
  if (own.isLimited) {
    return {
      reason: `${own.folder} is limited itself, and pods beside it would not be`,
      remedy: "start it in a cgroup without limits",
    };
  }
  return above;
}

function offeredBy({ own, above }: CgroupPlace): readonly string[] {
  return (own.isRoot ? own : above ?? own).controllers ?? [];
}

function whyClosed({ version, readOnly }: CgroupMount, uid: number): Refusal {
  if (readOnly || uid === 0) {
    return {
      reason: readOnly
        ? "cgroups are mounted read-only"
        : "the cgroups here are not writable for this user",
      remedy: "in a container, run it with --privileged",
    };
  }
  return version === "v1"
    ? {
      reason: "cgroups of version 1 belong to root",
      remedy: "run it as root, or boot with cgroup version 2, which can be delegated to users",
    }
    : { reason: "no cgroup here is delegated to this user", remedy: DELEGATE };
}

const DELEGATE =
  "systemd-run --user --scope -p Delegate=yes, put before the command, has systemd delegate one";

function whyMissing(
  missing: readonly Controller[],
  places: readonly CgroupPlace[],
  uid: number,
): Refusal {
  const unified = places.some(({ mount }) => mount.version === "v2");
  if (places.length === 0) {
    return {
      reason: "no cgroup file system is mounted",
      remedy: "mount -t cgroup2 none /sys/fs/cgroup; in a container, run it with --privileged",
    };
  }
  return {
    reason: `no cgroup here has the controller ${missing.join(" or ")}`,
    remedy: unified && uid !== 0
      ? DELEGATE
      : `the kernel's command line may have it switched off: cgroup_enable=${missing.join(",")}`,
  };
}

/**
 * What makes a new cgroup limit what it is to limit.
 *
 * @param what a container's processes die together when one of them is killed on out-of-memory
 * (v2).
 */
export function formatLimits(
  { version, controllers }: CgroupHierarchy,
  resources: ResourceConfig,
  what: "pod" | "container",
): readonly CgroupSetting[] {
  return controllers.flatMap((name) => {
    switch (name) {
      case "cpu":
        return formatCpu(version, resources);
      case "memory":
        return formatMemory(version, resources, what);
      case "pids":
        return set("pids.max", resources.pidsLimit);
    }
  });
}

function formatCpu(version: CgroupVersion, resources: ResourceConfig): CgroupSetting[] {
  const { cpuShares, cpuQuotaUs } = resources;
  return version === "v1"
    ? [...set("cpu.shares", cpuShares), ...set("cpu.cfs_quota_us", cpuQuotaUs, "invalid")]
    : [
      ...set("cpu.weight", cpuWeight(cpuShares)),
      ...set("cpu.max", cpuQuotaUs === undefined ? undefined : `${cpuQuotaUs} ${PERIOD_US}`),
    ];
}

/** What has a limit does not swap, or the limit would be none. */
function formatMemory(
  version: CgroupVersion,
  { memoryLimitBytes }: ResourceConfig,
  what: "pod" | "container",
): CgroupSetting[] {
  if (version === "v1") {
    // In this order: memory and swap together are never less than memory.
    return [
      ...set("memory.limit_in_bytes", memoryLimitBytes),
      ...set("memory.memsw.limit_in_bytes", memoryLimitBytes, "missing"),
    ];
  }
  return [
    ...set("memory.max", memoryLimitBytes),
    ...set("memory.swap.max", memoryLimitBytes === undefined ? undefined : 0, "missing"),
    ...set("memory.oom.group", what === "container" ? 1 : undefined, "missing"),
  ];
}

function set(
  file: string,
  value: number | string | undefined,
  unless?: CgroupSetting["unless"],
): CgroupSetting[] {
  if (value === undefined) return [];
  return [{ file, value: String(value), ...(unless === undefined ? {} : { unless }) }];
}

/**
 * The weight of v2, 1 to 10000, for the shares of v1, 2 to 262144; 1024 shares are the usual weight
 * of 100.
 *
 * Rule: opencontainers/cgroups, utils.go, ConvertCPUSharesToCgroupV2Value: the curve that runc and
 * crun use, through the least, the usual and the greatest value.
 */
export function cpuWeight(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262_144) return 10_000;
  const log = Math.log2(shares);
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
}

/**
 * How a shell script joins a cgroup: `begin` as early as it can, `end` before it gives way to its
 * program. The script has a function `fail`.
 *
 * With v2 the kernel makes the writer that moves a process wait, for 8 ms on an idle machine. So
 * another process writes, while the script goes on. A single thread, as with v1, moves in a tenth
 * of a millisecond.
 *
 * @param files a cgroup's `joinFiles`, quoted for a shell.
 */
export function formatJoin(
  files: readonly string[],
): { readonly begin: readonly string[]; readonly end: readonly string[] } {
  const fail = '|| fail "cannot join the cgroup"';
  const waits = files.filter((file) => /cgroup\.procs'?$/.test(file));
  const joins = files.filter((file) => !waits.includes(file));
  if (waits.length === 0) return { begin: joins.map((file) => `echo 0 >${file} ${fail}`), end: [] };
  // $$ is the script itself in there too, by the number that its PID namespace knows it by.
  const writes = waits.map((file) => `echo $$ >${file}`).join(" && ");
  return {
    begin: [...joins.map((file) => `echo 0 >${file} ${fail}`), `{ ${writes}; } & join=$!`],
    end: [`wait $join ${fail}`],
  };
}

/**
 * How many processes were killed on out-of-memory, from `memory.events` (v2) or
 * `memory.oom_control` (v1).
 */
export function parseOomKills(text: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** The row of `doctor` for limits. */
export function describeLimits(support: CgroupSupport): IsolationRow {
  const { hierarchies, reason, remedy } = support;
  const can = LIMITS.filter(([name]) => support[name]).map(([, words]) => words);
  const cannot = LIMITS.filter(([name]) => !support[name]).map(([, words]) => words);
  const status = cannot.length === 0 ? "yes" : can.length === 0 ? "no" : "partly";
  const where = [...new Set(hierarchies.map(({ parent }) => parent))].join(", ");
  const stand = LIMITS.filter(([name]) => !support[name]).flatMap(([, , rlimit]) => rlimit);
  const detail = [
    ...(can.length === 0 ? [] : [`${list(can)} by cgroups (${support.version}) in ${where}`]),
    ...(cannot.length === 0 ? [] : [`no limit of ${list(cannot)}: ${reason}`]),
    ...(stand.length === 0 ? [] : [`in a command, ${list(stand)} can stand in`]),
  ];
  return {
    name: "limits",
    status,
    detail: detail.join("; "),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** What is limited, in words, and the shell's own limit that is nearest to it. */
const LIMITS: readonly (readonly [Controller, words: string, rlimit: readonly string[]])[] = [
  ["cpu", "CPU", []],
  ["memory", "memory", ["ulimit -v (the address space of one process)"]],
  ["pids", "processes", ["ulimit -u (the processes of one user)"]],
];

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
