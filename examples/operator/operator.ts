/**
 * A small operator: each `Site` becomes a Deployment of its own, and its status has how far that is.
 * It runs in a Pod, with the Pod's service account, or outside with a kubeconfig.
 */
import {
  AppsV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  KubernetesObjectApi,
  ListWatch,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
  Watch,
} from "@kubernetes/client-node";

const GROUP = "example.com";
const VERSION = "v1";
const PLURAL = "sites";
const LABEL = "example.com/site";
const MANAGER = "site-operator";
const RETRY_MS = 500;

/** As site-definition.yaml defines it. */
interface Site extends KubernetesObject {
  readonly spec: { readonly replicas: number; readonly command: string };
  readonly status?: { readonly ready?: string; readonly observedGeneration?: number };
}

const config = new KubeConfig();
if (Deno.env.has("KUBERNETES_SERVICE_HOST")) config.loadFromCluster();
else config.loadFromDefault();
const namespace = Deno.env.get("NAMESPACE") ?? "default";
const apps = config.makeApiClient(AppsV1Api);
const custom = config.makeApiClient(CustomObjectsApi);
const objects = KubernetesObjectApi.makeApiClient(config);
const resource = { group: GROUP, version: VERSION, namespace, plural: PLURAL };

const sites = listWatch<Site>(
  `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/${PLURAL}`,
  () => custom.listNamespacedCustomObject(resource),
);
const deployments = listWatch<V1Deployment>(
  `/apis/apps/v1/namespaces/${namespace}/deployments`,
  () => apps.listNamespacedDeployment({ namespace, labelSelector: LABEL }),
  LABEL,
);

/** Names of sites that are looked at next. */
const due = new Set<string>();
let isWorking = false;

function note({ metadata }: KubernetesObject): void {
  due.add(metadata!.name!);
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
      console.error(`${name}: ${error instanceof Error ? error.message : error}`);
      setTimeout(() => note({ metadata: { name } }), RETRY_MS);
    }
  }
  isWorking = false;
}

async function reconcile(name: string): Promise<void> {
  const site = sites.get(name, namespace);
  // What it owns goes with it.
  if (site === undefined) return;
  await objects.patch(
    describeDeployment(site),
    undefined,
    undefined,
    MANAGER,
    true,
    PatchStrategy.ServerSideApply,
  );
  const deployment = deployments.get(name, namespace);
  // Its first event leads here again.
  if (deployment === undefined) return;
  const ready = `${deployment.status?.readyReplicas ?? 0}/${deployment.spec?.replicas ?? 0}`;
  const status = { ready, observedGeneration: site.metadata!.generation! };
  if (JSON.stringify(site.status) === JSON.stringify(status)) return;
  await custom.patchNamespacedCustomObjectStatus(
    { ...resource, name, body: { status } },
    setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
  );
  console.log(`${name}: ${ready} ready`);
}

function describeDeployment({ metadata, spec }: Site): V1Deployment & KubernetesObject {
  const { name, uid } = metadata!;
  const labels = { [LABEL]: name! };
  const owner = { apiVersion: `${GROUP}/${VERSION}`, kind: "Site", name: name!, uid: uid! };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace,
      labels,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: "site", image: "site", command: ["sh", "-c", spec.command] }],
        },
      },
    },
  };
}

/** What `makeInformer` makes, but for one setting. */
function listWatch<T extends KubernetesObject>(
  path: string,
  list: () => Promise<KubernetesListObject<T>>,
  labelSelector?: string,
): ListWatch<T> {
  const watch = new Watch(config);
  // The client aborts a watch that is silent for half a minute and begins another one. Under
  // Deno 2.9 it is not notified of its own abort, and the watch would stay silent.
  Object.assign(watch, { requestTimeoutMs: 2 ** 31 - 1 });
  return new ListWatch<T>(path, watch, list, false, labelSelector);
}

async function follow<T extends KubernetesObject>(informer: ListWatch<T>): Promise<void> {
  informer.on("add", note);
  informer.on("update", note);
  informer.on("delete", note);
  // It lists again.
  informer.on("error", () => setTimeout(() => void informer.start(), RETRY_MS));
  await informer.start();
}

await follow(sites);
await follow(deployments);
console.log(`watching the sites of ${namespace}`);
