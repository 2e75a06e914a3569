/** What a pod's containers and volumes are made from, beside its spec; pure. */
import type { ConfigMap, PersistentVolumeClaim, Secret } from "../../api/types/core.ts";
import type { Quantity } from "../../api/types/meta.ts";
import type { Pod } from "../../api/types/pod.ts";

/** The facts that a node reports about itself. */
export interface NodeFacts {
  /** `spec.nodeName` of its pods. */
  readonly name: string;
  /** One address of the machine. */
  readonly hostIP: string;
  /** The value of a limit that is not set: `cpu`, `memory`, `ephemeral-storage` (R-ENV-6). */
  readonly allocatable: Readonly<Record<string, Quantity>>;
}

/** A pod, its node, and the objects that it refers to. */
export interface PodSources {
  /** With its uid; of its status nothing is read. */
  readonly pod: Pod;
  /** Where it runs. */
  readonly node: NodeFacts;
  /** The ConfigMap of this name in the pod's namespace. */
  configMap(name: string): ConfigMap | undefined;
  /** The Secret of this name in the pod's namespace, its `stringData` folded into `data`. */
  secret(name: string): Secret | undefined;
  /** The PersistentVolumeClaim of this name in the pod's namespace. */
  claim(name: string): PersistentVolumeClaim | undefined;
}
