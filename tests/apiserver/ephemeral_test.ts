/** The subresource `ephemeralcontainers` of a Pod. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { podBody, startApi } from "../support/api_server.ts";

const POD = "/api/v1/namespaces/default/pods/p";
const PATH = `${POD}/ephemeralcontainers`;
const STRATEGIC = "application/strategic-merge-patch+json";

const debuggerNamed = (name: string, more: Record<string, unknown> = {}) => ({
  spec: { ephemeralContainers: [{ name, image: "busybox", ...more }] },
});

async function startWithPod() {
  const api = startApi({
    adviseOn: () => ({ errors: [], warnings: ["said of every Pod"] }),
  });
  await api.ask("POST", "/api/v1/namespaces/default/pods", { body: podBody("p") });
  return api;
}

Deno.test("R-EPHEMERAL-1: a patch adds one, with defaults and another generation", async () => {
  const api = await startWithPod();
  const patch = { body: debuggerNamed("d", { tty: true }), type: STRATEGIC };
  const { code, body, warnings } = await api.ask("PATCH", PATH, patch);
  deepEqual([code, warnings], [200, []]);
  equal(body.metadata.generation, 2);
  deepEqual(body.spec.ephemeralContainers, [{
    name: "d",
    image: "busybox",
    tty: true,
    resources: {},
    imagePullPolicy: "Always",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  }]);
  const second = await api.ask("PATCH", PATH, { body: debuggerNamed("e"), type: STRATEGIC });
  deepEqual(second.body.spec.ephemeralContainers.map((it: { name: string }) => it.name), [
    "d",
    "e",
  ]);
  deepEqual((await api.ask("GET", PATH)).body.spec, second.body.spec);
});

Deno.test("R-EPHEMERAL-1: of the request only that list counts, and its version", async () => {
  const api = await startWithPod();
  const { body: pod } = await api.ask("GET", POD);
  const given = {
    ...pod,
    metadata: { ...pod.metadata, labels: { a: "b" } },
    spec: { ...pod.spec, activeDeadlineSeconds: 5, ...debuggerNamed("d").spec },
  };
  const { code, body } = await api.ask("PUT", PATH, { body: given });
  equal(code, 200);
  deepEqual([body.metadata.labels, body.spec.activeDeadlineSeconds], [
    pod.metadata.labels,
    undefined,
  ]);
  equal(body.spec.ephemeralContainers[0].name, "d");
  equal((await api.ask("PUT", PATH, { body: given })).code, 409);
});

Deno.test("R-EPHEMERAL-1: it is neither removed nor changed, nor written otherwise", async () => {
  const api = await startWithPod();
  await api.ask("PATCH", PATH, { body: debuggerNamed("d"), type: STRATEGIC });
  const merge = "application/merge-patch+json";
  const emptied = await api.ask("PATCH", PATH, {
    body: { spec: { ephemeralContainers: [] } },
    type: merge,
  });
  equal(emptied.code, 422);
  match(emptied.body.message, /existing ephemeral containers "d" may not be removed/);
  const elsewhere = await api.ask("PATCH", POD, { body: debuggerNamed("e"), type: STRATEGIC });
  match(elsewhere.body.message, /pod updates may not change fields other than/);
  const dry = await api.ask("PATCH", `${PATH}?dryRun=All`, {
    body: debuggerNamed("f"),
    type: STRATEGIC,
  });
  equal(dry.code, 200);
  const { body } = await api.ask("GET", POD);
  deepEqual(body.spec.ephemeralContainers.map((it: { name: string }) => it.name), ["d"]);
  // A Pod with one is changed as any other.
  const labelled = await api.ask("PATCH", POD, {
    body: { metadata: { labels: { a: "b" } } },
    type: merge,
  });
  equal(labelled.code, 200);
});
