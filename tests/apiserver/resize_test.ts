/** The subresource `resize` of a Pod. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { podBody, startApi, type TestApi } from "../support/api_server.ts";

const POD = "/api/v1/namespaces/default/pods/p";
const PATH = `${POD}/resize`;
const STRATEGIC = "application/strategic-merge-patch+json";

const amounts = (cpu: string) => ({ requests: { cpu }, limits: { cpu: "4" } });
const patchOf = (cpu: string, more: Record<string, unknown> = {}) => ({
  body: { spec: { containers: [{ name: "c", resources: amounts(cpu), ...more }] } },
  type: STRATEGIC,
});

async function startWithPod(): Promise<TestApi> {
  const api = startApi();
  api.registry.create({ apiVersion: "v1", kind: "Node", metadata: { name: "n" }, spec: {} });
  const node = api.registry.get("Node", "", "n")!;
  api.registry.updateStatus({ ...node, status: { allocatable: { cpu: "2", memory: "4Gi" } } });
  const body = podBody("p");
  const containers = [{ name: "c", image: "none", resources: amounts("1") }];
  await api.ask("POST", "/api/v1/namespaces/default/pods", {
    body: { ...body, spec: { nodeName: "n", containers } },
  });
  return api;
}

Deno.test("R-RESIZE-1: a patch changes amounts, and of the rest nothing", async () => {
  const api = await startWithPod();
  const { code, body } = await api.ask("PATCH", PATH, patchOf("1500m", { image: "other" }));
  equal(code, 200);
  deepEqual(body.spec.containers[0].resources, amounts("1500m"));
  deepEqual([body.spec.containers[0].image, body.metadata.generation], ["none", 2]);
  const unchanged = await api.ask("PATCH", PATH, patchOf("1500m"));
  equal(unchanged.body.metadata.resourceVersion, body.metadata.resourceVersion);
  deepEqual((await api.ask("GET", PATH)).body.spec, body.spec);
});

Deno.test("R-RESIZE-4: more than the whole node has is forbidden", async () => {
  const api = await startWithPod();
  const { code, body } = await api.ask("PATCH", PATH, patchOf("3"));
  equal(code, 403);
  equal(
    body.message,
    'pods "p" is forbidden: node didn\'t have enough allocatable resources: cpu, requested: 3000, ' +
      "allocatable: 2000",
  );
});

Deno.test("R-RESIZE-1: an ordinary update does not change amounts", async () => {
  const api = await startWithPod();
  const { code, body } = await api.ask("PATCH", POD, patchOf("500m"));
  equal(code, 422);
  match(body.message, /pod updates may not change fields other than/);
});

Deno.test("an apply of amounts owns them apart from the rest", async () => {
  const api = await startWithPod();
  const apply = (path: string, spec: unknown) =>
    api.ask("PATCH", `${path}?fieldManager=me&force=true`, {
      body: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec },
      type: "application/apply-patch+yaml",
    });
  await apply(POD, { activeDeadlineSeconds: 9, containers: [{ name: "c", image: "none" }] });
  const { code, body } = await apply(PATH, {
    containers: [{ name: "c", resources: amounts("2") }],
  });
  equal(code, 200);
  deepEqual(body.spec.containers[0].resources, amounts("2"));
  equal(body.spec.activeDeadlineSeconds, 9);
  deepEqual(
    body.metadata.managedFields.filter((it: { manager: string }) => it.manager === "me")
      .map((it: { subresource?: string }) => it.subresource).toSorted(),
    ["resize", undefined],
  );
  equal(
    (await api.ask("PATCH", POD.replace("/p", "/z") + "/resize?fieldManager=me", {
      body: { apiVersion: "v1", kind: "Pod", metadata: { name: "z" } },
      type: "application/apply-patch+yaml",
    })).code,
    404,
  );
});
