/** Kinds of Kubernetes that are kept, and have no effect. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { keptDefinitions } from "../../src/api/custom/kept_kinds.ts";
import { startApi } from "../support/api_server.ts";

const GROUP = "/apis/networking.k8s.io/v1";
const INGRESSES = `${GROUP}/namespaces/default/ingresses`;

const ingress = (host: string) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "i" },
  spec: { rules: [{ host }] },
});

Deno.test("an Ingress is kept as it is given, and its sender knows what it does not do", async () => {
  const api = startApi({ definitions: keptDefinitions() });
  const created = await api.ask("POST", INGRESSES, { body: ingress("a") });
  deepEqual([created.code, created.body.spec], [201, { rules: [{ host: "a" }] }]);
  deepEqual(created.warnings, [
    "Ingress is kept and has no effect: it leads no traffic anywhere here",
  ]);
  // kubectl knows its types, and so merges by them.
  const patched = await api.ask("PATCH", `${INGRESSES}/i`, {
    body: { spec: { rules: [{ host: "b" }, { host: "c" }] } },
    type: "application/strategic-merge-patch+json",
  });
  deepEqual(patched.body.spec, { rules: [{ host: "b" }, { host: "c" }] });
  const read = await api.ask("GET", `${INGRESSES}/i`);
  deepEqual([read.body.spec, read.warnings], [patched.body.spec, []]);
  equal((await api.ask("DELETE", `${INGRESSES}/i`)).code, 200);
});

Deno.test("kinds that are kept are discovered, and no definition of theirs is listed", async () => {
  const api = startApi({ definitions: keptDefinitions() });
  const { body } = await api.ask("GET", GROUP);
  deepEqual(
    body.resources.map(({ name }: { name: string }) => name),
    ["ingressclasses", "ingresses", "ingresses/status", "networkpolicies"],
  );
  const listed = await api.ask("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
  deepEqual(listed.body.items, []);
  equal((await api.ask("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles")).code, 200);
  equal((await startApi().ask("GET", GROUP)).code, 404);
});
