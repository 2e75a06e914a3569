/**
 * A small operator: each ConfigMap with the label `example.com/site` becomes a Deployment of its own,
 * and is annotated with how far that is. It runs in a Pod, with the Pod's service account, or
 * outside with a kubeconfig.
 */
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  KubernetesObjectApi,
  ListWatch,
  PatchStrategy,
  type V1ConfigMap,
  type V1Deployment,
  Watch,
} from "@kubernetes/client-node";

const LABEL = "example.com/site";
const READY = "example.com/ready";
const MANAGER = "site-operator";
const RETRY_MS = 500;

const config = new KubeConfig();
if (Deno.env.has("KUBERNETES_SERVICE_HOST")) config.loadFromCluster();
else config.loadFromDefault();
const namespace = Deno.env.get("NAMESPACE") ?? "default";
const core = config.makeApiClient(CoreV1Api);
const apps = config.makeApiClient(AppsV1Api);
const objects = KubernetesObjectApi.makeApiClient(config);

const sites = listWatch<V1ConfigMap>(
  "/api/v1/namespaces/{namespace}/configmaps",
  (options) => core.listNamespacedConfigMap(options),
);
const deployments = listWatch<V1Deployment>(
  "/apis/apps/v1/namespaces/{namespace}/deployments",
  (options) => apps.listNamespacedDeployment(options),
);

/** Names of sites that are looked at next. */
const due = new Set<string>();
let isWorking = false;

function note(object: KubernetesObject): void {
  due.add(object.metadata!.name!);
  void work();
}

async function work(): Promise<void> {
  if (isWorking) return;
  isWorking = true;
  for (const name of due) {
    due.delete(name);
    try {
      await reconcile(name);
    } catch (error) {
      console.error(
        `${name}: ${error instanceof Error ? error.message : error}`,
      );
      setTimeout(() => note({ metadata: { name } }), RETRY_MS);
    }
  }
  isWorking = false;
}

async function reconcile(name: string): Promise<void> {
  const site = sites.get(name, namespace);
  // What it owns goes with it.
  if (site === undefined) return;
  await apply(describeDeployment(site));
  const deployment = deployments.get(name, namespace);
  // Its first event leads here again.
  if (deployment === undefined) return;
  const ready = `${deployment.status?.readyReplicas ?? 0}/${deployment.spec?.replicas ?? 0}`;
  if (site.metadata?.annotations?.[READY] === ready) return;
  const metadata = { name, namespace, annotations: { [READY]: ready } };
  await apply({ apiVersion: "v1", kind: "ConfigMap", metadata });
  console.log(`${name}: ${ready} ready`);
}

function describeDeployment(
  { metadata, data = {} }: V1ConfigMap,
): V1Deployment & KubernetesObject {
  const { name, uid } = metadata!;
  const labels = { [LABEL]: name! };
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: name!, uid: uid! };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace,
      labels,
      ownerReferences: [{
        ...owner,
        controller: true,
        blockOwnerDeletion: true,
      }],
    },
    spec: {
      replicas: Number(data["replicas"] ?? 1),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{
            name: "site",
            image: "site",
            command: ["sh", "-c", data["command"] ?? "exec sleep 1000000"],
          }],
        },
      },
    },
  };
}

async function apply(object: KubernetesObject): Promise<void> {
  await objects.patch(
    object,
    undefined,
    undefined,
    MANAGER,
    true,
    PatchStrategy.ServerSideApply,
  );
}

/** What `makeInformer` makes, but for one setting. */
function listWatch<T extends KubernetesObject>(
  path: string,
  list: (
    options: { namespace: string; labelSelector: string },
  ) => Promise<KubernetesListObject<T>>,
): ListWatch<T> {
  const watch = new Watch(config);
  // The client aborts a watch that is silent for half a minute and begins another one. Under
  // Deno 2.9 it is not notified of its own abort, and the watch would stay silent.
  Object.assign(watch, { requestTimeoutMs: 2 ** 31 - 1 });
  const options = { namespace, labelSelector: LABEL };
  const target = path.replace("{namespace}", namespace);
  return new ListWatch<T>(target, watch, () => list(options), false, LABEL);
}

async function follow<T extends KubernetesObject>(
  informer: ListWatch<T>,
): Promise<void> {
  informer.on("add", note);
  informer.on("update", note);
  informer.on("delete", note);
  // It lists again.
  informer.on("error", () => setTimeout(() => void informer.start(), RETRY_MS));
  await informer.start();
}

await follow(sites);
await follow(deployments);
console.log(`watching ConfigMaps of ${namespace} with the label ${LABEL}`);
