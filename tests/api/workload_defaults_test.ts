import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Deployment, ReplicationController } from "../../src/api/types/apps.ts";
import {
  defaultDeployment,
  defaultReplicaSet,
  defaultReplicationController,
} from "../../src/api/workload_defaults.ts";

const template = {
  metadata: { name: "", labels: { app: "web" } },
  spec: { containers: [{ name: "c", image: "web:1", ports: [{ containerPort: 80 }] }] },
};
const deployment = (spec: Partial<Deployment["spec"]> = {}): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { selector: { matchLabels: { app: "web" } }, template, ...spec },
});

Deno.test("defaultDeployment() fills in what the manifest leaves open", () => {
  const { spec, status } = defaultDeployment(deployment());
  deepEqual(status, {});
  deepEqual(spec.replicas, 1);
  deepEqual(spec.revisionHistoryLimit, 10);
  deepEqual(spec.progressDeadlineSeconds, 600);
  deepEqual(spec.strategy, {
    type: "RollingUpdate",
    rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" },
  });
  deepEqual(spec.template.metadata, { labels: { app: "web" } });
});

Deno.test("defaultDeployment() a template gets less than a Pod does", () => {
  deepEqual(defaultDeployment(deployment()).spec.template.spec, {
    containers: [{
      name: "c",
      image: "web:1",
      ports: [{ containerPort: 80, protocol: "TCP" }],
      resources: {},
      imagePullPolicy: "IfNotPresent",
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
    }],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
  });
});

Deno.test("defaultDeployment() own values stay, and a second time changes nothing", () => {
  const given = deployment({
    replicas: 0,
    strategy: { type: "Recreate" },
    revisionHistoryLimit: 0,
  });
  const once = defaultDeployment(given);
  deepEqual(once.spec.replicas, 0);
  deepEqual(once.spec.revisionHistoryLimit, 0);
  deepEqual(once.spec.strategy, { type: "Recreate" });
  deepEqual(defaultDeployment(once), once);
});

Deno.test("defaultReplicaSet() one replica, and a status with a count", () => {
  const { metadata, spec: { selector } } = deployment();
  const given = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata,
    spec: { selector, template },
  };
  const { spec, status } = defaultReplicaSet(given as Parameters<typeof defaultReplicaSet>[0]);
  deepEqual(spec.replicas, 1);
  deepEqual(status, { replicas: 0 });
});

Deno.test("defaultReplicationController() selects the labels of its template, and has them", () => {
  const given: ReplicationController = {
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: { name: "web" },
    spec: { template },
  };
  const { metadata, spec, status } = defaultReplicationController(given);
  const labels = template.metadata!.labels;
  deepEqual([metadata.labels, spec.selector, spec.replicas], [labels, labels, 1]);
  deepEqual(status, { replicas: 0 });
  const own = { ...given, metadata: { name: "web", labels: { a: "b" } } };
  const selecting = { ...own, spec: { ...given.spec, selector: { c: "d" } } };
  const kept = defaultReplicationController(selecting);
  deepEqual([kept.metadata.labels, kept.spec.selector], [{ a: "b" }, { c: "d" }]);
});
