/** Ends the Pods of a node that do not tolerate its taints. */
import type { Taint } from "../../api/scheduling/node_pods.ts";
import type { Node } from "../../api/types/cluster.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import type { Millis } from "../../base/clock.ts";
import type { WatchEvent } from "../../store/client.ts";
import type { Pass, Reconciler } from "../controller.ts";
import { disrupt } from "../scheduling_writes.ts";
import { computeStaySeconds, endingTaints } from "../taint_eviction.ts";
import type { ControllerContext } from "./object_writer.ts";
import { traceWrite } from "./trace.ts";

/** A Pod that is to be ended. */
interface Pending {
  readonly uid: string;
  readonly at: Millis;
}

/** What the Pod's condition says. */
const CAUSE = {
  reason: "DeletionByTaintManager",
  message: "Taint manager: deleting due to NoExecute taint",
};

/**
 * Evicts Pods (R-SCHED-6); a key is `namespace/name`. The moment of an eviction stands until the
 * Pod tolerates the taints without a limit, or they are gone.
 *
 * Rule: Kubernetes, pkg/controller/tainteviction/taint_eviction.go.
 */
export class TaintEviction implements Reconciler {
  /** As it is named in errors. */
  readonly name = "TaintEviction";
  readonly #context: ControllerContext;
  /** Of each node that has any, those that end Pods. */
  readonly #taints = new Map<string, readonly Taint[]>();
  /** By key. */
  readonly #pending = new Map<string, Pending>();

  /** Watches nothing yet. */
  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** As {@link Reconciler.watch}. */
  watch(onKey: (key: string) => void): () => void {
    const { client } = this.#context;
    const watches = [
      client.watch("Node", (event) => this.#onNode(event, onKey)),
      client.watch("Pod", ({ object: pod }) => {
        // Most Pods are on a node without such a taint.
        const isAffected = this.#taints.has(pod.spec.nodeName ?? "") || this.#pending.size > 0;
        if (isAffected) onKey(keyOf(pod));
      }),
    ];
    return () => watches.forEach((unwatch) => unwatch());
  }

  /** As {@link Reconciler.reconcile}. */
  async reconcile(key: string): Promise<Pass> {
    const { client, clock } = this.#context;
    const [namespace = "", name = ""] = key.split("/");
    const pod = client.get("Pod", namespace, name);
    const isEnding = pod === undefined || pod.metadata.deletionTimestamp !== undefined;
    const known = this.#pending.get(key);
    const before = known?.uid === pod?.metadata.uid ? known : undefined;
    if (isEnding || before === undefined) this.#pending.delete(key);
    if (isEnding) return {};
    const taints = this.#taints.get(pod.spec.nodeName ?? "");
    const seconds = taints === undefined ? Infinity : computeStaySeconds(pod, taints);
    if (seconds === Infinity) {
      if (this.#pending.delete(key)) this.#record(pod, `Cancelling deletion of Pod ${key}`);
      return {};
    }
    const at = seconds === 0 ? clock.now() : before?.at ?? clock.now() + seconds * 1000;
    if (at > clock.now()) {
      this.#pending.set(key, { uid: pod.metadata.uid!, at });
      return { wakeAt: at };
    }
    await this.#evict(pod, taints!);
    return {};
  }

  async #evict(pod: Pod, taints: readonly Taint[]): Promise<void> {
    const { client, clock, onObjectEvent } = this.#context;
    if (!await disrupt(pod, CAUSE, { client, clock })) return;
    this.#pending.delete(keyOf(pod));
    this.#record(pod, `Marking for deletion Pod ${keyOf(pod)}`);
    const words = taints.map(({ key, value = "" }) => `${key}=${value}:NoExecute`).join(", ");
    onObjectEvent(traceWrite({
      controller: this.name,
      owner: pod,
      target: pod,
      verb: "delete",
      action: "deletePod",
      because: `it does not tolerate the taints of its node any longer: ${words}`,
      rule: "R-SCHED-6",
    }, clock.now()));
  }

  #record(pod: Pod, message: string): void {
    const { clock, onK8sEvent } = this.#context;
    onK8sEvent(pod, {
      at: clock.now(),
      type: "Normal",
      reason: "TaintManagerEviction",
      message,
      component: "taint-eviction-controller",
    });
  }

  #onNode({ type, object: node }: WatchEvent<Node>, onKey: (key: string) => void): void {
    const { name } = node.metadata;
    const before = this.#taints.get(name) ?? [];
    const taints = type === "DELETED" ? [] : endingTaints(node.spec.taints);
    if (isEqual(before, taints)) return;
    if (taints.length === 0) this.#taints.delete(name);
    else this.#taints.set(name, taints);
    for (const pod of this.#context.client.list("Pod")) {
      if (pod.spec.nodeName === name) onKey(keyOf(pod));
    }
  }
}

function keyOf({ metadata: { namespace = "", name } }: Pod): string {
  return `${namespace}/${name}`;
}
