/** Kinds of Kubernetes that are kept, and have no effect. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { keptDefinitions } from "../../src/api/custom/kept_kinds.ts";
import { startApi, type TestApi } from "../support/api_server.ts";

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

async function withKinds(test: (api: TestApi) => Promise<void>): Promise<void> {
  const api = startApi({ definitions: keptDefinitions() });
  try {
    await test(api);
    deepEqual(api.log, []);
  } finally {
    api.close();
  }
}

const pathOf = (name: string) => {
  const { spec: { group, names, scope, versions: [version] } } = keptDefinitions()
    .find(({ spec }) => spec.names.kind === name)!;
  const namespace = scope === "Cluster" ? "" : "namespaces/default/";
  return `/apis/${group}/${version!.name}/${namespace}${names.plural}`;
};

const selector = { matchLabels: { app: "x" } };

/** An object of each kind beside its metadata, and its row in a table. */
const objects: Readonly<Record<string, readonly [Record<string, unknown>, readonly unknown[]]>> = {
  Role: [{ rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }, []],
  ClusterRole: [{ aggregationRule: { clusterRoleSelectors: [selector] } }, []],
  RoleBinding: [
    {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      subjects: [
        { kind: "ServiceAccount", namespace: "a", name: "b" },
        { kind: "User", name: "jane" },
        { kind: "Group", name: "dev" },
      ],
    },
    ["Role/r", "0s", "jane", "dev", "a/b"],
  ],
  ClusterRoleBinding: [
    { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "r" } },
    ["ClusterRole/r", "0s", "", "", ""],
  ],
  PodDisruptionBudget: [{ spec: { minAvailable: "50%", selector } }, ["50%", "N/A", 0, "0s"]],
  NetworkPolicy: [
    { spec: { podSelector: selector, ingress: [{ ports: [{ port: "http" }, { port: 80 }] }] } },
    ["app=x", "0s"],
  ],
  Ingress: [
    {
      spec: {
        ingressClassName: "nginx",
        rules: [{
          host: "a.example",
          http: {
            paths: [{
              path: "/",
              pathType: "Prefix",
              backend: { service: { name: "s", port: { number: 80 } } },
            }],
          },
        }],
        tls: [{ hosts: ["a.example"] }],
      },
    },
    ["nginx", "a.example", "", "80, 443", "0s"],
  ],
  IngressClass: [{ spec: { controller: "x/y" } }, ["x/y", "<none>", "0s"]],
  PriorityClass: [
    { value: 7, preemptionPolicy: "Never" },
    [7, false, "0s", "Never"],
  ],
  StorageClass: [
    { provisioner: "x/y", reclaimPolicy: "Retain", volumeBindingMode: "Immediate" },
    ["x/y", "Retain", "Immediate", false, "0s"],
  ],
};

Deno.test("each kind is created, shown, patched in all ways and deleted", (t) =>
  withKinds(async (api) => {
    equal(Object.keys(objects).length, keptDefinitions().length);
    for (const definition of keptDefinitions()) {
      const { kind } = definition.spec.names;
      await t.step(kind, async () => {
        const [fields, row] = objects[kind]!;
        const created = await api.ask("POST", pathOf(kind), {
          body: { metadata: { name: "x" }, ...fields },
        });
        equal(created.code, 201, JSON.stringify(created.body));
        match(created.warnings.join(), /^\w+ is kept and has no effect: /);
        const { metadata: _, ...rest } = created.body;
        const { group, versions: [version] } = definition.spec;
        deepEqual(rest, { apiVersion: `${group}/${version!.name}`, kind, ...fields });
        const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
        const table = await api.ask("GET", pathOf(kind), { accept });
        const cells = table.body.rows[0].cells.slice(1);
        if (row.length > 0) deepEqual(cells, row);
        else match(cells[0], /^\d{4}-.*Z$/);
        for (const type of ["merge-patch", "strategic-merge-patch"]) {
          const patched = await api.ask("PATCH", `${pathOf(kind)}/x`, {
            type: `application/${type}+json`,
            body: { metadata: { labels: { [type]: "1" } } },
          });
          equal(patched.code, 200, JSON.stringify(patched.body));
        }
        const { body } = await api.ask("GET", `${pathOf(kind)}/x`);
        deepEqual(Object.keys(body.metadata.labels), ["merge-patch", "strategic-merge-patch"]);
        equal((await api.ask("DELETE", `${pathOf(kind)}/x`)).code, 200);
      });
    }
  }));

/** What is sent, and why it is refused. */
const refusals: readonly [string, string, Record<string, unknown>, number, RegExp][] = [
  ["a role without verbs", "Role", { rules: [{ resources: ["pods"] }] }, 422, /verbs/],
  ["a binding without a role", "RoleBinding", {}, 422, /roleRef: Required value/],
  [
    "a subject of another kind",
    "RoleBinding",
    {
      roleRef: { kind: "Role", name: "r" },
      subjects: [{ kind: "Robot", name: "r" }],
    },
    422,
    /subjects\[0\]\.kind: Unsupported value: "Robot"/,
  ],
  [
    "a path of no type",
    "Ingress",
    {
      spec: { rules: [{ http: { paths: [{ backend: {} }] } }] },
    },
    422,
    /pathType: Required value/,
  ],
];
Deno.test("what is not of a kind's form is refused", (t) =>
  withKinds(async (api) => {
    for (const [what, kind, fields, code, message] of refusals) {
      await t.step(what, async () => {
        const body = { metadata: { name: "x" }, ...fields };
        const answer = await api.ask("POST", pathOf(kind), { body });
        equal(answer.code, code);
        match(answer.body.message, message);
      });
    }
  }));

Deno.test("a role may have any name that is a part of a path, and a binding keeps its role", () =>
  withKinds(async (api) => {
    const create = (kind: string, name: string) =>
      api.ask("POST", pathOf(kind), {
        body: { metadata: { name }, roleRef: { kind: "ClusterRole", name: "r" } },
      });
    equal((await create("ClusterRoleBinding", "system:bot")).code, 201);
    match((await create("ClusterRoleBinding", "a%b")).body.message, /may not contain '%'/);
    match((await create("ClusterRoleBinding", "..")).body.message, /may not be '\.\.'/);
    const path = `${pathOf("ClusterRoleBinding")}/system:bot`;
    const changed = await api.ask("PATCH", path, {
      type: "application/merge-patch+json",
      body: { roleRef: { name: "other" } },
    });
    equal(changed.code, 422);
    match(changed.body.message, /roleRef: Invalid value: .*: cannot change roleRef$/);
    const { body } = await api.ask("GET", path);
    equal(body.roleRef.apiGroup, "rbac.authorization.k8s.io");
  }));
