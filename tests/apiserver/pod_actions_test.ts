/** Evictions and bindings. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { podBody, startApi } from "../support/api_server.ts";

const PODS = "/api/v1/namespaces/default/pods";

Deno.test("a binding gives a Pod its node once", async () => {
  const api = startApi();
  await api.ask("POST", PODS, { body: podBody("p") });
  const body = { kind: "Binding", target: { kind: "Node", name: "n" } };
  const dry = await api.ask("POST", `${PODS}/p/binding?dryRun=All`, { body });
  deepEqual([dry.code, (await api.ask("GET", `${PODS}/p`)).body.spec.nodeName], [201, undefined]);
  const bound = await api.ask("POST", `${PODS}/p/binding`, { body });
  deepEqual([bound.code, bound.body.status], [201, "Success"]);
  equal((await api.ask("GET", `${PODS}/p`)).body.spec.nodeName, "n");
  const again = await api.ask("POST", `${PODS}/p/binding`, { body });
  deepEqual([again.code, again.body.message], [
    409,
    'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n"',
  ]);
  equal((await api.ask("POST", `${PODS}/p/binding`, { body: {} })).code, 400);
  equal((await api.ask("POST", `${PODS}/p/binding`, { body: podBody("p") })).code, 400);
  equal((await api.ask("GET", `${PODS}/p/binding`)).code, 405);
});

Deno.test("an eviction marks a Pod and deletes it with its own grace", async () => {
  const api = startApi();
  const spec = {
    ...podBody("p")["spec"] as object,
    nodeName: "n",
    terminationGracePeriodSeconds: 7,
  };
  await api.ask("POST", PODS, { body: { ...podBody("p"), spec } });
  const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" } };
  const dry = { ...body, deleteOptions: { dryRun: ["All"] } };
  equal((await api.ask("POST", `${PODS}/p/eviction`, { body: dry })).code, 201);
  equal((await api.ask("GET", `${PODS}/p`)).body.metadata.deletionTimestamp, undefined);
  const wrong = { ...body, deleteOptions: { preconditions: { uid: "other" } } };
  equal((await api.ask("POST", `${PODS}/p/eviction`, { body: wrong })).code, 409);
  equal((await api.ask("GET", `${PODS}/p`)).body.status.conditions, undefined);
  const { code, body: answer } = await api.ask("POST", `${PODS}/p/eviction`, { body });
  deepEqual([code, answer], [201, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    code: 201,
  }]);
  const { body: pod } = await api.ask("GET", `${PODS}/p`);
  equal(pod.metadata.deletionGracePeriodSeconds, 7);
  deepEqual(
    pod.status.conditions.map((it: { type: string; reason?: string }) => [it.type, it.reason]),
    [["DisruptionTarget", "EvictionByEvictionAPI"]],
  );
  equal((await api.ask("POST", `${PODS}/none/eviction`, { body })).code, 404);
});
