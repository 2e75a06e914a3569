/** A place for the first container of a sandbox, made before it is known which that is. */
import type { PodCgroup } from "../cgroup/cgroup.ts";
import type { PodSandboxConfig } from "../config.ts";
import type { ChainTarget } from "../launch/namespace_chain.ts";
import { RuntimeError } from "../runtime.ts";
import type { PodFolders } from "../view/view_base.ts";
import { makeFrame } from "../view/view_frame.ts";
import { type ContainerPlace, discardLaunch, enterSandbox } from "./container_launch.ts";
import type { RunContext } from "./run_context.ts";

/** Where a spare place is made. */
export interface SpareSite {
  readonly config: PodSandboxConfig;
  /** What leads into the sandbox; undefined where there are no namespaces. */
  readonly target: ChainTarget | undefined;
  /** What the pod's containers have in common on the node. */
  readonly folders: PodFolders;
  /** Of the pod. */
  readonly cgroup: PodCgroup;
}

/** A place that is taken once, or removed. */
export class SparePlace implements AsyncDisposable {
  #place: ContainerPlace | undefined;

  /** Makes it, as far as it is available: the start of the container finds out why it is not. */
  constructor(context: RunContext, site: SpareSite) {
    this.#place = ifAvailable(() => makePlace(context, site));
  }

  /** The place, for the first who asks. */
  take(): ContainerPlace | undefined {
    const place = this.#place;
    this.#place = undefined;
    return place;
  }

  /** Ends what waits there, unless it has been taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    const entered = this.take()?.entered;
    if (entered !== undefined) await discardLaunch(entered);
  }
}

function makePlace(context: RunContext, site: SpareSite): ContainerPlace {
  const { config: { podUid, shareProcessNamespace }, target, folders, cgroup: pods } = site;
  const place = context.newPlace(podUid);
  const frame = () => makeFrame(context.views.base, folders, place);
  if (shareProcessNamespace && context.level === "sandbox") {
    // The first container shows its processes to the others: one that waits would be seen.
    return { ...place, frame: frame() };
  }
  const cgroup = pods.reserve(place.id);
  const entered = enterSandbox({ context, place, cgroup, target, processes: "own" });
  // While that goes its way.
  const made = context.level === "process" ? undefined : ifAvailable(frame);
  return { ...place, entered, ...made && { frame: made } };
}

/** What the machine gives; undefined where it refuses. */
export function ifAvailable<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof RuntimeError) return undefined;
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
