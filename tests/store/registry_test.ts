import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { PersistentVolumeClaim, Secret } from "../../src/api/types/core.ts";
import { InvalidObjectError } from "../../src/api/types/errors.ts";
import type { Propagation } from "../../src/api/kinds/deletion.ts";
import type { Pod, PodPhase, PodSpec } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { Registry } from "../../src/store/registry.ts";
import type { Namespace } from "../../src/api/types/cluster.ts";
import type { Service, ServiceSpec } from "../../src/api/types/network.ts";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import { podOf } from "../support/simulation.ts";

await loadRules(["Service", "Namespace"]);

function setUp() {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  let uids = 0;
  return { clock, registry: new Registry({ clock, newUid: () => `uid-${++uids}` }) };
}

const bound: Partial<PodSpec> = { nodeName: "node-1" };

Deno.test("Registry.create() completes a pod", async () => {
  const { clock, registry } = setUp();
  await clock.advance(1500);
  const { metadata: { namespace: _, ...metadata }, ...rest } = podOf("web", ["a"]);
  const claimed = { ...rest, metadata, status: { phase: "Running", podIP: "1.2.3.4" } } as Pod;
  const pod = registry.create(claimed);
  equal(pod.metadata.namespace, "default"); // R-DEFAULT-4
  equal(pod.metadata.uid, "uid-1");
  equal(pod.metadata.creationTimestamp, "2026-01-01T00:00:01Z");
  equal(pod.spec.restartPolicy, "Always"); // R-DEFAULT-1
  deepEqual([pod.spec.priority, pod.spec.tolerations?.length], [0, 2]); // As admission adds them.
  deepEqual(pod.status, { phase: "Pending", qosClass: "BestEffort" }); // R-DEFAULT-16
  equal(registry.get("Pod", "default", "web"), pod);
});

Deno.test("Registry.create() folds stringData over data and keeps no trace of it (R-VOL-4)", () => {
  const secret: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "login" },
    data: { a: "MQ==", b: "MQ==" },
    stringData: { b: "é" },
  };
  const { data, stringData } = setUp().registry.create(secret);
  deepEqual(data, { a: "MQ==", b: "w6k=" });
  equal(stringData, undefined);
});

Deno.test("Registry.bindClaim() gives a claim its volume, once", () => {
  const { registry } = setUp();
  const claim: PersistentVolumeClaim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    status: { phase: "Lost" },
  };
  registry.bindClaim("default", "data"); // Not there: nothing happens.
  const created = registry.create(claim);
  deepEqual([created.spec.volumeMode, created.status], ["Filesystem", { phase: "Pending" }]);
  registry.bindClaim("default", "data");
  const bound = registry.get("PersistentVolumeClaim", "default", "data")!;
  equal(bound.spec.volumeName, "pvc-uid-1");
  deepEqual(bound.status, {
    phase: "Bound",
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: "1Gi" },
  });
  registry.bindClaim("default", "data");
  equal(registry.get("PersistentVolumeClaim", "default", "data"), bound);
});

Deno.test("Registry.bind() gives a pod its node, once (R-COND-2 R-COND-8)", () => {
  const { registry } = setUp();
  const web = registry.create(podOf("web", ["a"]));
  const { spec, status } = registry.bind(web, "node-1");
  equal(spec.nodeName, "node-1");
  deepEqual(status?.conditions?.map(({ type, status }) => [type, status]), [
    ["PodScheduled", "True"],
  ]);
  const held = registry.create(podOf("held", ["a"], { schedulingGates: [{ name: "x/y" }] }));
  const other = { ...web, metadata: { ...web.metadata, uid: "another" } };
  const gone = { ...web, metadata: { ...web.metadata, name: "gone" } };
  for (
    const [pod, reason] of [
      [web, "Conflict"],
      [held, "Conflict"],
      [other, "Conflict"],
      [gone, "NotFound"],
    ] as const
  ) throws(() => registry.bind(pod, "node-2"), { name: "StatusError", reason });
  equal(registry.get("Pod", "default", "web")?.spec.nodeName, "node-1");
});

Deno.test("Registry.create() refuses what is not valid, with everything that is wrong", () => {
  const pod = podOf("Web", ["a", "a"]);
  throws(() => setUp().registry.create(pod), (error) => {
    equal(error instanceof InvalidObjectError, true);
    const fields = (error as InvalidObjectError).errors.map(({ field }) => field);
    deepEqual(fields, ["metadata.name", "spec.containers[1].name"]);
    return true;
  });
});

Deno.test("Registry.createAll() adds all or nothing, pods last", () => {
  const { registry } = setUp();
  const secret: Secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } };
  throws(() => registry.createAll([secret, podOf("a", ["m"]), podOf("a", ["m"])]), {
    reason: "AlreadyExists",
  });
  deepEqual(registry.list("Secret"), []);
  const kinds = registry.createAll([podOf("a", ["m"]), secret]).map(({ kind }) => kind);
  deepEqual(kinds, ["Secret", "Pod"]);
  throws(() => registry.createAll([podOf("b", ["m"]), podOf("a", ["m"])]), {
    reason: "AlreadyExists",
  });
  equal(registry.get("Pod", "default", "b"), undefined);
});

Deno.test("Registry.updateStatus() changes the status of that very pod alone, as it was read", () => {
  const { registry } = setUp();
  const first = registry.create(podOf("web", ["a"]));
  const pod = registry.updateStatus({ ...first, status: { phase: "Running" } });
  equal(pod.spec, first.spec);
  equal(pod.status?.phase, "Running");
  const update = (read: Pod) => () =>
    registry.updateStatus({ ...read, status: { phase: "Failed" } });
  throws(update(first), { name: "StatusError", reason: "Conflict" });
  registry.delete("Pod", "default", "web");
  throws(update(pod), { name: "StatusError", reason: "NotFound" });
  registry.create(podOf("web", ["a"]));
  throws(update(pod), { name: "StatusError", reason: "Conflict" });
  equal(registry.get("Pod", "default", "web")?.status?.phase, "Pending");
});

Deno.test("Registry.updateStatus() takes annotations along, as the API server does", () => {
  const { registry } = setUp();
  const pod = registry.create(podOf("web", ["a"]));
  const annotations = { revision: "1" };
  const labels = { app: "web" };
  const { metadata } = registry.updateStatus({
    ...pod,
    metadata: { ...pod.metadata, annotations, labels },
  });
  deepEqual([metadata.annotations, metadata.labels], [annotations, undefined]);
});

Deno.test("Registry.update() replaces all but the status, and raises the generation", () => {
  const { registry } = setUp();
  const created = registry.create(podOf("web", ["a"]));
  const pod = registry.updateStatus({ ...created, status: { phase: "Running" } });
  const [container] = pod.spec.containers;
  const changed = registry.update<Pod>({
    ...pod,
    metadata: { name: "web", labels: { app: "web" } },
    spec: { ...pod.spec, containers: [{ ...container!, image: "web:2" }] },
    status: { phase: "Failed" },
  });
  const { uid, creationTimestamp, generation, labels } = changed.metadata;
  deepEqual([uid, creationTimestamp], [pod.metadata.uid, pod.metadata.creationTimestamp]);
  deepEqual([generation, labels], [2, { app: "web" }]);
  equal(changed.spec.containers[0]!.image, "web:2");
  equal(changed.status?.phase, "Running");
});

Deno.test("Registry.update() a change beside the spec keeps the generation, none keeps the version", () => {
  const { registry } = setUp();
  const pod = registry.create(podOf("web", ["a"]));
  const labelled = registry.update({ ...pod, metadata: { ...pod.metadata, labels: { a: "b" } } });
  equal(labelled.metadata.generation, 1);
  equal(registry.update(labelled), labelled);
});

Deno.test("Registry.update() another version, another object and none are refused", () => {
  const { registry } = setUp();
  const first = registry.create(podOf("web", ["a"]));
  const label = (pod: Pod, value: string) => () =>
    registry.update({ ...pod, metadata: { ...pod.metadata, labels: { a: value } } });
  const second = label(first, "b")();
  throws(label(first, "c"), { name: "StatusError", reason: "Conflict" });
  registry.delete("Pod", "default", "web");
  throws(label(second, "c"), { name: "StatusError", reason: "NotFound" });
  registry.create(podOf("web", ["a"]));
  throws(label(second, "c"), { name: "StatusError", reason: "Conflict" });
});

Deno.test("Registry.update() what may not change is refused in the API server's words", () => {
  const { registry } = setUp();
  const pod = registry.create(podOf("web", ["a"]));
  throws(
    () => registry.update({ ...pod, spec: { ...pod.spec, hostname: "other" } }),
    (error) =>
      error instanceof InvalidObjectError &&
      error.message.startsWith('The Pod "web" is invalid: spec: Forbidden: pod updates may not'),
  );
  const secret: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "login" },
    data: { a: "MQ==" },
  };
  registry.create(secret);
  deepEqual(registry.update({ ...secret, data: { b: "MQ==" } }).data, { b: "MQ==" });
  throws(() => registry.update({ ...secret, data: { "a b": "" } }), InvalidObjectError);
});

const deletions: readonly [
  string,
  Partial<PodSpec>,
  PodPhase,
  number | undefined,
  number | undefined,
][] = [
  ["R-DELETE-1: the pod's own grace", bound, "Running", undefined, 30],
  [
    "R-DELETE-1: the pod's own grace, as given",
    {
      ...bound,
      terminationGracePeriodSeconds: 7,
    },
    "Running",
    undefined,
    7,
  ],
  ["R-DELETE-1: the request's", bound, "Running", 5, 5],
  ["R-DELETE-1: 1 where it is negative", bound, "Running", -3, 1],
  ["R-DELETE-2: none at all", bound, "Running", 0, undefined],
  ["R-DELETE-1: none for a pod that has ended", bound, "Succeeded", 5, undefined],
  ["R-DELETE-1: none for a pod without a node", {}, "Pending", 5, undefined],
];
for (const [name, spec, phase, asked, grace] of deletions) {
  Deno.test(`Registry.delete() gives ${name}`, () => {
    const { registry } = setUp();
    registry.updateStatus({ ...registry.create(podOf("web", ["a"], spec)), status: { phase } });
    registry.delete("Pod", "default", "web", asked === undefined ? {} : { graceSeconds: asked });
    equal(registry.get("Pod", "default", "web")?.metadata.deletionGracePeriodSeconds, grace);
  });
}

Deno.test("R-DELETE-3: a second deletion only shortens, counted from the first", async () => {
  const { clock, registry } = setUp();
  registry.create(podOf("web", ["a"], bound));
  const timestampAfter = (graceSeconds: number) => {
    registry.delete("Pod", "default", "web", { graceSeconds });
    return registry.get("Pod", "default", "web")?.metadata.deletionTimestamp;
  };
  equal(timestampAfter(20), "2026-01-01T00:00:20Z");
  await clock.advance(5000);
  equal(timestampAfter(60), "2026-01-01T00:00:20Z");
  equal(timestampAfter(20), "2026-01-01T00:00:20Z");
  equal(timestampAfter(8), "2026-01-01T00:00:08Z");
});

Deno.test("Registry.delete() takes other objects away at once, and only the one that is meant", () => {
  const { registry } = setUp();
  registry.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } });
  throws(() => registry.delete("ConfigMap", "default", "c", { uid: "other" }), {
    reason: "NotFound",
  });
  registry.delete("ConfigMap", "default", "c", { uid: "uid-1" });
  deepEqual(registry.list("ConfigMap"), []);
  throws(() => registry.delete("ConfigMap", "default", "c"), {
    message: 'configmaps "c" not found',
  });
});

for (const graceSeconds of [9_007_199_254_740_991, 2 ** 63 - 1024]) {
  Deno.test(`R-DELETE-1: a grace of ${graceSeconds} s ends later than any date, and can be shortened`, () => {
    const { registry } = setUp();
    const spec = {
      nodeName: "n",
      terminationGracePeriodSeconds: graceSeconds,
      containers: [{ name: "a", image: "x" }],
    };
    registry.createAll([{ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec }]);
    const metadata = () => registry.get("Pod", "default", "p")!.metadata;
    registry.delete("Pod", "default", "p");
    equal(metadata().deletionTimestamp, "9999-12-31T23:59:59Z");
    registry.delete("Pod", "default", "p", { graceSeconds: 5 });
    equal(metadata().deletionGracePeriodSeconds, 5);
    equal(metadata().deletionTimestamp!.startsWith("9999"), false);
  });
}

/** Deletions of a ConfigMap with finalizers, and what each leaves: its finalizers, or nothing. */
const holds: readonly [
  string,
  readonly string[],
  Propagation | undefined,
  readonly string[] | undefined,
][] = [
  ["nothing holds it", [], undefined, undefined],
  ["nothing holds it: in the background", [], "background", undefined],
  ["R-GC-5: a finalizer holds it", ["x/y"], "background", ["x/y"]],
  ["R-GC-3: in the foreground", [], "foreground", ["foregroundDeletion"]],
  ["R-GC-4: without its dependents", ["x/y"], "orphan", ["x/y", "orphan"]],
  ["its finalizers decide where the request does not", ["orphan"], undefined, ["orphan"]],
  ["the request decides over its finalizers", ["orphan"], "background", undefined],
];
for (const [name, finalizers, propagation, expected] of holds) {
  Deno.test(`Registry.delete() of an object with finalizers: ${name}`, () => {
    const { registry } = setUp();
    const metadata = { name: "c", finalizers };
    registry.create({ apiVersion: "v1", kind: "ConfigMap", metadata });
    registry.delete("ConfigMap", "default", "c", propagation ? { propagation } : {});
    const left = registry.get("ConfigMap", "default", "c")?.metadata;
    deepEqual(left?.finalizers, expected);
    if (left === undefined) return;
    deepEqual([left.deletionTimestamp, left.deletionGracePeriodSeconds, left.generation], [
      "2026-01-01T00:00:00Z",
      0,
      undefined,
    ]);
  });
}

Deno.test("R-GC-5: an object goes when an update removes its last finalizer, and is reported once", () => {
  const { registry } = setUp();
  const metadata = { name: "c", finalizers: ["x/a", "x/b"] };
  registry.create({ apiVersion: "v1", kind: "ConfigMap", metadata });
  const seen: string[] = [];
  registry.watch(
    "ConfigMap",
    ({ type, object }) => seen.push(`${type} ${object.metadata.finalizers?.join() ?? ""}`),
  );
  registry.delete("ConfigMap", "default", "c");
  registry.delete("ConfigMap", "default", "c"); // Nothing changes.
  const withFinalizers = (...finalizers: string[]) => {
    const present = registry.get("ConfigMap", "default", "c")!;
    return registry.update({ ...present, metadata: { ...present.metadata, finalizers } });
  };
  throws(() => withFinalizers("x/a", "x/b", "x/c"), InvalidObjectError);
  withFinalizers("x/b");
  withFinalizers();
  deepEqual(seen, ["ADDED x/a,x/b", "MODIFIED x/a,x/b", "MODIFIED x/b", "DELETED "]);
});

Deno.test("R-GC-5: a Pod with a finalizer stays when its node has stopped it", () => {
  const { registry } = setUp();
  const pod = podOf("web", ["a"], bound);
  registry.create({ ...pod, metadata: { ...pod.metadata, finalizers: ["x/y"] } });
  registry.delete("Pod", "default", "web");
  const metadata = () => registry.get("Pod", "default", "web")!.metadata;
  deepEqual([metadata().deletionGracePeriodSeconds, metadata().generation], [30, 2]);
  const { finalizers: _, ...others } = metadata();
  registry.update({ ...registry.get("Pod", "default", "web")!, metadata: others });
  equal(metadata().deletionTimestamp, "2026-01-01T00:00:30Z", "it still runs");
  registry.delete("Pod", "default", "web", { graceSeconds: 0 });
  equal(registry.get("Pod", "default", "web"), undefined);
});

Deno.test("Registry.create() generates the name that an object asks for, and avoids one that is taken", () => {
  const endings = [0, 0, 1];
  const clock = new VirtualClock();
  const registry = new Registry({ clock, newUid: () => "u", newEnding: () => endings.shift()! });
  const { metadata: { name: _, ...metadata }, ...rest } = podOf("web", ["a"]);
  const unnamed = { ...rest, metadata: { ...metadata, name: "", generateName: "web-" } };
  const names = [1, 2].map(() => registry.create(unnamed).metadata.name);
  deepEqual(names, ["web-bbbbb", "web-bbbbc"]);
});

Deno.test("Registry.create() has admission complete each Pod, and no other object", () => {
  const clock = new VirtualClock();
  const admitPod = (pod: Pod): Pod => ({ ...pod, spec: { ...pod.spec, hostname: "admitted" } });
  const registry = new Registry({ clock, newUid: () => "u", admitPod });
  equal(registry.create(podOf("web", ["a"])).spec.hostname, "admitted");
  registry.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } });
});

Deno.test("R-SVC-4: what Services are given differs, whether they come together or later", () => {
  const { registry } = setUp();
  const serviceOf = (name: string, spec: ServiceSpec): Service => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { ...spec, ports: [{ port: 80 }] },
  });
  registry.createAll([serviceOf("a", {}), serviceOf("b", { type: "NodePort" })]);
  registry.create(serviceOf("c", {}));
  const addresses = registry.list("Service").map(({ spec }) => spec.clusterIP);
  deepEqual(addresses, ["10.96.1.1", "10.96.1.2", "10.96.1.3"]);
  const asking = { clusterIP: "10.96.1.2" };
  throws(() => registry.create(serviceOf("d", asking)), InvalidObjectError);
  throws(() => registry.createAll([serviceOf("d", asking)]), InvalidObjectError);

  const port = { port: 80, nodePort: 30_086 };
  const { metadata: { resourceVersion, ...metadata }, ...c } = registry.get(
    "Service",
    "default",
    "c",
  )!;
  const opened: Service = { ...c, metadata, spec: { type: "NodePort", ports: [port] } };
  throws(() => registry.update(opened), InvalidObjectError);
  const updated = registry.update<Service>({
    ...opened,
    spec: { type: "NodePort", ports: [{ port: 80 }] },
  });
  deepEqual([updated.spec.clusterIP, updated.spec.ports![0]!.nodePort], ["10.96.1.3", 30_087]);
  equal(updated.metadata.resourceVersion === resourceVersion, false);
});

Deno.test("R-NS-2: a namespace that is deleted is Terminating until its finalizers are removed", () => {
  const { registry } = setUp();
  const given: Namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "team-a", namespace: "ignored" },
    spec: {},
  };
  const created = registry.create(given);
  deepEqual([created.metadata.namespace, created.spec], [undefined, {
    finalizers: ["kubernetes"],
  }]);
  // Only its controller removes what holds it.
  const { metadata } = registry.update({ ...created, spec: {} });
  equal(metadata.resourceVersion, created.metadata.resourceVersion);
  registry.delete("Namespace", "", "team-a");
  const ending = registry.get("Namespace", "", "team-a")!;
  deepEqual([ending.status?.phase, ending.metadata.deletionTimestamp], [
    "Terminating",
    "2026-01-01T00:00:00Z",
  ]);
  registry.update({ ...ending, spec: {} });
  equal(registry.get("Namespace", "", "team-a"), undefined);
});

Deno.test("R-NS-4: where namespaces are objects, nothing is created in one that is not there", () => {
  const clock = new VirtualClock();
  const namespaces = ["default", "kube-system"];
  const registry = new Registry({ clock, newUid: () => crypto.randomUUID(), namespaces });
  deepEqual(registry.list("Namespace").map(({ metadata }) => metadata.name), namespaces);
  equal(registry.create(podOf("web", ["m"])).metadata.namespace, "default");
  const { metadata, ...pod } = podOf("web", ["m"]);
  throws(() => registry.create({ ...pod, metadata: { ...metadata, namespace: "team-a" } }), {
    reason: "NotFound",
    message: 'namespaces "team-a" not found',
  });
  const team: Namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "team-a" },
    spec: {},
  };
  registry.create(team);
  equal(
    registry.create({ ...pod, metadata: { ...metadata, namespace: "team-a" } }).metadata.namespace,
    "team-a",
  );
});
