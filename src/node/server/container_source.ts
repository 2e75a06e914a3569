/** Pods and containers as the node's endpoints find them. */
import { findContainer } from "../../api/pod_containers.ts";
import { ranUid } from "../../api/scheduling/static_pod.ts";
import type { ContainerStatus, Pod } from "../../api/types/pod.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { ObjectClient } from "../../store/client.ts";

/** Where a node's endpoints find Pods, and what runs them. */
export interface ContainerSource {
  readonly client: Pick<ObjectClient, "get">;
  readonly runtime: Runtime;
}

/** What a path names. */
export interface ContainerTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** A request that a node cannot carry out; its message is for the user. */
export class NodeError extends Error {
  /** The HTTP status. */
  readonly code: number;

  /** Words it. */
  constructor(code: number, message: string) {
    super(message);
    this.name = "NodeError";
    this.code = code;
  }
}

/**
 * The Pod that a path names, with the uid under which it runs.
 *
 * @throws {NodeError}
 */
export function findPod({ client }: ContainerSource, { namespace, pod }: ContainerTarget): Pod {
  const found = client.get("Pod", namespace, pod);
  if (found === undefined) throw new NodeError(404, `pod "${pod}" not found`);
  return { ...found, metadata: { ...found.metadata, uid: ranUid(found) } };
}

/** The status of a container, of whatever role. */
export function findStatus({ status }: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } =
    status ?? {};
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses]
    .find((it) => it.name === name);
}

/**
 * The id of a container that runs.
 *
 * @throws {NodeError}
 */
export async function findRunning(
  source: ContainerSource,
  target: ContainerTarget,
): Promise<string> {
  const pod = findPod(source, target);
  const { containers } = await source.runtime.list();
  const found = containers.findLast(({ podUid, name, state }) =>
    podUid === pod.metadata.uid && name === target.container && state === "running"
  );
  if (found !== undefined) return found.containerId;
  const isKnown = findContainer(pod, target.container) !== undefined;
  throw new NodeError(
    isKnown ? 400 : 404,
    isKnown
      ? `container "${target.container}" of pod "${target.pod}" is not running`
      : `container not found ("${target.container}")`,
  );
}
