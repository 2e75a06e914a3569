/** Namespaces of a simulated cluster: what is in them goes with them. */
import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import { KINDS } from "../../src/api/kinds/kinds.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import type { Deployment } from "../../src/api/types/apps.ts";
import type { Namespace } from "../../src/api/types/cluster.ts";
import type { ConfigMap } from "../../src/api/types/core.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { type Simulation, startSimulation } from "../support/simulation.ts";

await loadRules(["Namespace", "Job", "CronJob", "StatefulSet", "DaemonSet", "Service"]);

const labels = { app: "web" };
const namespaceOf = (name: string): Namespace => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name },
  spec: {},
});
const configMap: ConfigMap = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "m", namespace: "team-a" },
};
const deployment: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "team-a" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 8,
        containers: [{ name: "c", image: "web:1", command: ["/bin/c"] }],
      },
    },
  },
};

async function start(): Promise<Simulation> {
  const simulation = startSimulation({
    startControllers,
    startsAtOnce: 100,
    script: { container: () => ({ onStopSignal: { afterMs: 3000, exit: {} } }) },
  });
  const { cluster: { client }, clock } = simulation;
  await client.create(namespaceOf("team-a"));
  await client.create(deployment);
  await client.create(configMap);
  await client.create({ ...configMap, metadata: { name: "m" } });
  await clock.advance(2000);
  return simulation;
}

/** What is in the namespace, in Kubernetes' words. */
function contentsOf({ cluster: { client } }: Simulation): string[] {
  return (["Pod", "Deployment", "ReplicaSet", "ConfigMap"] as const).flatMap((kind) =>
    client.list(kind).filter(({ metadata }) => metadata.namespace === "team-a")
      .map(({ metadata }) => `${kind}${metadata.deletionTimestamp ? " ending" : ""}`)
  );
}

Deno.test("a namespace goes after its contents, of which Pods go first (R-NS-2 R-NS-3)", async () => {
  const simulation = await start();
  const { cluster: { client }, clock } = simulation;
  const rest = ["Deployment", "ReplicaSet", "ConfigMap"];
  await client.delete("Namespace", "", "team-a");
  const phase = () => client.get("Namespace", "", "team-a")?.status?.phase;
  equal(phase(), "Terminating");
  await clock.advance(4000);
  deepEqual(contentsOf(simulation), ["Pod", "Pod", ...rest]);
  await clock.advance(2000);
  deepEqual(contentsOf(simulation), ["Pod ending", "Pod ending", ...rest]);
  // The ReplicaSet replaces nothing, and reports nothing.
  await clock.advance(3000);
  deepEqual(contentsOf(simulation), rest);
  deepEqual([phase(), simulation.log], ["Terminating", []]);
  await clock.advance(3000);
  deepEqual([contentsOf(simulation), phase()], [[], undefined]);
  equal(client.get("ConfigMap", "default", "m")?.metadata.name, "m");
  const events = simulation.cluster.events().filter(({ reason }) => reason === "FailedCreate");
  deepEqual(events, []);
});

Deno.test("nothing is created in a namespace that is being deleted, and some stay (R-NS-4)", async () => {
  const { cluster: { client }, clock } = await start();
  await client.delete("Namespace", "", "team-a");
  await rejects(client.create({ ...configMap, metadata: { name: "n", namespace: "team-a" } }), {
    message: 'configmaps "n" is forbidden: unable to create new content in namespace team-a ' +
      "because it is being terminated",
  });
  await clock.advance(60_000);
  // It is there without an object again.
  await client.create(configMap);
  await client.create(namespaceOf("default"));
  await rejects(client.delete("Namespace", "", "default"), {
    message: 'namespaces "default" is forbidden: this namespace may not be deleted',
  });
});

const pod = { ...deployment.spec.template.spec, terminationGracePeriodSeconds: 3 };
const selected = { selector: { matchLabels: labels } };
const template = { metadata: { labels }, spec: pod };
const job = {
  template: { spec: { ...pod, restartPolicy: "Never" } },
  completions: 4,
  parallelism: 2,
};
/** What manages Pods, each in its own way. */
const managing: readonly Record<string, unknown>[] = [
  { apiVersion: "apps/v1", kind: "Deployment", spec: { ...selected, template, replicas: 2 } },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    spec: {
      ...selected,
      template,
      replicas: 2,
      volumeClaimTemplates: [{
        metadata: { name: "data" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      }],
    },
  },
  { apiVersion: "apps/v1", kind: "DaemonSet", spec: { ...selected, template } },
  { apiVersion: "v1", kind: "ReplicationController", spec: { template, replicas: 2 } },
  { apiVersion: "batch/v1", kind: "Job", spec: job },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    spec: { schedule: "* * * * *", jobTemplate: { spec: job } },
  },
  { apiVersion: "v1", kind: "Service", spec: { selector: labels, ports: [{ port: 80 }] } },
];
for (const fields of managing) {
  Deno.test(`a namespace with a ${fields.kind} goes, and nothing of it is left (R-NS-3 R-NS-4)`, async () => {
    const simulation = startSimulation({
      startControllers,
      startsAtOnce: 100,
      script: { container: () => ({ onStopSignal: { afterMs: 1000, exit: {} } }) },
    });
    const { cluster: { client }, clock, log } = simulation;
    await client.create(namespaceOf("team-a"));
    const metadata = { name: "web", namespace: "team-a" };
    await client.create({ ...fields, metadata } as unknown as KubernetesObject);
    await clock.advance(70_000);
    await client.delete("Namespace", "", "team-a");
    await clock.advance(60_000);
    const left = KINDS.flatMap(({ kind }): readonly KubernetesObject[] => client.list(kind));
    deepEqual(left.map(({ kind, metadata: { name } }) => `${kind} ${name}`), []);
    deepEqual(log, []);
  });
}
