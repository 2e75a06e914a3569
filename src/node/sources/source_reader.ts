/** Reads the objects that a pod refers to, when its volumes and containers are created. */
import type { KubernetesObject, ObjectOf } from "../../api/types/kinds.ts";
import type { Pod } from "../../api/types/pod.ts";
import { messageOf } from "../../base/error_text.ts";
import type { ObjectClient } from "../../store/client.ts";
import { ConfigError, type ConfigErrorReason } from "../config/config_error.ts";
import type { PodReference } from "../config/pod_references.ts";
import {
  keyOfToken,
  type NodeFacts,
  type PodSources,
  type TokenReference,
} from "../config/pod_sources.ts";
import type { PodApi } from "./pod_api.ts";
import type { PodTokens, TokenOutcome } from "./pod_tokens.ts";

/** What a step of a pod's start needs. */
export interface PodReferences {
  readonly objects: readonly PodReference[];
  /** @default none */
  readonly tokens?: readonly TokenReference[];
}

/**
 * Reads what a step of a pod's start needs.
 *
 * @param references nothing else can be looked up in the result.
 * @throws {UnreadableError} when the store could not be asked.
 */
export type SourceReader = (pod: Pod, references: PodReferences) => Promise<PodSources>;

/** What sources are read from. */
export interface SourceOptions {
  readonly client: Pick<ObjectClient, "read" | "list">;
  readonly node: NodeFacts;
  /** Undefined: the pods have no API. */
  readonly api?: Pick<PodApi, "addressFor"> | undefined;
  readonly tokens?: Pick<PodTokens, "get"> | undefined;
}

/**
 * Reads ConfigMaps, Secrets and claims that a pod refers to, as the store has them now, and the
 * tokens of its service account. Where it refers to none, nothing is read.
 *
 * @throws {UnreadableError} when the store could not be asked.
 */
export async function readSources(
  { client, node, api, tokens }: SourceOptions,
  pod: Pod,
  { objects: references, tokens: wishes = [] }: PodReferences,
): Promise<PodSources> {
  const namespace = pod.metadata.namespace!;
  const objects = new Map<string, KubernetesObject>();
  const read = async ({ kind, name }: PodReference) => {
    const object = await client.read(kind, namespace, name).catch((error) => {
      throw new UnreadableError(error);
    });
    if (object !== undefined) objects.set(`${kind}/${name}`, object);
  };
  const outcomes = new Map<string, TokenOutcome>();
  const ask = async (wish: TokenReference) => {
    if (tokens !== undefined) outcomes.set(keyOfToken(wish), await tokens.get(pod, wish));
  };
  if (references.length > 0) await Promise.all([...references.map(read), ...wishes.map(ask)]);
  else if (wishes.length > 0) await Promise.all(wishes.map(ask));
  const address = api?.addressFor(pod);
  // The key has the kind.
  const find = <K extends PodReference["kind"]>(kind: K, name: string) =>
    objects.get(`${kind}/${name}`) as ObjectOf<K> | undefined;
  return {
    pod,
    node,
    services: client.list("Service").filter((it) => it.metadata.namespace === namespace),
    configMap: (name) => find("ConfigMap", name),
    secret: (name) => find("Secret", name),
    claim: (name) => find("PersistentVolumeClaim", name),
    token: (reference) => outcomes.get(keyOfToken(reference)),
    ...address && { api: address },
  };
}

/** The store could not be asked for an object; the cause is what the client reports of it. */
export class UnreadableError extends Error {
  constructor(cause: unknown) {
    super(`Cannot read the objects that the Pod refers to: ${messageOf(cause)}`, { cause });
    this.name = "UnreadableError";
  }
}

/**
 * The objects, for one step of a pod's start. A kubelet that cannot read them fails the step and
 * repeats it. Rules: R-START-1, R-START-5.
 *
 * @throws {ConfigError} with the reason of the step, if they could not be read; any other error is
 * thrown on.
 */
export async function orConfigError(
  sources: Promise<PodSources>,
  reason: ConfigErrorReason,
): Promise<PodSources> {
  try {
    return await sources;
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    throw new ConfigError(reason, error.message, { cause: error.cause });
  }
}
