/** The objects that a cluster has before clients create any: its node, and what namespaces hold. */
import type { Node } from "../../api/types/cluster.ts";
import { ROOT_CERTIFICATES } from "../../api/service_account.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import { messageOf } from "../../base/error_text.ts";
import type { Logger } from "../../base/log.ts";
import type { ObjectClient } from "../../store/client.ts";
import { StatusError } from "../../store/status_error.ts";

/** Enters a node with its status; of one that was there before, what clients changed stays. */
export async function enterNode(client: ObjectClient, node: Node): Promise<void> {
  const { metadata: { name, labels }, status } = node;
  const known = client.get("Node", "", name);
  const entered = known === undefined ? await client.create(node) : await client.update({
    ...known,
    metadata: { ...known.metadata, labels: { ...known.metadata.labels, ...labels } },
  });
  await client.updateStatus({ ...entered, ...(status && { status }) });
}

/**
 * Gives every namespace, also those that come later, its service account and the certificate by
 * which Pods know the API.
 *
 * Rule: Kubernetes, pkg/controller/serviceaccount/serviceaccounts_controller.go and
 * pkg/controller/certificates/rootcacertpublisher/publisher.go.
 */
export function fillNamespaces(client: ObjectClient, certificate: string, log: Logger): void {
  // A watcher does not write while it is being notified.
  const fill = (namespace: string) =>
    queueMicrotask(() => {
      for (const it of contentsOf(namespace, certificate)) void create(client, it, log);
    });
  client.watch("Namespace", ({ type, object }) => {
    if (type === "ADDED") fill(object.metadata.name);
  });
  for (
    const [kind, name] of [["ServiceAccount", "default"], ["ConfigMap", ROOT_CERTIFICATES]] as const
  ) {
    client.watch(kind, ({ type, object: { metadata } }) => {
      if (type !== "ADDED" && metadata.name === name) fill(metadata.namespace ?? "");
    });
  }
}

function contentsOf(namespace: string, certificate: string): readonly KubernetesObject[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name: "default" } },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace, name: ROOT_CERTIFICATES },
      data: { "ca.crt": certificate },
    },
  ];
}

async function create(client: ObjectClient, object: KubernetesObject, log: Logger): Promise<void> {
  const { kind, metadata: { namespace = "", name } } = object;
  const known = client.get(kind, namespace, name);
  try {
    if (known === undefined) await client.create(object);
    // It is that of a server before this one, or a client has changed it.
    else if (known.kind === "ConfigMap" && object.kind === "ConfigMap") {
      await client.update({ ...known, ...object.data && { data: object.data } });
    }
  } catch (error) {
    // The namespace is going or gone.
    if (error instanceof StatusError) return;
    log.error("Cannot create object", {
      object: `${kind} ${namespace}/${name}`,
      error: messageOf(error),
    });
  }
}
