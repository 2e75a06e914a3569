/** The objects of kinds that definitions add, over the API. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import type { KubernetesObject } from "../../../src/api/types/kinds.ts";
import { type Answer, podBody, startApi, type TestApi } from "../../support/api_server.ts";
import {
  CRON_TAB,
  CRON_TAB_PARTS,
  CRON_TABS,
  cronTabOf,
  define,
  definitionOf,
  DEFINITIONS,
} from "../../support/definitions.ts";

async function startWithCronTabs(): Promise<TestApi> {
  const api = startApi();
  await define(api);
  return api;
}

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const MERGE = "application/merge-patch+json";

const refused: readonly (readonly [what: string, spec: Record<string, unknown>, why: string])[] = [
  ["a missing field", { image: undefined }, "spec.image: Required value"],
  [
    "a text for a number",
    { replicas: "2" },
    'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
  ],
  [
    "a number for a text",
    { cronSpec: 5 },
    'spec.cronSpec: Invalid value: "integer": spec.cronSpec in body must be of type string: "integer"',
  ],
  [
    "a fraction for an integer",
    { replicas: 1.5 },
    'spec.replicas: Invalid value: "number": spec.replicas in body must be of type integer: "number"',
  ],
  [
    "a word that is not listed",
    { policy: "Maybe" },
    'spec.policy: Unsupported value: "Maybe": supported values: "Allow", "Forbid"',
  ],
  [
    "a text of another pattern",
    { cronSpec: "never" },
    'spec.cronSpec: Invalid value: "never": spec.cronSpec in body should match ' +
    "'^(\\d+|\\*)(/\\d+)?( (\\d+|\\*)(/\\d+)?){4}$'",
  ],
  [
    "a number that is too small",
    { replicas: 0 },
    "spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1",
  ],
  [
    "a number that is too large",
    { replicas: 11 },
    "spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10",
  ],
  [
    "a text that is too short",
    { image: "a" },
    'spec.image: Invalid value: "a": spec.image in body should be at least 2 chars long',
  ],
  [
    "a text that is too long",
    { image: "abcdefghi" },
    "spec.image: Too long: may not be more than 8 bytes",
  ],
  [
    "a text of another format",
    { hosts: ["::1"] },
    'spec.hosts[0]: Invalid value: "::1": spec.hosts[0] in body must be of type ipv4: "::1"',
  ],
  [
    "too many items",
    { hosts: ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"] },
    "spec.hosts: Too many: 4: must have at most 3 items",
  ],
  [
    "a set with a word twice",
    { hosts: ["1.1.1.1", "1.1.1.1"] },
    'spec.hosts[1]: Duplicate value: "1.1.1.1"',
  ],
  [
    "a map with a key twice",
    { ports: [{ name: "a" }, { name: "a", port: 1 }] },
    'spec.ports[1]: Duplicate value: {"name":"a"}',
  ],
  [
    "a value of a map that is of another type",
    { limits: { a: "b" } },
    'spec.limits.a: Invalid value: "string": spec.limits.a in body must be of type integer: "string"',
  ],
  [
    "what is neither a number nor a text",
    { port: true },
    'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
  ],
  [
    "an integer beyond its format",
    { ports: [{ name: "a", port: 2 ** 31 }] },
    '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in ' +
    "spec.ports[0].port",
  ],
];

Deno.test("custom objects are refused in the words of a real server", async () => {
  const api = startApi();
  await define(api, { version: {} });
  for (const [what, spec, why] of refused) {
    const { code, body } = await api.ask("POST", CRON_TABS, { body: cronTabOf("a", spec) });
    equal(body.message, `CronTab.stable.example.com "a" is invalid: ${why}`, what);
    deepEqual([code, body.reason, body.details.kind], [422, "Invalid", "CronTab"], what);
  }
  const { body } = await api.ask("POST", CRON_TABS, {
    body: { ...cronTabOf("a"), spec: "none" },
  });
  equal(
    body.message,
    'CronTab.stable.example.com "a" is invalid: spec: Invalid value: "string": spec in body must ' +
      'be of type object: "string"',
  );
  deepEqual(api.log, []);
  api.close();
});

Deno.test("a custom object is pruned, completed and stored", async () => {
  const api = await startWithCronTabs();
  const spec = {
    foo: 1,
    ports: [{ name: "a", x: 1 }],
    any: { b: { c: 1 } },
    limits: { a: 5 },
    note: null,
    policy: null,
  };
  const { code, body, warnings } = await api.ask("POST", CRON_TABS, {
    body: { ...cronTabOf("a", spec), status: { replicas: 3 }, other: true },
  });
  equal(code, 201);
  deepEqual(body.spec, {
    image: "img",
    ports: [{ name: "a", mode: "tcp" }],
    any: { b: { c: 1 } },
    limits: { a: 5 },
    note: null,
    replicas: 1,
  });
  equal(body.metadata.generation, 1);
  equal("status" in body, false);
  deepEqual(warnings.map((it) => it.replaceAll("\\", "")), [
    'unknown field "other"',
    'unknown field "spec.foo"',
    'unknown field "spec.ports[0].x"',
  ]);
  const strict = await api.ask("POST", `${CRON_TABS}?fieldValidation=Strict`, {
    body: cronTabOf("b", { foo: 1 }),
  });
  deepEqual([strict.code, strict.body.message], [
    400,
    'CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown ' +
    'field "spec.foo"',
  ]);
  api.close();
});

Deno.test("a custom object is read, changed, selected, watched and deleted as any other", async () => {
  const api = await startWithCronTabs();
  const create = (name: string, spec = {}) =>
    api.ask("POST", CRON_TABS, { body: cronTabOf(name, spec, { labels: { app: name } }) });
  await create("a", { policy: "Allow", cronSpec: "* * * * */5" });
  await create("b", { policy: "Forbid" });
  equal((await create("a")).body.message, 'crontabs.stable.example.com "a" already exists');
  const names = async (query: string) => {
    const { body } = await api.ask("GET", `${CRON_TABS}?${query}`);
    return body.items?.map((it: { metadata: { name: string } }) => it.metadata.name) ??
      body.message;
  };
  deepEqual(await names("labelSelector=app%3Db"), ["b"]);
  deepEqual(await names("fieldSelector=spec.policy%3DAllow"), ["a"]);
  deepEqual(await names("fieldSelector=spec.image%3Dimg"), "field label not supported: spec.image");
  deepEqual(
    (await api.ask("GET", "/apis/stable.example.com/v1/crontabs")).body.kind,
    "CronTabList",
  );
  const missing = await api.ask("GET", `${CRON_TABS}/c`);
  deepEqual([missing.code, missing.body.message, missing.body.details], [
    404,
    'crontabs.stable.example.com "c" not found',
    { name: "c", group: "stable.example.com", kind: "crontabs" },
  ]);

  const patch = (body: unknown, type = MERGE, query = "") =>
    api.ask("PATCH", `${CRON_TABS}/a${query}`, { body, type });
  const patched = await patch({ spec: { replicas: 3 } });
  deepEqual([patched.body.spec.replicas, patched.body.metadata.generation], [3, 2]);
  const labelled = await patch({ metadata: { labels: { x: "y" } } });
  equal(labelled.body.metadata.generation, 2);
  const json = await patch(
    [{ op: "replace", path: "/spec/replicas", value: 4 }],
    "application/json-patch+json",
  );
  equal(json.body.spec.replicas, 4);
  const strategic = await patch({ spec: {} }, "application/strategic-merge-patch+json");
  deepEqual([strategic.code, strategic.body.message], [
    415,
    "the body of the request was in an unknown format - accepted media types include: " +
    "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
  ]);
  const wrong = await patch({ spec: { replicas: 99 } });
  equal(wrong.code, 422);
  const stale = await api.ask("PUT", `${CRON_TABS}/a`, {
    body: cronTabOf("a", {}, { resourceVersion: "1" }),
  });
  deepEqual([stale.code, stale.body.reason], [409, "Conflict"]);

  const watch = await api.send("GET", `${CRON_TABS}?watch=1&resourceVersion=0`);
  const reader = watch.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  const until = async (pattern: RegExp) => {
    while (!pattern.test(seen)) seen += (await reader.read()).value;
  };
  await until(/"name":"b"/);
  await api.ask("DELETE", `${CRON_TABS}/b`);
  await until(/"type":"DELETED"/);
  match(seen, /"type":"DELETED","object":\{"apiVersion":"stable.example.com\/v1","kind":"CronTab"/);
  await reader.cancel();
  deepEqual(api.log, []);
  api.close();
});

Deno.test("a custom object has a status and a scale of its own", async () => {
  const api = await startWithCronTabs();
  await api.ask("POST", CRON_TABS, { body: cronTabOf("a", { replicas: 2 }) });
  const status = await api.ask("PATCH", `${CRON_TABS}/a/status`, {
    body: {
      spec: { replicas: 9 },
      metadata: { labels: { a: "b" } },
      status: {
        replicas: 2,
        labelSelector: "app=a",
        conditions: [{ type: "Ready", status: "True" }],
      },
    },
    type: MERGE,
  });
  deepEqual([status.body.spec.replicas, status.body.status.replicas], [2, 2]);
  deepEqual([status.body.metadata.generation, status.body.metadata.labels], [1, undefined]);
  const wrong = await api.ask("PATCH", `${CRON_TABS}/a/status`, {
    body: { status: { replicas: "2" } },
    type: MERGE,
  });
  equal(
    wrong.body.message,
    'CronTab.stable.example.com "a" is invalid: [status.replicas: Invalid value: "string": ' +
      'replicas in body must be of type integer: "string", .status.replicas: Invalid value: 0: ' +
      ".status.replicas accessor error: 2 is of the type string, expected int64]",
  );
  const plain = await api.ask("PATCH", `${CRON_TABS}/a`, {
    body: { status: { replicas: 7 } },
    type: MERGE,
  });
  equal(plain.body.status.replicas, 2);

  const scale = await api.ask("GET", `${CRON_TABS}/a/scale`);
  deepEqual([scale.body.kind, scale.body.spec, scale.body.status], [
    "Scale",
    { replicas: 2 },
    { replicas: 2, selector: "app=a" },
  ]);
  const scaled = await api.ask("PATCH", `${CRON_TABS}/a/scale`, {
    body: { spec: { replicas: 5 } },
    type: MERGE,
  });
  deepEqual(scaled.body.spec, { replicas: 5 });
  const { body } = await api.ask("GET", `${CRON_TABS}/a`);
  deepEqual([body.spec.replicas, body.metadata.generation], [5, 2]);
  const beyond = await api.ask("PATCH", `${CRON_TABS}/a/scale`, {
    body: { spec: { replicas: 50 } },
    type: MERGE,
  });
  equal(beyond.code, 422);

  const table = await api.ask("GET", CRON_TABS, { accept: TABLE });
  deepEqual(
    table.body.columnDefinitions.map((it: Record<string, unknown>) => [
      it["name"],
      it["type"],
      it["priority"],
    ]),
    [
      ["Name", "string", 0],
      ["Spec", "string", 0],
      ["Replicas", "integer", 0],
      ["Ready", "string", 1],
      ["Age", "date", 0],
    ],
  );
  deepEqual(table.body.rows[0].cells, ["a", null, 5, "True", "0s"]);
  api.close();
});

Deno.test("server-side apply owns the fields of a custom object as its schema has them", async () => {
  const api = await startWithCronTabs();
  const apply = (manager: string, spec: Record<string, unknown>, query = "") =>
    api.ask("PATCH", `${CRON_TABS}/a?fieldManager=${manager}${query}`, {
      body: { ...cronTabOf("a"), spec: { image: "img", ...spec } },
      type: "application/apply-patch+yaml",
    });
  const first = await apply("one", { ports: [{ name: "a", port: 1 }], hosts: ["1.1.1.1"] });
  equal(first.code, 201);
  const second = await apply("two", { ports: [{ name: "b", port: 2 }], hosts: ["1.1.1.2"] });
  deepEqual(second.body.spec.ports.map((it: { name: string }) => it.name), ["a", "b"]);
  deepEqual(second.body.spec.hosts, ["1.1.1.1", "1.1.1.2"]);
  const third = await apply("one", { ports: [{ name: "b", port: 3 }] });
  deepEqual([third.code, third.body.details.causes], [409, [{
    reason: "FieldManagerConflict",
    message: 'conflict with "two"',
    field: '.spec.ports[name="b"].port',
  }]]);
  const fourth = await apply("one", {});
  deepEqual(fourth.body.spec.ports, [{ name: "b", port: 2, mode: "tcp" }]);
  deepEqual(fourth.body.spec.hosts, ["1.1.1.2"]);
  const managed = fourth.body.metadata.managedFields.find(
    (it: { manager: string }) => it.manager === "two",
  );
  deepEqual(managed.fieldsV1["f:spec"]["f:ports"], {
    'k:{"name":"b"}': { ".": {}, "f:name": {}, "f:port": {} },
  });
  deepEqual(managed.fieldsV1["f:spec"]["f:hosts"], { 'v:"1.1.1.2"': {} });
  api.close();
});

Deno.test("versions of a kind show one object each in its way", async () => {
  const api = startApi();
  const version = (name: string, more: Record<string, unknown>, fields: string[]) => ({
    name,
    served: true,
    storage: false,
    schema: {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: {
            type: "object",
            properties: Object.fromEntries(fields.map((it) => [it, { type: "string" }])),
          },
        },
      },
    },
    ...more,
  });
  await define(api, {
    versions: [
      version("v1beta1", { deprecated: true }, ["a"]),
      version("v1", { storage: true }, ["a", "b"]),
      version("v2alpha1", { served: false }, ["a"]),
    ],
  });
  const old = CRON_TABS.replace("/v1/", "/v1beta1/");
  const made = await api.ask("POST", CRON_TABS, { body: cronTabOf("x", { a: "1", b: "2" }) });
  equal(made.code, 201);
  const shown = await api.ask("GET", `${old}/x`);
  deepEqual([shown.body.apiVersion, shown.body.spec], ["stable.example.com/v1beta1", { a: "1" }]);
  deepEqual(shown.warnings, [
    "stable.example.com/v1beta1 CronTab is deprecated; use stable.example.com/v1 CronTab",
  ]);
  const other = await api.ask("POST", old, {
    body: { ...cronTabOf("y", { a: "3" }), apiVersion: "stable.example.com/v1beta1" },
  });
  equal(other.body.apiVersion, "stable.example.com/v1beta1");
  equal((await api.ask("GET", `${CRON_TABS}/y`)).body.apiVersion, "stable.example.com/v1");
  equal((await api.ask("GET", CRON_TABS.replace("/v1/", "/v2alpha1/"))).code, 404);
  const { body } = await api.ask("GET", "/apis/stable.example.com");
  deepEqual(body.versions.map((it: { version: string }) => it.version), ["v1", "v1beta1"]);
  equal(body.preferredVersion.version, "v1");
  api.close();
});

Deno.test("discovery and OpenAPI have custom kinds as long as they are there", async () => {
  const api = startApi();
  equal((await api.ask("GET", CRON_TABS)).code, 404);
  await define(api, { names: { categories: ["all"] } });
  const { body } = await api.ask("GET", "/apis/stable.example.com/v1");
  deepEqual(
    body.resources.map((it: Record<string, unknown>) => [it["name"], it["kind"]]),
    [["crontabs", "CronTab"], ["crontabs/status", "CronTab"], ["crontabs/scale", "Scale"]],
  );
  deepEqual([body.resources[0].shortNames, body.resources[0].categories], [["ct"], ["all"]]);
  const aggregated = await api.ask("GET", "/apis", {
    accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json",
  });
  const group = aggregated.body.items.find((it: { metadata: { name: string } }) =>
    it.metadata.name === "stable.example.com"
  );
  equal(group.versions[0].resources[0].resource, "crontabs");
  const path = "/openapi/v3/apis/stable.example.com/v1";
  const { schemas } = (await api.ask("GET", path)).body.components;
  const schema = schemas["com.example.stable.v1.CronTab"];
  equal(schema.properties.spec.properties.replicas.type, "integer");
  deepEqual(schema["x-kubernetes-group-version-kind"], [
    { group: "stable.example.com", version: "v1", kind: "CronTab" },
  ]);
  await api.ask("DELETE", `${DEFINITIONS}/crontabs.stable.example.com`);
  equal((await api.ask("GET", "/apis/stable.example.com")).code, 404);
  equal((await api.ask("GET", path)).code, 404);
  api.close();
});

Deno.test("a kind that is called as one of Kubernetes' is another one", async () => {
  const api = startApi();
  await define(api, {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "pods", kind: "Pod", shortNames: [] },
    schema: {
      type: "object",
      properties: { spec: { type: "object", properties: { a: { type: "string" } } } },
    },
    version: {},
  });
  const pods = "/apis/example.com/v1/namespaces/default/pods";
  const own = (name: string) => ({
    apiVersion: "example.com/v1",
    kind: "Pod",
    metadata: { name },
    spec: { a: "b" },
  });
  equal((await api.ask("POST", pods, { body: own("a") })).code, 201);
  const listed = await api.ask("GET", "/api/v1/namespaces/default/pods");
  deepEqual(listed.body.items, []);
  const table = await api.ask("GET", pods, { accept: TABLE });
  deepEqual(table.body.rows[0].cells, ["a", "0s"]);
  const gone = await api.ask("DELETE", `${pods}/a`);
  deepEqual([gone.body.kind, gone.body.details.group], ["Status", "example.com"]);
  equal((await api.ask("GET", `${pods}/a/log`)).code, 404);
  deepEqual(api.log, []);
  api.close();
});

const conditionsOf = ({ body }: Answer): Record<string, string> =>
  Object.fromEntries(
    body.status.conditions.map((it: Record<string, string>) => [it["type"], it["reason"]]),
  );

Deno.test("a definition that is deleted ends with its objects", async () => {
  const api = await startWithCronTabs();
  await api.ask("POST", CRON_TABS, { body: cronTabOf("a") });
  await api.ask("POST", CRON_TABS, {
    body: cronTabOf("b", {}, { finalizers: ["example.com/hold"] }),
  });
  const watch = await api.send("GET", `${CRON_TABS}?watch=1&resourceVersion=0`);
  const path = `${DEFINITIONS}/crontabs.stable.example.com`;
  const deleted = await api.ask("DELETE", path);
  deepEqual(deleted.body.metadata.finalizers, ["customresourcecleanup.apiextensions.k8s.io"]);
  equal(conditionsOf(deleted)["Terminating"], "InstanceDeletionPending");
  const waiting = await api.ask("GET", path);
  equal(conditionsOf(waiting)["Terminating"], "InstanceDeletionInProgress");
  deepEqual(
    (await api.ask("GET", CRON_TABS)).body.items.map((it: { metadata: { name: string } }) =>
      it.metadata.name
    ),
    ["b"],
  );
  const refused = await api.ask("POST", CRON_TABS, { body: cronTabOf("c") });
  deepEqual([refused.code, refused.body.message], [
    403,
    'crontabs.stable.example.com "c" is forbidden: create not allowed while custom resource ' +
    "definition is terminating",
  ]);
  await api.ask("PATCH", `${CRON_TABS}/b`, {
    body: { metadata: { finalizers: null } },
    type: MERGE,
  });
  equal((await api.ask("GET", path)).code, 404);
  equal((await api.ask("GET", CRON_TABS)).code, 404);
  // Those who watched are notified of the end.
  await watch.text();
  await define(api);
  deepEqual((await api.ask("GET", CRON_TABS)).body.items, []);
  deepEqual(api.log, []);
  api.close();
});

Deno.test("a name that another definition of the group has is not accepted until it is free", async () => {
  const api = await startWithCronTabs();
  const rival = definitionOf({ names: { plural: "others", kind: "CronTab" } });
  await api.ask("POST", DEFINITIONS, { body: rival });
  const path = `${DEFINITIONS}/others.stable.example.com`;
  const refused = await api.ask("GET", path);
  deepEqual(conditionsOf(refused), {
    NamesAccepted: "ListKindConflict",
    Established: "NotAccepted",
  });
  equal(refused.body.status.conditions[0].message, '"CronTabList" is already in use');
  equal((await api.ask("GET", "/apis/stable.example.com/v1/others")).code, 404);
  await api.ask("DELETE", `${DEFINITIONS}/crontabs.stable.example.com`);
  deepEqual(conditionsOf(await api.ask("GET", path)), {
    NamesAccepted: "NoConflicts",
    Established: "InitialNamesAccepted",
  });
  equal((await api.ask("GET", "/apis/stable.example.com/v1/others")).code, 200);
  api.close();
});

Deno.test("what was wrong before may stay so when a schema is made stricter", async () => {
  const api = await startWithCronTabs();
  await api.ask("POST", CRON_TABS, { body: cronTabOf("a", { replicas: 9 }) });
  const stricter = structuredClone(CRON_TAB);
  stricter.properties.spec.properties.replicas.maximum = 5;
  const path = `${DEFINITIONS}/crontabs.stable.example.com`;
  const { code } = await api.ask("PATCH", path, {
    body: {
      spec: {
        versions: [{
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: stricter },
          ...CRON_TAB_PARTS,
        }],
      },
    },
    type: MERGE,
  });
  equal(code, 200);
  const change = (spec: Record<string, unknown>) =>
    api.ask("PATCH", `${CRON_TABS}/a`, { body: { spec }, type: MERGE });
  equal((await change({ policy: "Allow" })).code, 200);
  equal((await change({ replicas: 8 })).code, 422);
  equal((await change({ replicas: 4 })).code, 200);
  api.close();
});

Deno.test("definitions and their objects are there again from what was kept", async () => {
  const first = await startWithCronTabs();
  await define(first, {
    group: "example.com",
    names: { plural: "pods", kind: "Pod", shortNames: [] },
    schema: { type: "object" },
    version: {},
  });
  const hold = { finalizers: ["example.com/hold"] };
  await first.ask("POST", CRON_TABS, { body: cronTabOf("a", { replicas: 2 }, hold) });
  const pods = "/apis/example.com/v1/namespaces/default/pods";
  const pod = { apiVersion: "example.com/v1", kind: "Pod", metadata: { name: "a" } };
  await first.ask("POST", pods, { body: pod });
  await first.ask("POST", "/api/v1/namespaces/default/pods", { body: podBody("a") });
  await first.ask("DELETE", `${DEFINITIONS}/crontabs.stable.example.com`);
  await first.ask("GET", CRON_TABS);
  const { registry, history } = first;
  const objects = registry.kinds.names.flatMap((it): KubernetesObject[] => registry.list(it));
  first.close();

  // In whatever order they were kept.
  const kept = { version: history.version, objects: structuredClone(objects.toReversed()) };
  const api = startApi({ kept });
  equal((await api.ask("GET", `${pods}/a`)).body.apiVersion, "example.com/v1");
  equal((await api.ask("GET", "/api/v1/namespaces/default/pods/a")).body.apiVersion, "v1");
  const tab = await api.ask("GET", `${CRON_TABS}/a`);
  deepEqual([tab.body.spec.replicas, "deletionTimestamp" in tab.body.metadata], [2, true]);
  // The end that had begun goes on.
  await api.ask("PATCH", `${CRON_TABS}/a`, {
    body: { metadata: { finalizers: null } },
    type: MERGE,
  });
  equal((await api.ask("GET", `${DEFINITIONS}/crontabs.stable.example.com`)).code, 404);
  deepEqual([...first.log, ...api.log], []);
  api.close();
});
