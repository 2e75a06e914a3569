/**
 * Limits of CPU, memory and processes, by cgroups: a run has a folder of its own, which its janitor knows, in it one
 * for each pod, and in that one for each run of a container. Where nothing can be limited they are all there, have no
 * folders, and do nothing.
 */
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
import { asRefusal, type ResourceConfig, RuntimeError } from "../runtime.ts";

/** A cgroup in one hierarchy. */
export interface CgroupFolder {
  /** Which of the kernel's trees. */
  readonly hierarchy: CgroupHierarchy;
  /** Absolute path. */
  readonly folder: string;
}

/** The longest of the waits, each twice the one before, for what is dying in a cgroup: a second in all. */
const LONGEST_WAIT_MS = 512;

/**
 * Finds out what can be limited, by looking alone: what is made for a trial could stay if we were killed.
 * @param self has the files `cgroup` and `mountinfo`.
 */
export function readCgroups(self = "/proc/self"): CgroupSupport {
  const [cgroups, mountInfo] = ["cgroup", "mountinfo"].map((name) => readIfThere(self, name));
  const places = findCgroupMounts(cgroups ?? "", mountInfo ?? "").map((mount) => ({
    mount,
    own: readFacts(mount, mount.own),
    ...(mount.version === "v1" || mount.own === mount.top
      ? {}
      : { above: readFacts(mount, mount.own.slice(0, mount.own.lastIndexOf("/"))) }),
  }));
  return planCgroups(places, Deno.uid() ?? 0);
}

function readFacts({ version }: CgroupMount, folder: string): CgroupFacts {
  // Whoever lends a cgroup lends the folder with these files.
  if (version === "v1") return { folder, writable: canWrite(folder, "tasks") };
  return {
    folder,
    writable: canWrite(folder, "cgroup.procs") && canWrite(folder, "cgroup.subtree_control"),
    isRoot: readIfThere(folder, "cgroup.type") === "",
    hasProcesses: readIfThere(folder, "cgroup.procs") !== "",
    // Not the number of processes: systemd limits that of every unit, far above any need.
    isLimited: ["memory.max", "cpu.max"].some((name) => /^\d/.test(readIfThere(folder, name))),
    controllers: readIfThere(folder, "cgroup.controllers").trim().split(" "),
  };
}

/** The cgroups of one run; nothing is made before the first pod. */
export class RunCgroup {
  readonly #pods = new Map<string, PodCgroup>();
  #root: { readonly limiting: Cgroup; readonly confining: Cgroup } | undefined;

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
      const { limiting, confining } = this.#root;
      const folders = make(limiting.folders, podUid);
      limit(folders, resources, "pod");
      lend(folders);
      return new PodCgroup(folders, confining.folders, () => this.#pods.delete(podUid));
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
    await this.#root?.limiting.remove();
    await this.#root?.confining.remove();
  }

  #makeRoot() {
    const name = `podling-${this.run.id}`;
    const parentOf = (hierarchy: CgroupHierarchy) => ({ hierarchy, folder: hierarchy.parent });
    const parents = this.support.hierarchies.map(parentOf);
    const others = this.support.confining.map(parentOf);
    const names = [...parents, ...others].map(({ folder }) => `${folder}/${name}\n`).join("");
    // Known before there is anything to remove: we may be killed at any moment.
    if (names !== "") Deno.writeTextFileSync(`${this.run.state}/cgroups`, names);
    // What is lent stays lent: by the time we end another run may count on it.
    lend(parents);
    const folders = make(parents, name);
    lend(folders);
    const limiting = new Cgroup(folders);
    const confining = new Cgroup(make(others, name));
    for (const { folder } of confining.folders) copyCpuset(folder);
    return { limiting, confining };
  }
}

/** A cgroup, in all hierarchies. */
export class Cgroup {
  /**
   * Stands for one that is there.
   * @param folders where it is.
   * @param confining cgroups of other hierarchies that its processes join too.
   */
  constructor(
    readonly folders: readonly CgroupFolder[],
    private readonly confining: readonly CgroupFolder[] = [],
  ) {}

  /** Files with which a process joins, one for each hierarchy; see `formatJoin()`. */
  get joinFiles(): readonly string[] {
    return [...this.folders, ...this.confining].map(({ folder, hierarchy }) =>
      `${folder}/${hierarchy.version === "v1" ? "tasks" : "cgroup.procs"}`
    );
  }

  /** How many of its processes were killed for want of memory, whichever they were (R-EXIT-3). */
  oomKills(): number {
    const memory = this.folders.find(({ hierarchy }) => hierarchy.controllers.includes("memory"));
    if (memory === undefined) return 0;
    const file = memory.hierarchy.version === "v1" ? "memory.oom_control" : "memory.events";
    return parseOomKills(readIfThere(memory.folder, file));
  }

  /** Kills every process in it, wherever it has gone. It may be that no new one can begin in it afterwards. */
  kill(): void {
    for (const { folder } of this.folders) {
      if (!writeIfThere(folder, "cgroup.kill", "1")) killEach(folder);
    }
    for (const { folder } of [...this.folders, ...this.confining]) thaw(folder);
  }

  /** Ends what is left in it and removes it. What the kernel cannot end yet is left to the janitor. */
  async remove(): Promise<void> {
    for (let waitMs = 1; !this.#tryRemove() && waitMs <= LONGEST_WAIT_MS; waitMs *= 2) {
      this.kill();
      await new Promise((resolve) => setTimeout(resolve, waitMs));
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
   * @param run cgroups of other hierarchies that the processes of its containers join too.
   * @param forget called once when it is to be removed.
   */
  constructor(
    folders: readonly CgroupFolder[],
    private readonly run: readonly CgroupFolder[],
    private readonly forget: () => void,
  ) {
    super(folders);
  }

  /**
   * Makes a cgroup for one run of a container, before it is known what that may use.
   * @param id unique in the pod, and no name of a control file: it has a digit.
   * @throws {RuntimeError} `StartError` if the pod's memory is too little even for that, else `CreateContainerError`.
   */
  reserve(id: string): Cgroup {
    return asRefusal("CreateContainerError", () => {
      try {
        return new Cgroup(make(this.folders, id), this.run);
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
  container(id: string, resources: ResourceConfig, reserved: Cgroup = this.reserve(id)): Cgroup {
    asRefusal("CreateContainerError", () => limit(reserved.folders, resources, "container"));
    return reserved;
  }

  /** Ends what is left in any of its containers, and removes it with them. */
  override async remove(): Promise<void> {
    this.forget();
    await super.remove();
  }
}

/** Makes a cgroup in another one, in all hierarchies or in none. */
function make(parents: readonly CgroupFolder[], name: string): readonly CgroupFolder[] {
  const made: CgroupFolder[] = [];
  try {
    for (const { hierarchy, folder: parent } of parents) {
      const folder = `${parent}/${name}`;
      Deno.mkdirSync(folder);
      made.push({ hierarchy, folder });
    }
    return made;
  } catch (error) {
    removeAll(made);
    throw error;
  }
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

/** With v1 nothing can run in a new one that has not been told on which processors and memory. */
function copyCpuset(folder: string): void {
  const parent = folder.slice(0, folder.lastIndexOf("/"));
  for (const name of ["cpuset.mems", "cpuset.cpus"]) {
    const value = readIfThere(parent, name);
    if (value !== "") writeIfThere(folder, name, value);
  }
}

/** Has cgroups pass their controllers on to those in them; with v1 they do so by themselves. */
function lend(folders: readonly CgroupFolder[]): void {
  for (const { folder, hierarchy } of folders) {
    if (hierarchy.version === "v1") continue;
    const lent = readIfThere(folder, "cgroup.subtree_control").trim().split(" ");
    const missing = hierarchy.controllers.filter((name) => !lent.includes(name));
    if (missing.length === 0) continue;
    const words = missing.map((name) => `+${name}`).join(" ");
    Deno.writeTextFileSync(`${folder}/cgroup.subtree_control`, words);
  }
}

/** With v1 whoever has been frozen does not even die. */
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
  const own = readIfThere(folder, "cgroup.procs").split("\n").filter((line) => line !== "");
  return [...own.map(Number), ...listBelow(folder).flatMap(listProcesses)];
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
  try {
    return Deno.readTextFileSync(`${folder}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
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
