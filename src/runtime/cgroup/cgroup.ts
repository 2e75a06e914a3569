/**
 * Limits of CPU, memory and processes, by cgroups: a run has a folder of its own, which its janitor
 * knows, in it one for each pod, in that one for each run of a container, and in that a leaf with
 * the processes. Where no cgroup can be written they are all there, have no folders, and do
 * nothing.
 */
import { systemClock } from "../../base/clock.ts";
import { readTextIfPresent } from "../../base/files.ts";
import {
  type CgroupFacts,
  type CgroupHierarchy,
  type CgroupMount,
  type CgroupSetting,
  type CgroupSupport,
  findCgroupMounts,
  formatLimits,
  parseOomKills,
  planCgroups,
} from "./cgroup_layout.ts";
import { killUnlessGone } from "../machine/process.ts";
import type { ResourceConfig } from "../config.ts";
import { asRefusal, RuntimeError } from "../runtime.ts";

/** A cgroup in one hierarchy. */
export interface CgroupFolder {
  /** Which of the kernel's trees. */
  readonly hierarchy: CgroupHierarchy;
  /** Absolute path. */
  readonly folder: string;
}

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
      return new PodCgroup(folders, () => this.#pods.delete(podUid));
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
  /**
   * Stands for one that is there.
   * @param forget called once when it is to be removed.
   */
  constructor(folders: readonly CgroupFolder[], private readonly forget: () => void) {
    super(folders);
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

  /**
   * Makes the cgroup of one run of a container.
   * @param reserved the one that was made for it.
   * @throws {RuntimeError} `StartError` or `CreateContainerError`
   */
  container(
    id: string,
    resources: ResourceConfig,
    reserved: ContainerCgroup = this.reserve(id),
  ): Cgroup {
    asRefusal("CreateContainerError", () => reserved.limit(resources));
    return reserved;
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
  /**
   * Sets what may be used, or removes it. The limits of the leaf are there to be seen: those above
   * it hold.
   */
  limit(resources: ResourceConfig): void {
    try {
      limit(this.folders, resources, "container");
      limit(this.leaves, resources, "container");
    } catch (error) {
      removeAll(this.folders);
      throw error;
    }
  }
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

/** Makes a cgroup in another one, in all hierarchies or in none. */
function make(parents: readonly CgroupFolder[], name: string): readonly CgroupFolder[] {
  const made: CgroupFolder[] = [];
  try {
    for (const parent of parents) made.push(makeIn(parent, name));
    return made;
  } catch (error) {
    removeAll(made);
    throw error;
  }
}

function makeIn({ hierarchy, folder: parent }: CgroupFolder, name: string): CgroupFolder {
  const folder = `${parent}/${name}`;
  Deno.mkdirSync(folder);
  if (hasCpuset(hierarchy)) copyCpuset(folder);
  return { hierarchy, folder };
}

/**
 * Whether a v1 hierarchy limits processors, by its name: a new cgroup there is of no use as it is.
 */
function hasCpuset({ version, place }: CgroupHierarchy): boolean {
  return version === "v1" && place.split(",").includes("cpuset");
}

/** Sets what may be used in a new cgroup, or removes it. */
function limit(
  folders: readonly CgroupFolder[],
  resources: ResourceConfig,
  what: "pod" | "container",
): void {
  try {
    for (const { hierarchy, folder } of folders) {
      for (const setting of formatLimits(hierarchy, resources, what)) writeSetting(folder, setting);
    }
  } catch (error) {
    removeAll(folders);
    throw error;
  }
}

function removeAll(folders: readonly CgroupFolder[]): void {
  for (const { folder } of folders) removeTree(folder);
}

function writeSetting(folder: string, { file, value, unless }: CgroupSetting): void {
  try {
    if (unless === "missing") writeIfThere(folder, file, value);
    else Deno.writeTextFileSync(`${folder}/${file}`, value);
  } catch (error) {
    if (unless !== "invalid" || !hasCode(error, "EINVAL")) throw error;
  }
}

/** With v1 nothing can run in a new one without a setting of processors and memory nodes. */
function copyCpuset(folder: string): void {
  const parent = folder.slice(0, folder.lastIndexOf("/"));
  for (const name of ["cpuset.mems", "cpuset.cpus"]) {
    const value = readIfThere(parent, name);
    if (value !== "") writeIfThere(folder, name, value);
  }
}

/** Has cgroups pass their controllers on to those in them; with v1 they do so by themselves. */
function delegate(folders: readonly CgroupFolder[]): void {
  for (const { folder, hierarchy } of folders) {
    if (hierarchy.version === "v1") continue;
    const delegated = readIfThere(folder, "cgroup.subtree_control").trim().split(" ");
    const missing = hierarchy.controllers.filter((name) => !delegated.includes(name));
    if (missing.length === 0) continue;
    const words = missing.map((name) => `+${name}`).join(" ");
    Deno.writeTextFileSync(`${folder}/cgroup.subtree_control`, words);
  }
}

/** With v1 each cgroup counts for itself alone. */
function countOomKills(folder: string): number {
  return [folder, ...listTree(folder)].reduce(
    (sum, it) => sum + parseOomKills(readIfThere(it, "memory.oom_control")),
    0,
  );
}

/** With v1 a frozen process cannot even be killed. */
function thaw(folder: string): void {
  if (!writeIfThere(folder, "freezer.state", "THAWED")) return;
  for (const below of listBelow(folder)) thaw(below);
}

/** Without `cgroup.kill`: each process that is there, and then those that were begun meanwhile. */
function killEach(folder: string): void {
  // Where processes are counted no more of them can begin.
  writeIfThere(folder, "pids.max", "0");
  const killed = new Set<number>();
  for (let found = true; found;) {
    found = false;
    for (const pid of listProcesses(folder)) {
      // 0 is one that is not in our PID namespace: for kill() that would be our own group.
      if (pid === 0 || killed.has(pid)) continue;
      killUnlessGone(pid, "SIGKILL");
      killed.add(pid);
      found = true;
    }
  }
}

function listProcesses(folder: string): number[] {
  return [folder, ...listTree(folder)].flatMap((it) =>
    readIfThere(it, "cgroup.procs").split("\n").filter((line) => line !== "").map(Number)
  );
}

/** Removes a cgroup and those in it; false if something in there is alive or dying. */
function removeTree(folder: string): boolean {
  if (tryRemove(folder)) return true;
  return listBelow(folder).map(removeTree).every((gone) => gone) && tryRemove(folder);
}

function tryRemove(folder: string): boolean {
  try {
    Deno.removeSync(folder);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (hasCode(error, "EBUSY")) return false;
    throw error;
  }
}

function listTree(folder: string): string[] {
  return listBelow(folder).flatMap((below) => [below, ...listTree(below)]);
}

function listBelow(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => `${folder}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function canWrite(folder: string, name: string): boolean {
  try {
    Deno.openSync(`${folder}/${name}`, { write: true }).close();
    return true;
  } catch (error) {
    // No permission, a read-only mount, or no such file: whatever it is, it cannot be done.
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}

/** The content of a control file; empty where the kernel has none of that name. */
function readIfThere(folder: string, name: string): string {
  return readTextIfPresent(`${folder}/${name}`) ?? "";
}

/** Writes a control file; false where the kernel has none of that name. */
function writeIfThere(folder: string, name: string, value: string): boolean {
  try {
    Deno.writeTextFileSync(`${folder}/${name}`, value, { create: false });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
