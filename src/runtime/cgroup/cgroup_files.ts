/** The control files of cgroups, as they are written, read and removed. */
import { readTextIfPresent } from "../../base/files.ts";
import { killUnlessGone } from "../machine/process.ts";
import type { ResourceConfig } from "../config.ts";
import {
  type CgroupHierarchy,
  type CgroupSetting,
  formatLimits,
  parseOomKills,
} from "./cgroup_layout.ts";

/** A cgroup in one hierarchy. */
export interface CgroupFolder {
  /** Which of the kernel's trees. */
  readonly hierarchy: CgroupHierarchy;
  /** Absolute path. */
  readonly folder: string;
}

/** Makes a cgroup in another one, in all hierarchies or in none. */
export function make(parents: readonly CgroupFolder[], name: string): readonly CgroupFolder[] {
  const made: CgroupFolder[] = [];
  try {
    for (const parent of parents) made.push(makeIn(parent, name));
    return made;
  } catch (error) {
    removeAll(made);
    throw error;
  }
}

/** Makes a cgroup in another one, in one hierarchy. */
export function makeIn({ hierarchy, folder: parent }: CgroupFolder, name: string): CgroupFolder {
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
export function limit(
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

/** Removes what can be removed of them. */
export function removeAll(folders: readonly CgroupFolder[]): void {
  for (const { folder } of folders) removeTree(folder);
}

/** Writes a line, as far as the kernel has to take it. */
export function writeSetting(folder: string, { file, value, unless }: CgroupSetting): void {
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
export function delegate(folders: readonly CgroupFolder[]): void {
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
export function countOomKills(folder: string): number {
  return [folder, ...listTree(folder)].reduce(
    (sum, it) => sum + parseOomKills(readIfThere(it, "memory.oom_control")),
    0,
  );
}

/** With v1 a frozen process cannot even be killed. */
export function thaw(folder: string): void {
  if (!writeIfThere(folder, "freezer.state", "THAWED")) return;
  for (const below of listBelow(folder)) thaw(below);
}

/** Without `cgroup.kill`: each process that is there, and then those that were begun meanwhile. */
export function killEach(folder: string): void {
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

/** The processes in a cgroup and those in it; 0 for one that our PID namespace hides. */
export function listProcesses(folder: string): number[] {
  return [folder, ...listTree(folder)].flatMap((it) =>
    readIfThere(it, "cgroup.procs").split("\n").filter((line) => line !== "").map(Number)
  );
}

/** Removes a cgroup and those in it; false if something in there is alive or dying. */
export function removeTree(folder: string): boolean {
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

/** Whether a control file can be written. */
export function canWrite(folder: string, name: string): boolean {
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
export function readIfThere(folder: string, name: string): string {
  return readTextIfPresent(`${folder}/${name}`) ?? "";
}

/** Writes a control file; false where the kernel has none of that name. */
export function writeIfThere(folder: string, name: string, value: string): boolean {
  try {
    Deno.writeTextFileSync(`${folder}/${name}`, value, { create: false });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether it is an error of the machine with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
