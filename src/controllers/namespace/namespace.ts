/**
 * What a namespace's controller does: it empties one that is being deleted, its Pods first; pure.
 *
 * Rule: Kubernetes, pkg/controller/namespace/namespace_controller.go, syncNamespaceFromKey;
 * pkg/controller/namespace/deletion/namespaced_resources_deleter.go, deleteAllContent and
 * estimateGracefulTermination; status_condition_utils.go.
 */
import { kindNameOf, resourceOf as resourceOfKind } from "../../api/kinds/kinds.ts";
import type { Namespace, NamespaceCondition } from "../../api/types/cluster.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Pod } from "../../api/types/pod.ts";
import { isEqual } from "../../api/validate/common/equality.ts";
import { formatSecond } from "../../base/go_text.ts";
import type { Changes, ControllerWrite, Moment } from "../change.ts";
import { isTerminal } from "../pod_state.ts";

/** Removed when a namespace is empty. */
const FINALIZER = "kubernetes";
/** How long others may take to learn that nothing may be created there any more. */
const DELAY_SECONDS = 5;
/** How long an object is expected to wait for its finalizers. */
const FINALIZER_SECONDS = 15;

/** What is known when a namespace is looked at. */
export interface NamespaceFacts {
  readonly namespace: Namespace;
  /** Everything that is in it. */
  readonly contents: readonly KubernetesObject[];
  /** As `pods`, `deployments.apps`. @default that of the kinds of this program */
  readonly resourceOf?: (object: KubernetesObject) => string;
  /** When it was first seen that it is being deleted, in wall ms. @default now */
  readonly sinceMs?: number | undefined;
}

/**
 * The deletions of what is in a namespace that is being deleted, and its own end once it is empty
 * (R-NS-3). It is looked at again when half of the longest time has gone that its contents may
 * take, not when they go.
 */
export function computeNamespaceChanges(
  { namespace, contents, ...facts }: NamespaceFacts,
  now: Moment,
): Changes<Namespace> {
  const { sinceMs = now.wallMs, resourceOf = (it) => resourceOfKind(it.kind) } = facts;
  const { metadata: { deletionTimestamp }, spec: { finalizers = [] } } = namespace;
  if (deletionTimestamp === undefined || !finalizers.includes(FINALIZER)) return { writes: [] };
  const after = (seconds: number, sinceMs = now.wallMs) => sinceMs + seconds * 1000 / now.speed;
  const startMs = after(DELAY_SECONDS, sinceMs);
  if (now.wallMs < startMs) return { writes: [], wakeAtMs: startMs, memory: sinceMs };
  if (contents.length === 0) return { writes: [release(namespace)] };

  const pods = contents.filter(isPod);
  const first: readonly KubernetesObject[] = pods.length > 0 ? pods : contents;
  const because = pods.length > 0
    ? "the namespace is being deleted, and Pods go first"
    : "the namespace is being deleted, and no Pod is left in it";
  const writes = first.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((object): ControllerWrite => ({
      action: "deleteContent",
      verb: "delete",
      object,
      because,
      rule: "R-NS-3",
    }));
  const isHeld = first.some(({ metadata }) => (metadata.finalizers ?? []).length > 0);
  const seconds = Math.max(
    ...pods.map((pod) => isTerminal(pod) ? 0 : pod.spec.terminationGracePeriodSeconds ?? 30),
    isHeld ? FINALIZER_SECONDS : 0,
  );
  // What is deleted at once leaves nothing to wait for.
  const wait = pods.length > 0 || isHeld ? Math.floor(seconds / 2) + 1 : 0;
  const conditions = generateConditions(namespace, contents, now, resourceOf);
  const isSame = writes.length > 0 || isEqual(conditions, namespace.status?.conditions ?? []);
  return {
    writes,
    ...(!isSame && { published: { ...namespace, status: { ...namespace.status, conditions } } }),
    wakeAtMs: after(wait),
    memory: sinceMs,
  };
}

/** Not one of that name that a definition defines. */
function isPod(object: KubernetesObject): object is Pod {
  return kindNameOf(object) === "Pod";
}

function release(namespace: Namespace): ControllerWrite {
  const { finalizers = [], ...spec } = namespace.spec;
  const rest = finalizers.filter((it) => it !== FINALIZER);
  return {
    action: "releaseNamespace",
    verb: "update",
    object: { ...namespace, spec: { ...spec, ...(rest.length > 0 && { finalizers: rest }) } },
    because: "nothing is left in it",
    rule: "R-NS-3",
  };
}

/** What holds the namespace up, once the deletions have been asked for. */
function generateConditions(
  { status }: Namespace,
  contents: readonly KubernetesObject[],
  { wallMs }: Moment,
  resourceOf: (object: KubernetesObject) => string,
): NamespaceCondition[] {
  const kinds = countBy(contents.map(resourceOf));
  const remaining = [...kinds].map(([resource, count]) => {
    const [plural, ...group] = resource.split(".");
    return `${plural}.${group.join(".")} has ${count} resource instances`;
  });
  const holders = countBy(contents.flatMap(({ metadata }) => metadata.finalizers ?? []));
  const held = [...holders].map(([name, count]) => `${name} in ${count} resource instances`);
  const facts: readonly [type: string, isTrue: boolean, reason: string, message: string][] = [
    [
      "NamespaceDeletionDiscoveryFailure",
      false,
      "ResourcesDiscovered",
      "All resources successfully discovered",
    ],
    [
      "NamespaceDeletionGroupVersionParsingFailure",
      false,
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ],
    [
      "NamespaceDeletionContentFailure",
      false,
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ],
    [
      "NamespaceContentRemaining",
      true,
      "SomeResourcesRemain",
      `Some resources are remaining: ${remaining.join(", ")}`,
    ],
    held.length > 0
      ? [
        "NamespaceFinalizersRemaining",
        true,
        "SomeFinalizersRemain",
        `Some content in the namespace has finalizers remaining: ${held.join(", ")}`,
      ]
      : [
        "NamespaceFinalizersRemaining",
        false,
        "ContentHasNoFinalizers",
        "All content-preserving finalizers finished",
      ],
  ];
  return facts.map(([type, isTrue, reason, message]) => {
    const known = status?.conditions?.find((it) => it.type === type);
    const value = isTrue ? "True" : "False";
    const lastTransitionTime = known?.status === value
      ? known.lastTransitionTime!
      : formatSecond(wallMs);
    return { type, status: value, lastTransitionTime, reason, message };
  });
}

function countBy(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words.toSorted()) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
