/**
 * Watches how much disk pods use where nothing refuses them more: a pod over its limit is evicted
 * (R-VOL-2, R-VOL-8).
 */
import { formatQuantity, NANO } from "../../api/types/quantity.ts";
import type { Clock, Millis } from "../../base/clock.ts";
import type { ContainerConfig, PodSandboxConfig, VolumeConfig } from "../config.ts";
import { RuntimeError, type RuntimeEvent } from "../runtime.ts";
import { spawnHelper } from "../machine/subprocess.ts";

/** Folders whose use is counted together, and their limit. */
export interface DiskLimit {
  /** On the node, absolute; of one file system each. */
  readonly paths: readonly string[];
  /** More than this is too much. */
  readonly bytes: number;
  /** What the pod is evicted with. */
  readonly message: string;
}

/** How often it looks, on the wall clock. */
const PERIOD_MS = 1000;

/**
 * The limits of a pod's volumes: of those that lie on a disk and have one.
 *
 * @param paths where the volumes are, by name.
 */
export function findVolumeLimits(
  volumes: readonly VolumeConfig[],
  paths: ReadonlyMap<string, string>,
): DiskLimit[] {
  return volumes.flatMap((volume) => {
    if (volume.type !== "emptyDir" || volume.medium === "Memory") return [];
    const { name, sizeLimitBytes: bytes } = volume;
    if (bytes === undefined) return [];
    const size = formatBytes(bytes);
    const message = `Usage of EmptyDir volume "${name}" exceeds the limit "${size}". `;
    return [{ paths: [paths.get(name)!], bytes, message }];
  });
}

/**
 * The limit of all that a pod writes: layers, volumes on a disk, logs.
 *
 * @param paths where that is.
 */
export function findPodLimit(
  { ephemeralStorageLimitBytes: bytes }: PodSandboxConfig,
  paths: readonly string[],
): DiskLimit[] {
  if (bytes === undefined) return [];
  const size = formatBytes(bytes);
  const message =
    `Pod ephemeral local storage usage exceeds the total limit of containers ${size}. `;
  return [{ paths, bytes, message }];
}

/**
 * The limit of what one container writes by itself: its layers and its logs (R-VOL-8).
 *
 * @param paths where that is in the run that begins.
 */
export function findContainerLimit(
  { name, ephemeralStorageLimitBytes: bytes }: ContainerConfig,
  paths: readonly string[],
): DiskLimit[] {
  if (bytes === undefined) return [];
  const size = formatBytes(bytes);
  const message = `Container ${name} exceeded its local ephemeral storage limit "${size}". `;
  return [{ paths, bytes, message }];
}

/** With the largest suffix that keeps it exact; a manifest's own words are not known here. */
function formatBytes(bytes: number): string {
  const format = bytes % 1024 === 0 ? "binarySI" : "decimalSI";
  return formatQuantity({ nanos: BigInt(bytes) * NANO, format });
}

/** What a {@link DiskWatch} works with. */
export interface DiskWatchOptions {
  readonly clock: Clock;
  /** The machine's: disks fill in real time. */
  readonly wallClock: Clock;
  /** Words before a program that lead to where all of the pods' folders can be read. */
  readonly enter: () => readonly string[];
  /** Called once for each pod that is over a limit. */
  readonly onEvicted: (event: RuntimeEvent) => void;
}

/** Looks at the limited folders of all pods every second, as long as there are any. */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #limits = new Map<string, readonly DiskLimit[]>();
  #looking: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  /** Looks at nothing yet. */
  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** Adds limits of a pod; one with the message of an earlier one takes its place. */
  add(podUid: string, limits: readonly DiskLimit[]): void {
    if (limits.length === 0) return;
    const byMessage = new Map(
      [...this.#limits.get(podUid) ?? [], ...limits].map((limit) => [limit.message, limit]),
    );
    this.#limits.set(podUid, [...byMessage.values()]);
    if (this.#looking === undefined) {
      const stop = new AbortController();
      this.#looking = { stop, done: this.#look(stop.signal) };
    }
  }

  /** Looks at a pod no more; resolves when nothing of it is being looked at. */
  async forget(podUid: string): Promise<void> {
    if (!this.#limits.delete(podUid)) return;
    if (this.#limits.size > 0) return;
    const looking = this.#looking;
    this.#looking = undefined;
    looking?.stop.abort();
    await looking?.done;
  }

  /** Looks at nothing any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#limits.keys()].map((podUid) => this.forget(podUid)));
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { wallClock } = this.#options;
    while (!signal.aborted) {
      await wallClock.sleepUntil(wallClock.now() + PERIOD_MS, signal).catch(() => {});
      if (!signal.aborted) await this.#measure(signal);
    }
  }

  async #measure(signal: AbortSignal): Promise<void> {
    const { clock, enter, onEvicted } = this.#options;
    const paths = new Set([...this.#limits.values()].flat().flatMap((limit) => limit.paths));
    let usage: ReadonlyMap<string, number>;
    try {
      usage = await measureDiskUsage([...paths], enter(), signal);
    } catch (error) {
      // Pods that leave room for no other process have to leave it some time: the next look counts.
      if (error instanceof RuntimeError) return;
      throw error;
    }
    if (signal.aborted) return;
    for (const [podUid, limits] of this.#limits) {
      const message = findExceeded(limits, usage);
      if (message === undefined) continue;
      const at: Millis = clock.now();
      // Reported once: what is still written until it has ended changes nothing.
      this.#limits.set(podUid, []);
      onEvicted({ type: "podEvicted", podUid, reason: "Evicted", message, at });
    }
  }
}

/**
 * The message of the first limit that is exceeded; what could not be measured counts as nothing.
 */
function findExceeded(
  limits: readonly DiskLimit[],
  usage: ReadonlyMap<string, number>,
): string | undefined {
  return limits.find(({ paths, bytes }) =>
    paths.reduce((sum, path) => sum + (usage.get(path) ?? 0), 0) > bytes
  )?.message;
}

/**
 * Bytes that folders take on their disks, in whole blocks, by path. No symbolic link is followed,
 * no other file system entered; what vanishes meanwhile is not counted, and a folder that is not
 * there has no number.
 *
 * @param enter words before the program.
 * @throws {RuntimeError} no process can be started.
 */
export async function measureDiskUsage(
  paths: readonly string[],
  enter: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  // One call counts a folder once: what lies in another of the folders has a call of its own.
  const isInner = (path: string) => paths.some((it) => path.startsWith(`${it}/`));
  const parts = [paths.filter((it) => !isInner(it)), paths.filter(isInner)];
  const usages = await Promise.all(parts.map((part) => countBlocks(part, enter, signal)));
  return new Map(usages.flatMap((usage) => [...usage]));
}

async function countBlocks(
  paths: readonly string[],
  enter: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  // Without a folder it would count the one it is in.
  if (paths.length === 0) return new Map();
  const [program, ...args] = [...enter, "nice", "-n", "19", "du", "-skx", "--", ...paths];
  const command = new Deno.Command(program!, {
    args,
    cwd: "/",
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  });
  const { stdout } = await spawnHelper("DiskUsage", program!, command, signal).output();
  const lines = new TextDecoder().decode(stdout).matchAll(/^(\d+)\t(.*)$/gm);
  return new Map(Array.from(lines, ([, kibibytes, path]) => [path!, Number(kibibytes) * 1024]));
}
