/**
 * The Pods of a DaemonSet; pure.
 *
 * Rule: Kubernetes, pkg/controller/daemon/util/daemonset_util.go, CreatePodTemplate,
 * AddOrUpdateDaemonPodTolerations and ReplaceDaemonSetPodNodeNameNodeAffinity.
 */
import { TEMPLATE_GENERATION } from "../../api/kinds/rows/sets.ts";
import type { DaemonSet } from "../../api/types/apps.ts";
import type { Affinity, Pod, PodSpec, Toleration } from "../../api/types/pod.ts";
import { POD_HASH_LABEL } from "../controller_revision.ts";
import { podFromTemplate } from "../pod_template.ts";

const GENERATION_LABEL = "pod-template-generation";

/** What a node may have without losing the Pods of DaemonSets, with its effect (R-DS-2). */
const TOLERATED: readonly (readonly [taint: string, effect: string])[] = [
  ["not-ready", "NoExecute"],
  ["unreachable", "NoExecute"],
  ["disk-pressure", "NoSchedule"],
  ["memory-pressure", "NoSchedule"],
  ["pid-pressure", "NoSchedule"],
  ["unschedulable", "NoSchedule"],
];

/** A new Pod for a node, without a name (R-DS-1, R-DS-2). */
export function newDaemonPod(daemonSet: DaemonSet, nodeName: string, hash: string): Pod {
  const { metadata, spec, ...rest } = podFromTemplate(daemonSet, daemonSet.spec.template);
  const generation = templateGenerationOf(daemonSet);
  return {
    ...rest,
    metadata: {
      ...metadata,
      labels: {
        ...metadata.labels,
        ...(generation !== undefined && { [GENERATION_LABEL]: generation }),
        [POD_HASH_LABEL]: hash,
      },
    },
    spec: {
      ...spec,
      affinity: withNode(spec.affinity ?? {}, nodeName),
      tolerations: withTolerations(spec),
    },
  };
}

/** Whether a Pod is of the present template (R-DS-3). */
export function isUpdated(daemonSet: DaemonSet, { metadata }: Pod, hash: string): boolean {
  const { labels = {} } = metadata;
  const generation = templateGenerationOf(daemonSet);
  return labels[POD_HASH_LABEL] === hash ||
    (generation !== undefined && labels[GENERATION_LABEL] === generation);
}

function templateGenerationOf({ metadata }: DaemonSet): string | undefined {
  return metadata.annotations?.[TEMPLATE_GENERATION];
}

/** Every term of the template's own holds for this node alone. */
function withNode(affinity: Affinity, nodeName: string): Affinity {
  const { requiredDuringSchedulingIgnoredDuringExecution: required, ...preferred } =
    affinity.nodeAffinity ?? {};
  const { nodeSelectorTerms = [] } = required ?? {};
  const matchFields = [{ key: "metadata.name", operator: "In", values: [nodeName] }];
  const terms = nodeSelectorTerms.length === 0
    ? [{ matchFields }]
    : nodeSelectorTerms.map((it) => ({ ...it, matchFields }));
  return {
    ...affinity,
    nodeAffinity: {
      ...preferred,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
    },
  };
}

/** The template's own are kept, apart from those that are replaced. */
function withTolerations({ tolerations = [], hostNetwork }: PodSpec): Toleration[] {
  const taints = [
    ...TOLERATED,
    ...hostNetwork ? [["network-unavailable", "NoSchedule"] as const] : [],
  ];
  const added = taints.map(([taint, effect]) => ({
    key: `node.kubernetes.io/${taint}`,
    operator: "Exists",
    effect,
  }));
  const kept = tolerations.filter(({ key, operator, effect, value = "" }) =>
    !added.some((it) =>
      it.key === key && it.operator === operator && it.effect === effect && value === ""
    )
  );
  return [...kept, ...added];
}
