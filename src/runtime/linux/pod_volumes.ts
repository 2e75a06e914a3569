/** The volumes of the pods of a run: made before their sandboxes, removed with their pods. */
import { findVolumeLimits } from "../disk/disk_usage.ts";
import {
  forbidDevices,
  isMountedInMemory,
  prepareVolumes,
  type VolumeSite,
} from "../volume/volumes.ts";
import type { FilesVolume, VolumeConfig, VolumeOwnership } from "../config.ts";
import { RuntimeError, type VolumeFileContent, type VolumeFileRequest } from "../runtime.ts";
import type { PodState } from "./linux_sandbox.ts";
import type { RunContext } from "./run_context.ts";

/** By the uid of their pod. */
export class PodVolumes {
  readonly #context: RunContext;
  readonly #prepared = new Map<string, ReadonlyMap<string, string>>();
  /** Pods for which something has been mounted where the node makes its sandboxes. */
  readonly #mountsAtNode = new Set<string>();

  /** Of a run that has none yet. */
  constructor(context: RunContext) {
    this.#context = context;
  }

  /** What has been prepared for a pod. */
  of(podUid: string): PodState {
    return {
      volumes: this.#prepared.get(podUid) ?? new Map(),
      mountsAtNode: this.#mountsAtNode.has(podUid),
    };
  }

  /**
   * Makes them, as {@link Runtime.prepareVolumes}.
   *
   * @throws {RuntimeError} `FailedMount`
   */
  async prepare(
    podUid: string,
    volumes: readonly VolumeConfig[],
    ownership?: VolumeOwnership,
  ): Promise<void> {
    const { site, owner } = this.#siteOf(podUid, ownership);
    const { access } = site;
    if (volumes.some(isMountedInMemory)) this.#mountsAtNode.add(podUid);
    const prepared = await prepareVolumes(volumes, site, owner);
    const { workdir } = this.#context.plan;
    const shown = volumes.flatMap(({ type, name }) =>
      type === "hostPath" ? [prepared.get(name)!] : []
    ).concat(workdir === undefined ? [] : Deno.realPathSync(workdir));
    if (access && await forbidDevices(shown, access)) this.#mountsAtNode.add(podUid);
    this.#prepared.set(podUid, prepared);
    this.#context.disk.add(podUid, findVolumeLimits(volumes, prepared));
  }

  /** Writes their files again, as {@link Runtime.updateVolumes}. */
  async update(
    podUid: string,
    volumes: readonly FilesVolume[],
    ownership?: VolumeOwnership,
  ): Promise<void> {
    if (!this.#prepared.has(podUid)) return;
    const { site, owner } = this.#siteOf(podUid, ownership);
    await prepareVolumes(volumes, site, owner);
  }

  /**
   * As {@link Runtime.readVolumeFile}.
   *
   * @throws {RuntimeError} `ReadVolumeFile`
   */
  async readFile(
    { podUid, volumeName, path, maxBytes }: VolumeFileRequest,
    signal: AbortSignal,
  ): Promise<VolumeFileContent> {
    // Only pods that name such a file pay for it.
    const { readVolumeFile } = await import("../volume/volume_file.ts");
    const volume = this.#prepared.get(podUid)?.get(volumeName);
    if (volume === undefined) {
      throw new RuntimeError("ReadVolumeFile", `volume "${volumeName}" has not been prepared`);
    }
    const { tools, namespaces, mounts } = this.#context.machine;
    const access = this.#context.level === "sandbox" && namespaces !== undefined
      ? { enter: namespaces.enter, tools, mounts }
      : undefined;
    return await readVolumeFile({ volume, path, maxBytes }, access, tools.sh, signal);
  }

  /** Removes what a claim has, as {@link Runtime.removeVolume}. */
  async remove(namespace: string, claimName: string): Promise<void> {
    const { scope: { folders }, removal } = this.#context;
    const volume = `${folders.persistent}/${namespace}/${claimName}`;
    // What is left of it goes with the run, whose folder is of the same file system.
    const discarded = Deno.makeTempDirSync({ dir: folders.data, prefix: "volume-" });
    try {
      Deno.renameSync(volume, `${discarded}/${claimName}`);
    } catch (error) {
      // It has never been made, or another run has removed it.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await removal.remove(discarded, []);
  }

  /** Its pod is gone; its files are removed with the folder of the pod. */
  forget(podUid: string): void {
    this.#prepared.delete(podUid);
    this.#mountsAtNode.delete(podUid);
  }

  #siteOf(
    podUid: string,
    ownership: VolumeOwnership | undefined,
  ): { readonly site: VolumeSite; readonly owner: VolumeOwnership | undefined } {
    const { data, memory, persistent } = this.#context.scope.folders;
    const folders = {
      disk: `${data}/pods/${podUid}/volumes`,
      memory: `${memory}/pods/${podUid}/volumes`,
      persistent,
    };
    const { tools, mounts, namespaces } = this.#context.machine;
    const hidden = this.#context.covered;
    const access = this.#context.level === "sandbox" && namespaces !== undefined
      ? { enter: namespaces.enter, tools, mounts, makesDevices: namespaces.ids === "all" }
      : undefined;
    const site = { folders, hidden, ...access === undefined ? {} : { access } };
    // Where only one group exists, everything is its own already.
    return { site, owner: namespaces?.ids === "self" ? undefined : ownership };
  }
}
