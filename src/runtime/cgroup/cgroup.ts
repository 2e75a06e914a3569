/**
 * Limits of CPU, memory and processes, by cgroups: a run has a folder of its own, which its janitor
 * knows, in it one for each pod, in that one for each run of a container, and in that a leaf with
 * the processes. Where no cgroup can be written they are all there, have no folders, and do
 * nothing.
 */
import { systemClock } from "../../base/clock.ts";
import {
  canWrite,
  type CgroupFolder,
  countOomKills,
  delegate,
  hasCode,
  killEach,
  limit,
  listProcesses,
  make,
  makeIn,
  readIfThere,
  removeAll,
  removeTree,
  thaw,
  writeIfThere,
  writeSetting,
} from "./cgroup_files.ts";
import {
  type CgroupFacts,
  type CgroupMount,
  type CgroupSupport,
  findCgroupMounts,
  parseOomKills,
  planCgroups,
} from "./cgroup_layout.ts";
import { planResize, type ResizedCgroup } from "./resize_plan.ts";
import { readCgroupUsage } from "./usage.ts";
import type { ResourceConfig } from "../config.ts";
import { asRefusal, RuntimeError } from "../runtime.ts";

/**
 * The cgroup that has a container's processes, in the one that limits them. Control files have a
 * dot in their names.
 */
const LEAF = "leaf";

/**
 * The longest of the waits, each twice the one before, for what is dying in a cgroup: a second in
 * all.
 */
const LONGEST_WAIT_MS = 512;
const wallClock = systemClock();

/**
 * Finds out what can be limited, by looking alone: what is made for a trial could stay if we were
 * killed.
 * @param self has the files `cgroup`, `mountinfo` and `status`.
 */
export function readCgroups(self = "/proc/self"): CgroupSupport {
  const read = (name: string) => readIfThere(self, name);
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(read("status"))?.[1] ?? "0";
  const overrides = (BigInt(`0x${effective}`) >> CAP_DAC_OVERRIDE & 1n) === 1n;
  const places = findCgroupMounts(read("cgroup"), read("mountinfo")).map((mount) => ({
    mount,
    own: readFacts(mount, mount.own, overrides),
    ...(mount.version === "v1" || mount.own === mount.top
      ? {}
      : { above: readFacts(mount, mount.own.slice(0, mount.own.lastIndexOf("/")), overrides) }),
  }));
  return planCgroups(places, Deno.uid() ?? 0);
}

const CAP_DAC_OVERRIDE = 1n;

/** @param overrides what a folder's mode forbids is allowed all the same. */
function readFacts(
  { version, readOnly }: CgroupMount,
  folder: string,
  overrides: boolean,
): CgroupFacts {
  // A delegated cgroup includes the folder with these files; the machine's topmost may be closed
  // even to its owner.
  const files = version === "v1" ? ["tasks"] : ["cgroup.procs", "cgroup.subtree_control"];
  const writable = !readOnly && files.every((name) => canWrite(folder, name)) &&
    (overrides || isOpen(folder));
  if (version === "v1") return { folder, writable };
  return {
    folder,
    writable,
    isRoot: readIfThere(folder, "cgroup.type") === "",
    hasProcesses: readIfThere(folder, "cgroup.procs") !== "",
    // Not the number of processes: systemd limits that of every unit, far above any need.
    isLimited: ["memory.max", "cpu.max"].some((name) => /^\d/.test(readIfThere(folder, name))),
    controllers: readIfThere(folder, "cgroup.controllers").trim().split(" "),
  };
}

/** Whether the permissions of a folder let this user make folders in it. */
function isOpen(folder: string): boolean {
  const { mode, uid, gid } = Deno.statSync(folder);
  const bit = uid === Deno.uid() ? 0o200 : gid === Deno.gid() ? 0o020 : 0o002;
  return ((mode ?? 0) & bit) !== 0;
}

/** The cgroups of one run; nothing is made before the first pod. */
export class RunCgroup {
  readonly #pods = new Map<string, PodCgroup>();
  #root: Cgroup | undefined;

  /**
   * Makes nothing yet.
   * @param run its id, and its state folder, in which the janitor looks for the names of cgroups.
   */
  constructor(
    private readonly support: CgroupSupport,
    private readonly run: { readonly id: string; readonly state: string },
  ) {}

  /**
   * Makes the cgroup of a pod; the one that is there already, if there is one.
   * @throws {RuntimeError} `FailedCreatePodSandBox`
   */
  pod(podUid: string, resources: ResourceConfig): PodCgroup {
    const known = this.#pods.get(podUid);
    if (known !== undefined) return known;
    const pod = asRefusal("FailedCreatePodSandBox", () => {
      this.#root ??= this.#makeRoot();
      const folders = make(this.#root.folders, podUid);
      limit(folders, resources, "pod");
      delegate(folders);
      return new PodCgroup(folders, resources, () => this.#pods.delete(podUid));
    });
    this.#pods.set(podUid, pod);
    return pod;
  }

  /** The cgroup of a pod, if there is one. */
  find(podUid: string): PodCgroup | undefined {
    return this.#pods.get(podUid);
  }

  /** Ends what is left in any of them, and removes them. */
  async close(): Promise<void> {
    await this.#root?.remove();
  }

  #makeRoot(): Cgroup {
    const name = `podling-${this.run.id}`;
    const { hierarchies, confining } = this.support;
    const parents = [...hierarchies, ...confining].map((hierarchy) => ({
      hierarchy,
      folder: hierarchy.parent,
    }));
    const names = parents.map(({ folder }) => `${folder}/${name}\n`).join("");
    // Known before there is anything to remove: we may be killed at any moment.
    if (names !== "") Deno.writeTextFileSync(`${this.run.state}/cgroups`, names);
    // What is delegated stays delegated: by the time we end another run may count on it.
    delegate(parents);
    const folders = make(parents, name);
    delegate(folders);
    return new Cgroup(folders);
  }
}

/** What a container sees of a hierarchy. */
export interface CgroupView {
  /** Below `/sys/fs/cgroup`; empty: that folder itself. */
  readonly place: string;
  /** The cgroup that is shown there. */
  readonly folder: string;
}

/** A cgroup, in all hierarchies. */
export class Cgroup {
  /**
   * Stands for one that is there.
   * @param folders where it is.
   * @param leaves where its processes are: it, or one in it.
   */
  constructor(
    readonly folders: readonly CgroupFolder[],
    protected readonly leaves: readonly CgroupFolder[] = folders,
  ) {}

  /** Files with which a process joins, one for each hierarchy; see `formatJoin()`. */
  get joinFiles(): readonly string[] {
    return this.leaves.map(({ folder, hierarchy }) =>
      `${folder}/${hierarchy.version === "v1" ? "tasks" : "cgroup.procs"}`
    );
  }

  /** What its processes see of it. */
  get views(): readonly CgroupView[] {
    return this.leaves.map(({ folder, hierarchy: { place } }) => ({ place, folder }));
  }

  /** Lists the processes in it; those that its PID namespace hides from this program are 0. */
  listProcesses(): readonly number[] {
    // All of its hierarchies have the same.
    return this.folders.slice(0, 1).flatMap(({ folder }) => listProcesses(folder));
  }

  /** How many of its processes were killed on out-of-memory (R-EXIT-3). */
  oomKills(): number {
    const memory = this.folders.find(({ hierarchy }) => hierarchy.controllers.includes("memory"));
    if (memory === undefined) return 0;
    if (memory.hierarchy.version === "v1") return countOomKills(memory.folder);
    return parseOomKills(readIfThere(memory.folder, "memory.events"));
  }

  /**
   * Kills every process in it, wherever it has gone. It may be that no new one can begin in it
   * afterwards.
   */
  kill(): void {
    const isEnough = ({ hierarchy: { version, controllers } }: CgroupFolder) =>
      version === "v2" || controllers.length > 0;
    // All of them have the same processes.
    const some = this.folders.filter(isEnough);
    for (const { folder } of some.length > 0 ? some : this.folders) {
      if (!writeIfThere(folder, "cgroup.kill", "1")) killEach(folder);
    }
    for (const { folder } of this.folders) thaw(folder);
  }

  /**
   * Ends what is left in it and removes it. What the kernel cannot end yet is left to the janitor.
   */
  async remove(): Promise<void> {
    for (let waitMs = 1; !this.#tryRemove() && waitMs <= LONGEST_WAIT_MS; waitMs *= 2) {
      this.kill();
      await wallClock.sleepUntil(wallClock.now() + waitMs);
    }
  }

  #tryRemove(): boolean {
    // One that is busy does not keep the others.
    return this.folders.map(({ folder }) => removeTree(folder)).every((gone) => gone);
  }
}

/** The cgroup of a pod, which has those of its containers in it. */
export class PodCgroup extends Cgroup {
  #resources: ResourceConfig;

  /**
   * Stands for one that is there.
   * @param resources what it may use.
   * @param forget called once when it is to be removed.
   */
  constructor(
    folders: readonly CgroupFolder[],
    resources: ResourceConfig,
    private readonly forget: () => void,
  ) {
    super(folders);
    this.#resources = resources;
  }

  /**
   * Changes what may be used by all of it, and by containers in it.
   * @throws {RuntimeError} `ResizeError`; what was changed before it stays.
   */
  resize(
    resources: ResourceConfig,
    containers: readonly {
      readonly name: string;
      readonly cgroup: ContainerCgroup;
      readonly resources: ResourceConfig;
    }[],
  ): void {
    const pod = { folders: this.folders, before: this.#resources, after: resources };
    const within = containers.map((it) => ({
      name: it.name,
      ...it.cgroup.resizedTo(it.resources),
    }));
    checkMemory(pod, within);
    asRefusal("ResizeError", () => {
      for (const { folder, ...setting } of planResize(pod, within)) writeSetting(folder, setting);
    });
    this.#resources = resources;
    for (const it of containers) it.cgroup.noteLimits(it.resources);
  }

  /**
   * Makes a cgroup for one run of a container, before it is known what that may use.
   * @param id unique in the pod, and no name of a control file: it has a digit.
   * @throws {RuntimeError} `StartError` if the pod's memory is too little even for that, else
   * `CreateContainerError`.
   */
  reserve(id: string): ContainerCgroup {
    return asRefusal("CreateContainerError", () => {
      try {
        return makeContainerCgroup(this.folders, id);
      } catch (error) {
        // With v1 what the kernel needs for it counts.
        if (!hasCode(error, "ENOMEM")) throw error;
        const what = "its memory limit, or its Pod's, is too low to start it";
        throw new RuntimeError("StartError", what, { cause: error });
      }
    });
  }

  /** Ends what is left in any of its containers, and removes it with them. */
  override async remove(): Promise<void> {
    this.forget();
    await super.remove();
  }
}

/**
 * The cgroup of a container: its limits hold for a leaf below it, which is all that its processes
 * can reach.
 */
export class ContainerCgroup extends Cgroup {
  #resources: ResourceConfig = { cpuShares: 0, oomScoreAdj: 0 };

  /**
   * Sets what may be used, or removes it. The limits of the leaf are there to be seen: those above
   * it hold.
   */
  limit(resources: ResourceConfig): void {
    try {
      limit(this.folders, resources, "container");
      limit(this.leaves, resources, "container");
      this.#resources = resources;
    } catch (error) {
      removeAll(this.folders);
      throw error;
    }
  }

  /** Its way from what it may use to something else. */
  resizedTo(after: ResourceConfig): ResizedCgroup {
    const leaves = this.leaves === this.folders ? [] : this.leaves;
    return { folders: [...this.folders, ...leaves], before: this.#resources, after };
  }

  /** It may use this now. */
  noteLimits(resources: ResourceConfig): void {
    this.#resources = resources;
  }
}

/**
 * Memory that is in use is not taken away (R-RESIZE-8): the kernel would kill for it.
 * @throws {RuntimeError} `ResizeError`
 */
function checkMemory(
  pod: ResizedCgroup,
  containers: readonly (ResizedCgroup & { readonly name: string })[],
): void {
  const usage = readCgroupUsage(pod.folders.map(({ folder }) => folder)).memoryUsageBytes;
  if (usage === undefined) return;
  const check = ({ before, after }: ResizedCgroup, what: string) => {
    const limit = after.memoryLimitBytes ?? Infinity;
    if (limit >= (before.memoryLimitBytes ?? Infinity) || limit > usage) return;
    const why = `attempting to set ${what} memory limit (${limit}) below current usage (${usage})`;
    throw new RuntimeError("ResizeError", `cannot decrease memory limits: ${why}`);
  };
  check(pod, "pod");
  for (const it of containers) check(it, `container ${JSON.stringify(it.name)}`);
}

/** Where nothing is limited there is nothing to lift, and the cgroup is a leaf itself. */
function makeContainerCgroup(pod: readonly CgroupFolder[], id: string): ContainerCgroup {
  const folders = make(pod, id);
  try {
    delegate(folders);
    const leaves = folders.map((it) => it.hierarchy.controllers.length > 0 ? makeIn(it, LEAF) : it);
    return new ContainerCgroup(folders, leaves);
  } catch (error) {
    removeAll(folders);
    throw error;
  }
}
