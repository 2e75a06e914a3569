/** Server-side apply, and who owns which field. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import type { Pod, PodStatus } from "../../src/api/types/pod.ts";
import { ManagedClient } from "../../src/store/managed_client.ts";
import { podBody, startApi, type TestApi } from "../support/api_server.ts";

const PATH = "/api/v1/namespaces/default/configmaps/m";
const TYPE = "application/apply-patch+yaml";

const apply = (api: TestApi, manager: string, data: Record<string, unknown>, query = "") =>
  api.ask("PATCH", `${PATH}?fieldManager=${manager}${query}`, {
    type: TYPE,
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data },
  });

// deno-lint-ignore no-explicit-any
const ownersOf = (object: any) =>
  Object.fromEntries(
    (object.metadata.managedFields ?? []).map((
      it: { manager: string; operation: string; fieldsV1: Record<string, object> },
    ) => [`${it.manager} ${it.operation}`, Object.keys(it.fieldsV1["f:data"] ?? {})]),
  );

Deno.test("the first apply creates, the next one changes, and no change makes no version", async () => {
  const api = startApi();
  const first = await apply(api, "a", { x: "1" });
  deepEqual([first.code, first.body.data], [201, { x: "1" }]);
  deepEqual(ownersOf(first.body), { "a Apply": ["f:x"] });
  const second = await apply(api, "a", { x: "2", y: "1" });
  deepEqual([second.code, second.body.data], [200, { x: "2", y: "1" }]);
  await api.clock.advance(5000);
  const same = await apply(api, "a", { x: "2", y: "1" });
  equal(same.body.metadata.resourceVersion, second.body.metadata.resourceVersion);
});

Deno.test("what a manager does not want any more goes, unless another owns it", async () => {
  const api = startApi();
  await apply(api, "a", { x: "1", y: "1", z: "1" });
  await apply(api, "b", { y: "1" });
  const { body } = await apply(api, "a", { z: "1" });
  deepEqual(body.data, { y: "1", z: "1" });
  deepEqual(ownersOf(body), { "a Apply": ["f:z"], "b Apply": ["f:y"] });
});

Deno.test("another manager's field is a conflict, until it is forced", async () => {
  const api = startApi();
  await apply(api, "a", { x: "1", y: "1" });
  const refused = await apply(api, "b", { x: "2" });
  deepEqual(
    [refused.code, refused.body.reason, refused.body.message, refused.body.details.causes],
    [
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "a": .data.x',
      [{ reason: "FieldManagerConflict", message: 'conflict with "a"', field: ".data.x" }],
    ],
  );
  const two = await apply(api, "b", { x: "2", y: "2" });
  match(
    two.body.message,
    /^Apply failed with 2 conflicts: conflicts with "a":\n- \.data\.x\n/,
  );
  equal((await apply(api, "b", { x: "1" })).code, 200, "the same value is shared");
  const { body } = await apply(api, "b", { x: "2" }, "&force=true");
  deepEqual([body.data, ownersOf(body)], [{ x: "2", y: "1" }, {
    "b Apply": ["f:x"],
    "a Apply": ["f:y"],
  }]);
});

Deno.test("other writes take over what they change", async () => {
  const api = startApi();
  await apply(api, "a", { x: "1", y: "1" });
  const { body } = await api.ask("PATCH", `${PATH}?fieldManager=editor`, {
    type: "application/merge-patch+json",
    body: { data: { x: "2", y: null } },
  });
  deepEqual(ownersOf(body), { "editor Update": ["f:x"] });
  equal((await apply(api, "a", { x: "3" })).code, 409);
  const put = await api.ask("PUT", `${PATH}?fieldManager=editor`, {
    body: { ...body, metadata: { name: "m" }, data: { x: "2", z: "1" } },
  });
  deepEqual(ownersOf(put.body), { "editor Update": ["f:x", "f:z"] });
  const cleared = await api.ask("PATCH", PATH, {
    type: "application/merge-patch+json",
    body: { metadata: { managedFields: [{}] } },
  });
  deepEqual(ownersOf(cleared.body), {});
  equal((await apply(api, "a", { x: "3" })).code, 200);
});

Deno.test("what kubectl apply wrote on the client's side is its own", async () => {
  const api = startApi();
  const data = { x: "1" };
  const last = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", data });
  await api.ask("POST", `${PATH.slice(0, -2)}?fieldManager=kubectl-client-side-apply`, {
    body: {
      metadata: {
        name: "m",
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": last },
      },
      data: { ...data, other: "1" },
    },
  });
  equal((await apply(api, "kubectl", { other: "2" })).code, 409);
  const { code, body } = await apply(api, "kubectl", { x: "2" });
  deepEqual([code, body.data.x], [200, "2"]);
  const kept = body.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"];
  deepEqual(JSON.parse(kept).data, { x: "2" });
});

Deno.test("containers are merged by name, and a dry run stores nothing", async () => {
  const api = startApi();
  const path = "/apis/apps/v1/namespaces/default/deployments/d";
  const send = (manager: string, spec: unknown, query = "") =>
    api.ask("PATCH", `${path}?fieldManager=${manager}${query}`, {
      type: TYPE,
      body: { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec },
    });
  const template = (containers: unknown[]) => ({
    metadata: { labels: { a: "b" } },
    spec: { containers },
  });
  const selector = { matchLabels: { a: "b" } };
  const c = { name: "c", image: "i", command: ["true"] };
  const created = await send("a", { selector, template: template([c]) });
  deepEqual([created.code, created.body.spec.replicas], [201, 1]);
  const scaled = await send("b", {
    replicas: 3,
    selector,
    template: template([{ name: "c", image: "i" }]),
  });
  equal(scaled.body.spec.replicas, 3);
  equal(scaled.body.spec.template.spec.containers[0].command[0], "true");
  const side = { name: "side", image: "i", command: ["true"] };
  const dry = await send("a", { selector, template: template([c, side]) }, "&dryRun=All");
  equal(dry.body.spec.template.spec.containers.length, 2);
  equal((await api.ask("GET", path)).body.spec.template.spec.containers.length, 1);
});

Deno.test("an apply that cannot be understood is refused", async () => {
  const api = startApi();
  const rows: readonly [string, unknown, number, RegExp][] = [
    ["", {}, 400, /fieldManager: Required value/],
    ["?fieldManager=a", { kind: "Pod" }, 400, /cannot be handled as a ConfigMap/],
    ["?fieldManager=a", { data: { x: 1 } }, 400, /data\[x\]: expected string/],
    ["?fieldManager=a", { metadata: { managedFields: [{ manager: "b" }] } }, 400, /must be nil/],
    ["?fieldManager=a", { metadata: { resourceVersion: "5" } }, 404, /not found/],
    ["?fieldManager=a&fieldValidation=Strict", { foo: 1 }, 400, /unknown field "foo"/],
  ];
  for (const [query, body, code, message] of rows) {
    const answer = await api.ask("PATCH", PATH + query, { type: TYPE, body });
    equal(answer.code, code, JSON.stringify(answer.body));
    match(answer.body.message, message);
  }
  await apply(api, "a", { x: "1" });
  const stale = { metadata: { resourceVersion: "999" }, data: { x: "2" } };
  equal((await api.ask("PATCH", `${PATH}?fieldManager=a`, { type: TYPE, body: stale })).code, 409);
});

Deno.test("a write that changes nothing makes no version, whatever was created", async () => {
  const api = startApi();
  const path = "/apis/apps/v1/namespaces/default/deployments";
  const spec = {
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "i", command: ["true"] }] },
    },
  };
  const { body: created } = await api.ask("POST", path, {
    body: { metadata: { name: "d" }, spec },
  });
  const patched = await api.ask("PATCH", `${path}/d`, {
    type: "application/merge-patch+json",
    body: { spec: { replicas: 1 } },
  });
  equal(patched.body.metadata.resourceVersion, created.metadata.resourceVersion);
  const put = await api.ask("PUT", `${path}/d`, { body: created });
  equal(put.body.metadata.resourceVersion, created.metadata.resourceVersion);
});

const DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/d";
const deployment = (spec: Record<string, unknown> = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d" },
  spec: {
    selector: { matchLabels: { app: "d" } },
    template: {
      metadata: { labels: { app: "d" } },
      spec: { containers: [{ name: "c", image: "i" }] },
    },
    ...spec,
  },
});
const MERGE = "application/merge-patch+json";

// deno-lint-ignore no-explicit-any
const entriesOf = (object: any) =>
  object.metadata.managedFields.map((it: Record<string, unknown>) => [
    it["manager"],
    it["operation"],
    it["subresource"],
    Object.keys(it["fieldsV1"] as object),
  ]);

Deno.test("a status is owned apart from the object, and so is what a scale sets", async () => {
  const api = startApi();
  const body = { ...deployment({ replicas: 1 }), status: { replicas: 5 } };
  await api.ask("POST", `${DEPLOYMENT.slice(0, -2)}?fieldManager=creator`, { body });
  const status = await api.ask("PATCH", `${DEPLOYMENT}/status?fieldManager=reporter`, {
    body: { spec: { replicas: 9 }, status: { replicas: 1, observedGeneration: 1 } },
    type: MERGE,
  });
  deepEqual(entriesOf(status.body), [
    ["creator", "Update", undefined, ["f:spec"]],
    ["reporter", "Update", "status", ["f:status"]],
  ]);
  deepEqual(status.body.metadata.managedFields[1].fieldsV1, {
    "f:status": { "f:observedGeneration": {}, "f:replicas": {} },
  });
  const scaled = await api.ask("PATCH", `${DEPLOYMENT}/scale?fieldManager=scaler`, {
    body: { spec: { replicas: 3 } },
    type: MERGE,
  });
  equal(scaled.body.spec.replicas, 3);
  const { body: found } = await api.ask("GET", DEPLOYMENT);
  const scaler = found.metadata.managedFields.find(
    (it: { manager: string }) => it.manager === "scaler",
  );
  deepEqual([scaler.subresource, scaler.fieldsV1], [
    "scale",
    { "f:spec": { "f:replicas": {} } },
  ]);

  const apply = (path: string, body: unknown, query = "") =>
    api.ask("PATCH", `${path}?fieldManager=applier${query}`, { body, type: TYPE });
  const refused = await apply(DEPLOYMENT, deployment({ replicas: 4 }));
  equal(
    refused.body.message,
    'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using ' +
      "apps/v1: .spec.replicas",
  );
  const other = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } };
  const conflict = await apply(`${DEPLOYMENT}/status`, { ...other, status: { replicas: 7 } });
  equal(
    conflict.body.message,
    'Apply failed with 1 conflict: conflict with "reporter" with subresource "status" using ' +
      "apps/v1: .status.replicas",
  );
  const forced = await apply(
    `${DEPLOYMENT}/status`,
    { ...other, spec: { replicas: 8 }, status: { replicas: 7 } },
    "&force=true",
  );
  deepEqual([forced.body.status.replicas, forced.body.spec.replicas], [7, 3]);
  // What is applied of the object leaves its status, and the other way round.
  const object = await apply(DEPLOYMENT, { ...deployment(), status: { replicas: 1 } });
  equal(object.body.status.replicas, 7);
  deepEqual(
    entriesOf(object.body).filter(([manager]: string[]) => manager === "applier"),
    [
      ["applier", "Apply", undefined, ["f:spec"]],
      ["applier", "Apply", "status", ["f:status"]],
    ],
  );
  api.close();
});

Deno.test("managers of old updates are put together", async () => {
  const api = startApi();
  await apply(api, "a", { x: "1" });
  for (let i = 0; i < 14; i++) {
    await api.clock.advance(1000);
    await api.ask("PATCH", `${PATH}?fieldManager=m${i}`, {
      body: { data: { [`k${i}`]: "1" } },
      type: MERGE,
    });
  }
  const { body } = await api.ask("GET", PATH);
  const owners = ownersOf(body);
  equal(Object.keys(owners).filter((it) => it.endsWith("Update")).length, 10);
  deepEqual(owners["ancient-changes Update"], ["f:k0", "f:k1", "f:k2", "f:k3", "f:k4"]);
  deepEqual([owners["m13 Update"], owners["a Apply"]], [["f:k13"], ["f:x"]]);
});

Deno.test("what the node and the controllers write is owned by them", async () => {
  const api = startApi();
  const clientOf = (manager: string) =>
    new ManagedClient(api.registry, { manager, clock: api.clock });
  const pod = podBody("p") as unknown as Pod;
  const created = await clientOf("kube-controller-manager").create(pod);
  const status: PodStatus = { phase: "Running" };
  const first = await clientOf("kubelet").updateStatus({ ...created, status });
  deepEqual(entriesOf(first), [
    ["kube-controller-manager", "Update", undefined, ["f:spec"]],
    ["kubelet", "Update", "status", ["f:status"]],
  ]);
  const same = await clientOf("kubelet").updateStatus({ ...first, status });
  equal(same, first, "nothing is written");
  // One that has read the object before knows of fewer owners, and takes none away.
  const stale = { ...created, status: { ...status, message: "late" } };
  const { resourceVersion: _, ...metadata } = stale.metadata;
  const late = await clientOf("other").updateStatus({ ...stale, metadata });
  deepEqual(entriesOf(late).map(([manager]: string[]) => manager), [
    "kube-controller-manager",
    "kubelet",
    "other",
  ]);
});
