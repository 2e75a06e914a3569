/**
 * Rules that few manifests need, so that a run of Pods alone does not load them: they cost a tenth
 * of all modules that it loads; pure.
 */
import type { KubernetesObject } from "../../types/kinds.ts";
import type { BatchRules } from "../../validate/batch_rules.ts";
import type { DefinitionRules } from "../../validate/definition_rules.ts";
import type { ExpressionRules } from "../../validate/expression_rules.ts";
import type { ClusterRules } from "../../validate/cluster_rules.ts";
import type { NetworkRules } from "../../validate/network_rules.ts";
import type { SetRules } from "../../validate/set_rules.ts";

/** The rules, by what their kinds have in common. */
export interface LateRules {
  /** Of Jobs and CronJobs. */
  readonly batch: BatchRules;
  /** Of StatefulSets, DaemonSets, and ControllerRevisions, which their controllers create. */
  readonly sets: SetRules;
  /** Of Services, and of Endpoints and EndpointSlices, which their controllers create. */
  readonly network: NetworkRules;
  /** Of namespaces and what else a cluster has beside workloads. */
  readonly cluster: ClusterRules;
  /** Of definitions of custom kinds, and of the objects of these. */
  readonly definition: DefinitionRules;
}

/** Rules that are loaded in one piece. */
interface LatePiece<R> {
  /** The kinds that have their rules there. */
  readonly kinds: readonly KubernetesObject["kind"][];
  readonly load: () => Promise<R>;
}

const pieces: { readonly [K in keyof LateRules]: LatePiece<LateRules[K]> } = {
  batch: {
    kinds: ["Job", "CronJob"],
    load: async () => (await import("../../validate/batch_rules.ts")).batchRules,
  },
  sets: {
    kinds: ["StatefulSet", "DaemonSet", "ControllerRevision"],
    load: async () => (await import("../../validate/set_rules.ts")).setRules,
  },
  network: {
    kinds: ["Service", "Endpoints", "EndpointSlice"],
    load: async () => (await import("../../validate/network_rules.ts")).networkRules,
  },
  cluster: {
    kinds: ["Namespace", "Node", "ServiceAccount", "PersistentVolume", "Event", "Lease"],
    load: async () => (await import("../../validate/cluster_rules.ts")).clusterRules,
  },
  definition: {
    kinds: ["CustomResourceDefinition"],
    load: async () => (await import("../../validate/definition_rules.ts")).definitionRules,
  },
};

let expressions: ExpressionRules | undefined;

/** Loads the rules in CEL. To be awaited before a request writes what has any. */
export async function loadExpressionRules(): Promise<void> {
  expressions ??= (await import("../../validate/expression_rules.ts")).expressionRules;
}

/** The rules in CEL; undefined until a request has written what has any. */
export function findExpressionRules(): ExpressionRules | undefined {
  return expressions;
}

const loaded: { -readonly [K in keyof LateRules]?: LateRules[K] } = {};

/**
 * Loads the rules of these kinds; once is enough. To be awaited where objects come in, before they
 * are completed or checked.
 */
export async function loadRules(kinds: Iterable<KubernetesObject["kind"]>): Promise<void> {
  const wanted = [...kinds];
  const load = async <K extends keyof LateRules>(name: K) => {
    const isAsked = wanted.some((kind) => pieces[name].kinds.includes(kind));
    if (isAsked) loaded[name] ??= await pieces[name].load();
  };
  for (const name of Object.keys(pieces)) await load(name as keyof LateRules);
}

/**
 * Rules that have been loaded.
 *
 * @throws {TypeError} they have not been: a fault of ours.
 */
export function lateRules<K extends keyof LateRules>(name: K): LateRules[K] {
  const rules: LateRules[K] | undefined = loaded[name];
  if (rules === undefined) throw new TypeError(`loadRules() has not been awaited for ${name}`);
  return rules;
}
