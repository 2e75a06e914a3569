/** Makes the frames that all views of a run are made on. */
import { exists } from "../../base/files.ts";
import { lowerPlace, type ViewBase } from "./view_base.ts";
import type { RootView } from "./root_view.ts";

/** What container runtimes hide. */
const HIDDEN_PATHS = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];
/** What container runtimes protect. */
const PROTECTED_PATHS = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

/** Those of them that this machine has. */
export function findMasks(): ViewBase["masks"] {
  const hidden = HIDDEN_PATHS.filter(exists).map((path) => ({
    path,
    isDirectory: Deno.statSync(path).isDirectory,
  }));
  return { hidden, readOnly: PROTECTED_PATHS.filter(exists) };
}

/** Creates the frames of all views of a run; `tools` is empty. */
export function makeSkeleton(skeleton: string, root: RootView | undefined): void {
  Deno.mkdirSync(skeleton);
  for (const name of ["root", "empty", "tools"]) {
    Deno.mkdirSync(`${skeleton}/${name}`, { mode: 0o755 });
  }
  for (const [index, { isBound }] of (root?.layers ?? []).entries()) {
    if (isBound) Deno.mkdirSync(lowerPlace(skeleton, index));
  }
  for (const { path, link, copied } of root?.skeleton ?? []) {
    const made = `${skeleton}/root${path}`;
    if (link !== undefined) Deno.symlinkSync(link, made);
    else if (copied) copySmallFile(path, made);
    else Deno.mkdirSync(made, { mode: 0o755 });
  }
}

/**
 * Creates what the hierarchies of cgroups are mounted on.
 * @param places of those that containers see.
 */
export function makeCgroupFrame(folder: string, places: readonly string[]): void {
  Deno.mkdirSync(folder, { mode: 0o755 });
  for (const place of places.filter((it) => it !== "")) {
    Deno.mkdirSync(`${folder}/${place}`, { mode: 0o755 });
    // Hierarchies with several controllers are known by each of them.
    const names = place.includes(",") ? place.split(",") : [];
    for (const name of names) Deno.symlinkSync(place, `${folder}/${name}`);
  }
}

/** Larger files beside a mount are not shown: they would cost each run their copying. */
const LARGEST_COPY_BYTES = 1 << 20;

/**
 * Copies a file that this user can read and that is small; others are left out, such as a namespace
 * that is mounted.
 */
function copySmallFile(from: string, to: string): void {
  try {
    const { isFile, size } = Deno.statSync(from);
    if (isFile && size <= LARGEST_COPY_BYTES) Deno.copyFileSync(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return;
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Error && "code" in error && error.code === "EINVAL") return;
    throw error;
  }
}
