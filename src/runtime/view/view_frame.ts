/** Makes what a view is mounted on, before the container is known. */
import {
  DEVICES,
  type PodFolders,
  TOOLS_PLACE,
  type ViewBase,
  type ViewPlace,
} from "./view_base.ts";
import { makeMessageFile, type MessageFile } from "./termination_log.ts";
import type { RootView } from "./root_view.ts";
import type { Surface } from "./mount_points.ts";

const DEVICE_LINKS = {
  ptmx: "pts/ptmx",
  fd: "/proc/self/fd",
  stdin: "/proc/self/fd/0",
  stdout: "/proc/self/fd/1",
  stderr: "/proc/self/fd/2",
};
/**
 * The directories a view is built from; prepared before the container is requested.
 */
export interface ViewFrame extends ViewPlace {
  /** Shorter paths first; `kept`: what is written there would be missed. */
  readonly surfaces: readonly (Surface & { readonly kept?: true })[];
  /** Files that the node has put into the layers. */
  readonly made: readonly string[];
  /** Where its termination message is to be. */
  readonly message: MessageFile;
}

/** Creates a fresh writable layer, and all else that a view is built on. */
export function makeFrame(
  { root, machine, skeleton }: ViewBase,
  pod: PodFolders,
  { folder, writable }: ViewPlace,
): ViewFrame {
  Deno.mkdirSync(`${folder}/root`, { recursive: true });
  Deno.mkdirSync(writable, { recursive: true });
  const message = makeMessageFile(`${writable}/termination-log`);
  const place = { folder, writable };
  // With `--rootfs host` nothing is made anywhere.
  if (root === undefined) {
    return {
      ...place,
      surfaces: [{ target: "/", lower: "", upper: undefined }],
      made: [],
      message,
    };
  }
  const surfaces: ViewFrame["surfaces"][number][] = [];
  root.layers.forEach((layer, index) => {
    const upper = `${writable}/layer${index}`;
    Deno.mkdirSync(upper);
    Deno.mkdirSync(`${upper}.work`);
    if (layer.mode !== 0o755) Deno.chmodSync(upper, layer.mode);
    if (machine.privileged && (layer.uid !== 0 || layer.gid !== 0)) {
      Deno.chownSync(upper, layer.uid, layer.gid);
    }
    const lower = layer.lower || `${skeleton}/root`;
    surfaces.push({ target: layer.target, lower, upper, kept: true });
  });
  for (const path of ["/proc", "/sys"]) {
    surfaces.push({ target: path, lower: path, upper: undefined });
  }
  makeDevices(`${folder}/dev`);
  surfaces.push({ target: "/dev", lower: undefined, upper: `${folder}/dev` });
  if (folder !== writable) {
    for (const name of ["dev", "dev.work"]) Deno.mkdirSync(`${writable}/${name}`);
  }
  for (const [name, mode] of [["run", 0o755], ["tmp", 0o1777]] as const) {
    const upper = `${writable}/${name}`;
    Deno.mkdirSync(upper);
    Deno.chmodSync(upper, mode);
    surfaces.push({ target: `/${name}`, lower: undefined, upper });
  }
  Deno.mkdirSync(`${writable}/layer0${TOOLS_PLACE}`);
  return { ...place, surfaces, made: writePodFiles(pod, root.layers, writable), message };
}

/** What the Pod has in `/etc`, by name. */
export function podFiles(pod: PodFolders): Readonly<Record<string, string>> {
  return { hosts: pod.hosts, hostname: `${pod.hostname}\n`, "resolv.conf": pod.resolvConf };
}

/** Host name, hosts and resolver files are written straight into the writable layer: no mounts. */
function writePodFiles(
  pod: PodFolders,
  layers: RootView["layers"],
  writable: string,
): readonly string[] {
  const index = layers.findIndex(({ target }) => target === "/etc");
  const etc = index > 0 ? `${writable}/layer${index}` : `${writable}/layer0/etc`;
  Deno.mkdirSync(etc, { recursive: true });
  return Object.entries(podFiles(pod)).map(([name, content]) => {
    Deno.writeTextFileSync(`${etc}/${name}`, content, { createNew: true });
    Deno.chmodSync(`${etc}/${name}`, 0o644);
    return `${etc}/${name}`;
  });
}

/**
 * A `/dev` with places for what is mounted in it; small enough to be faster than a layer over a
 * common one.
 */
function makeDevices(dev: string): void {
  Deno.mkdirSync(dev);
  for (const name of ["pts", "shm", "mqueue"]) Deno.mkdirSync(`${dev}/${name}`);
  for (const name of DEVICES) Deno.writeFileSync(`${dev}/${name}`, new Uint8Array());
  for (const [name, target] of Object.entries(DEVICE_LINKS)) {
    Deno.symlinkSync(target, `${dev}/${name}`);
  }
}
