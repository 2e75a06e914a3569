/** Requests and their answers, without a socket. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { type AskOptions, configMapBody, podBody, startApi } from "../support/api_server.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const PODS = "/api/v1/namespaces/default/pods";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const MERGE = "application/merge-patch+json";

const deployment = (name: string, spec: Record<string, unknown> = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "c", image: "none", command: ["true"] }] },
    },
    ...spec,
  },
});

/** What is refused: the request, the HTTP status, the reason and the message. */
const refused: readonly [
  what: string,
  method: string,
  path: string,
  options: AskOptions,
  code: number,
  reason: string,
  message: string | RegExp,
][] = [
  ["an unknown path", "GET", "/nope", {}, 404, "NotFound", /could not find the requested resource/],
  ["an unknown resource", "GET", "/api/v1/nopes", {}, 404, "NotFound", /could not find/],
  ["an unknown version", "GET", "/apis/apps/v9", {}, 404, "NotFound", /could not find/],
  ["an unknown group", "GET", "/apis/nope", {}, 404, "NotFound", /could not find/],
  ["an unknown subresource", "GET", `${PODS}/a/nope`, {}, 404, "NotFound", /could not find/],
  ["a path that is too long", "GET", `${PODS}/a/status/x`, {}, 404, "NotFound", /could not find/],
  ["an object without its namespace", "GET", "/api/v1/pods/a", {}, 404, "NotFound", /could not/],
  ["a malformed escape", "GET", "/api/v1/%E0%A4%A", {}, 400, "BadRequest", /malformed escape/],
  ["a method that a path has not", "POST", "/version", {}, 405, "MethodNotAllowed", /not allow/],
  ["PUT of a collection", "PUT", MAPS, {}, 405, "MethodNotAllowed", /not allow/],
  ["POST of an object", "POST", `${MAPS}/a`, {}, 405, "MethodNotAllowed", /not allow/],
  ["an object that is not there", "GET", `${PODS}/a`, {}, 404, "NotFound", 'pods "a" not found'],
  [
    "one of a group",
    "DELETE",
    `${DEPLOYMENTS}/a`,
    {},
    404,
    "NotFound",
    'deployments.apps "a" not found',
  ],
  ["a form that is not given", "GET", MAPS, { accept: "text/csv" }, 406, "NotAcceptable", /only/],
  ["no body", "POST", MAPS, {}, 400, "BadRequest", /must be of type ConfigMap/],
  ["a body that is not JSON", "POST", MAPS, { body: "{" }, 400, "BadRequest", /unrecognized/],
  ["a list", "POST", MAPS, { body: [] }, 400, "BadRequest", /must be of type ConfigMap/],
  [
    "a body that is nested deeply",
    "POST",
    MAPS,
    { body: "[".repeat(5000) },
    400,
    "BadRequest",
    /nested more than 100 levels/,
  ],
  [
    "a body that is not UTF-8",
    "POST",
    MAPS,
    { body: Uint8Array.of(0x22, 0xff, 0x22) },
    400,
    "BadRequest",
    "the body is not UTF-8",
  ],
  [
    "a body that is too large",
    "POST",
    MAPS,
    { body: " ".repeat(3 * 1024 * 1024 + 1) },
    413,
    "RequestEntityTooLarge",
    /limit is 3145728/,
  ],
  [
    "a type that is not read",
    "POST",
    MAPS,
    { body: "a", type: "text/plain" },
    415,
    "UnsupportedMediaType",
    /accepted media types include: application\/json/,
  ],
  [
    "an object of another kind",
    "POST",
    MAPS,
    { body: podBody("a") },
    400,
    "BadRequest",
    'Pod in version "v1" cannot be handled as a ConfigMap',
  ],
  [
    "an object of another version",
    "POST",
    MAPS,
    { body: { ...configMapBody("a"), apiVersion: "v2" } },
    400,
    "BadRequest",
    "the API version in the data (v2) does not match the expected API version (v1)",
  ],
  [
    "another namespace",
    "POST",
    MAPS,
    { body: configMapBody("a", "1", { namespace: "other" }) },
    400,
    "BadRequest",
    "the namespace of the provided object does not match the namespace sent on the request",
  ],
  [
    "another name",
    "PUT",
    `${MAPS}/a`,
    { body: configMapBody("b") },
    400,
    "BadRequest",
    "the name of the object (b) does not match the name on the URL (a)",
  ],
  [
    "a value of another type",
    "POST",
    PODS,
    { body: { metadata: { name: "a" }, spec: { containers: [{ name: 1 }] } } },
    400,
    "BadRequest",
    /^Pod in version "v1" cannot be handled as a Pod: spec.containers\[0\].name: expected string/,
  ],
  [
    "an invalid object",
    "POST",
    PODS,
    { body: { metadata: { name: "A" }, spec: { containers: [{ name: "c" }] } } },
    422,
    "Invalid",
    /^Pod "A" is invalid: \[metadata.name: Invalid value: "A": .*, spec.containers\[0\].image: Required value/,
  ],
  [
    "a version of a new object",
    "POST",
    MAPS,
    { body: configMapBody("a", "1", { resourceVersion: "1" }) },
    400,
    "BadRequest",
    "resourceVersion should not be set on objects to be created",
  ],
  ["a label selector", "GET", `${MAPS}?labelSelector=a%20in`, {}, 400, "BadRequest", /unable to/],
  [
    "a field selector",
    "GET",
    `${MAPS}?fieldSelector=data.key%3D1`,
    {},
    400,
    "BadRequest",
    "field label not supported: data.key",
  ],
  ["a limit", "GET", `${MAPS}?limit=many`, {}, 400, "BadRequest", /not a number from 0/],
  ["a continue token", "GET", `${MAPS}?continue=zzz`, {}, 400, "BadRequest", /continue key/],
  ["a flag", "GET", `${MAPS}?watch=maybe`, {}, 400, "BadRequest", /not a boolean/],
  [
    "a version of the future",
    "GET",
    `${MAPS}?resourceVersion=99&resourceVersionMatch=NotOlderThan`,
    {},
    504,
    "Timeout",
    "Timeout: Too large resource version: 99, current: 0",
  ],
  [
    "a match without a version",
    "GET",
    `${MAPS}?resourceVersionMatch=Exact`,
    {},
    422,
    "Invalid",
    'ListOptions "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is ' +
    "forbidden unless resourceVersion is provided",
  ],
  [
    "an exact version 0",
    "GET",
    `${MAPS}?resourceVersion=0&resourceVersionMatch=Exact`,
    {},
    422,
    "Invalid",
    /resourceVersionMatch "exact" is forbidden for resourceVersion "0"/,
  ],
  ["a dry run of a part", "POST", `${MAPS}?dryRun=Some`, { body: {} }, 422, "Invalid", /dryRun/],
  [
    "a field validation",
    "POST",
    `${MAPS}?fieldValidation=Sure`,
    { body: {} },
    422,
    "Invalid",
    /fieldValidation/,
  ],
  [
    "a propagation",
    "DELETE",
    `${MAPS}/a?propagationPolicy=Upwards`,
    {},
    400,
    "BadRequest",
    /not one of Background, Foreground, Orphan/,
  ],
  [
    "options of a delete that are not",
    "DELETE",
    `${MAPS}/a`,
    { body: { kind: "Pod" } },
    400,
    "BadRequest",
    "Pod cannot be handled as a DeleteOptions",
  ],
  [
    "a grace that is not a number",
    "DELETE",
    `${MAPS}/a?gracePeriodSeconds=soon`,
    {},
    400,
    "BadRequest",
    /not a whole number of seconds/,
  ],
];
for (const [what, method, path, options, code, reason, message] of refused) {
  Deno.test(`the API refuses ${what}`, async () => {
    const api = startApi();
    const answer = await api.ask(method, path, options);
    const { kind, status } = answer.body;
    deepEqual(
      { kind, status, code: answer.code, codeInBody: answer.body.code, reason: answer.body.reason },
      { kind: "Status", status: "Failure", code, codeInBody: code, reason },
    );
    if (typeof message === "string") equal(answer.body.message, message);
    else match(answer.body.message, message);
    deepEqual(api.log, []);
  });
}

Deno.test("create, get, list, update and delete", async () => {
  const api = startApi();
  const created = await api.ask("POST", MAPS, { body: { metadata: { name: "a" }, data: {} } });
  equal(created.code, 201);
  const { uid, resourceVersion, namespace, creationTimestamp } = created.body.metadata;
  deepEqual([uid, namespace, created.body.kind], ["uid-1", "default", "ConfigMap"]);
  match(creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  deepEqual((await api.ask("GET", `${MAPS}/a`)).body, created.body);

  const again = await api.ask("POST", MAPS, { body: configMapBody("a") });
  deepEqual([again.code, again.body.reason, again.body.message, again.body.details], [
    409,
    "AlreadyExists",
    'configmaps "a" already exists',
    { name: "a", kind: "configmaps" },
  ]);

  const updated = await api.ask("PUT", `${MAPS}/a`, {
    body: { ...created.body, data: { k: "2" } },
  });
  deepEqual([updated.code, updated.body.data], [200, { k: "2" }]);
  const stale = await api.ask("PUT", `${MAPS}/a`, { body: { ...created.body, data: { k: "3" } } });
  deepEqual([stale.code, stale.body.message], [
    409,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply ' +
    "your changes to the latest version and try again",
  ]);
  const same = await api.ask("PUT", `${MAPS}/a`, { body: updated.body });
  equal(same.body.metadata.resourceVersion, updated.body.metadata.resourceVersion);
  equal(Number(updated.body.metadata.resourceVersion) > Number(resourceVersion), true);

  const list = await api.ask("GET", "/api/v1/configmaps");
  deepEqual(list.body, {
    kind: "ConfigMapList",
    apiVersion: "v1",
    metadata: { resourceVersion: updated.body.metadata.resourceVersion },
    items: [updated.body],
  });

  const wrongUid = await api.ask("DELETE", `${MAPS}/a`, {
    body: { preconditions: { uid: "other" } },
  });
  deepEqual([wrongUid.code, wrongUid.body.reason], [409, "Conflict"]);
  match(wrongUid.body.message, /the UID in the precondition \(other\) does not match the UID/);
  const deleted = await api.ask("DELETE", `${MAPS}/a`);
  deepEqual([deleted.code, deleted.body.status, deleted.body.details], [
    200,
    "Success",
    { name: "a", kind: "configmaps", uid: "uid-1" },
  ]);
  equal((await api.ask("GET", `${MAPS}/a`)).code, 404);
});

Deno.test("a Pod without a node is gone at once, one with a node is marked with its grace", async () => {
  const api = startApi();
  await api.ask("POST", PODS, { body: podBody("free") });
  equal((await api.ask("DELETE", `${PODS}/free`)).body.kind, "Pod");
  equal((await api.ask("GET", `${PODS}/free`)).code, 404);
  const pod = podBody("bound");
  await api.ask("POST", PODS, {
    body: { ...pod, spec: { ...pod["spec"] as object, nodeName: "n" } },
  });
  const marked = await api.ask("DELETE", `${PODS}/bound`, { body: { gracePeriodSeconds: 5 } });
  equal(marked.body.metadata.deletionGracePeriodSeconds, 5);
  equal((await api.ask("GET", `${PODS}/bound`)).code, 200);
  await api.ask("DELETE", `${PODS}/bound?gracePeriodSeconds=0`);
  equal((await api.ask("GET", `${PODS}/bound`)).code, 404);
});

Deno.test("a finalizer holds an object until a patch removes it", async () => {
  const api = startApi();
  await api.ask("POST", MAPS, { body: configMapBody("a", "1", { finalizers: ["x.io/hold"] }) });
  const marked = await api.ask("DELETE", `${MAPS}/a`);
  deepEqual(marked.body.metadata.finalizers, ["x.io/hold"]);
  equal((await api.ask("GET", `${MAPS}/a`)).code, 200);
  await api.ask("PATCH", `${MAPS}/a`, { body: { metadata: { finalizers: null } }, type: MERGE });
  equal((await api.ask("GET", `${MAPS}/a`)).code, 404);
});

Deno.test("names are generated, and a dry run stores nothing", async () => {
  const api = startApi();
  const body = { ...configMapBody(""), metadata: { generateName: "a-" } };
  const dry = await api.ask("POST", `${MAPS}?dryRun=All`, { body });
  match(dry.body.metadata.name, /^a-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  const { body: first } = await api.ask("POST", MAPS, { body });
  const { body: second } = await api.ask("POST", MAPS, { body });
  equal(first.metadata.name === second.metadata.name, false);
  const path = `${MAPS}/${first.metadata.name}`;
  const changed = { ...first, data: { key: "2" } };
  equal((await api.ask("PUT", `${path}?dryRun=All`, { body: changed })).body.data.key, "2");
  equal((await api.ask("DELETE", path, { body: { dryRun: ["All"] } })).code, 200);
  equal((await api.ask("GET", path)).body.data.key, "1");
});

Deno.test("unknown fields: an error, warnings, or nothing", async () => {
  const api = startApi();
  const body = { ...configMapBody("a"), foo: 1, metadata: { name: "a", bar: 2 } };
  const ask = (how: string) =>
    api.ask("POST", `${MAPS}?dryRun=All&fieldValidation=${how}`, { body });
  const strict = await ask("Strict");
  deepEqual([strict.code, strict.body.message], [
    400,
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown ' +
    'field "metadata.bar", unknown field "foo"',
  ]);
  deepEqual((await ask("Warn")).warnings, [
    'unknown field \\"metadata.bar\\"',
    'unknown field \\"foo\\"',
  ]);
  deepEqual((await ask("Ignore")).warnings, []);
});

const twice =
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"b":"1","b":"2"}}';
const yamlTwice = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: '1', b: '2'}\n";
for (
  const [what, type, text, field] of [
    ["JSON", "application/json", twice, "data.b"],
    ["YAML", "application/yaml", yamlTwice, "data.b"],
    ["a merge patch", "application/merge-patch+json", '{"data":{"b":"1","b":"2"}}', "data.b"],
    [
      "a JSON patch",
      "application/json-patch+json",
      '[{"op":"add","path":"/data/b","value":"1","value":"2"}]',
      "value",
    ],
    ["an apply", "application/apply-patch+yaml", twice, "data.b"],
  ] as const
) {
  Deno.test(`fields that are given twice in ${what}: an error, warnings, or nothing`, async () => {
    const api = startApi();
    const isPatch = type.includes("patch");
    if (isPatch) await api.ask("POST", MAPS, { body: configMapBody("a") });
    const path = isPatch ? `${MAPS}/a` : MAPS;
    const ask = (how: string) =>
      api.ask(
        isPatch ? "PATCH" : "POST",
        `${path}?dryRun=All&fieldManager=m&force=true&fieldValidation=${how}`,
        { body: text, type },
      );
    const strict = await ask("Strict");
    deepEqual([strict.code, strict.body.message], [
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ' +
      `duplicate field "${field}"`,
    ]);
    const warned = await ask("Warn");
    deepEqual(warned.warnings, [`duplicate field \\"${field}\\"`]);
    equal(warned.body.data.b, "2");
    deepEqual((await ask("Ignore")).warnings, []);
  });
}

Deno.test("patches of three types, with a version to hold to", async () => {
  const api = startApi();
  await api.ask("POST", DEPLOYMENTS, { body: deployment("a") });
  const patch = (type: string, body: unknown) =>
    api.ask("PATCH", `${DEPLOYMENTS}/a`, { body, type: `application/${type}-patch+json` });
  const merged = await patch("merge", { spec: { replicas: 3 } });
  deepEqual([merged.body.spec.replicas, merged.body.metadata.generation], [3, 2]);
  const json = await patch("json", [{ op: "replace", path: "/spec/replicas", value: 4 }]);
  equal(json.body.spec.replicas, 4);
  const strategic = await patch("strategic-merge", {
    spec: { template: { spec: { containers: [{ name: "d", image: "i", command: ["true"] }] } } },
  });
  const names = strategic.body.spec.template.spec.containers.map((it: { name: string }) => it.name);
  deepEqual(names, ["c", "d"]);
  const nothing = await patch("merge", {});
  equal(nothing.body.metadata.resourceVersion, strategic.body.metadata.resourceVersion);
  const stale = await patch("merge", { metadata: { resourceVersion: "1" }, spec: { replicas: 5 } });
  equal(stale.code, 409);
  const test = await patch("json", [{ op: "test", path: "/spec/replicas", value: 9 }]);
  deepEqual([test.code, test.body.reason], [422, "Invalid"]);
  equal((await patch("json", {})).code, 400);
  equal((await patch("unheard", {})).code, 415);
  equal((await patch("merge", { spec: { selector: { matchLabels: { app: "b" } } } })).code, 422);
});

Deno.test("an update leaves the status, and an update of the status the rest", async () => {
  const api = startApi();
  await api.ask("POST", DEPLOYMENTS, { body: { ...deployment("a"), status: { replicas: 9 } } });
  const path = `${DEPLOYMENTS}/a`;
  equal((await api.ask("GET", path)).body.status?.replicas, undefined);
  const patch = (where: string, body: unknown) => api.ask("PATCH", where, { body, type: MERGE });
  const both = { spec: { replicas: 2 }, status: { replicas: 7 } };
  const { body: status } = await patch(`${path}/status`, both);
  deepEqual([status.spec.replicas, status.status.replicas], [1, 7]);
  const { body: object } = await patch(path, { ...both, status: { replicas: 8 } });
  deepEqual([object.spec.replicas, object.status.replicas], [2, 7]);
  const { body: same } = await patch(`${path}/status`, { status: { replicas: 7 } });
  equal(same.metadata.resourceVersion, object.metadata.resourceVersion);
});

Deno.test("the scale of a Deployment", async () => {
  const api = startApi();
  await api.ask("POST", DEPLOYMENTS, { body: deployment("a", { replicas: 2 }) });
  const path = `${DEPLOYMENTS}/a/scale`;
  const { body: scale } = await api.ask("GET", path);
  deepEqual([scale.kind, scale.apiVersion, scale.spec, scale.status], [
    "Scale",
    "autoscaling/v1",
    { replicas: 2 },
    { replicas: 0, selector: "app=a" },
  ]);
  const put = await api.ask("PUT", path, { body: { ...scale, spec: { replicas: 5 } }, type: "" });
  equal(put.body.spec.replicas, 5);
  equal((await api.ask("PUT", path, { body: { ...scale, spec: { replicas: 6 } } })).code, 409);
  const patched = await api.ask("PATCH", path, { body: { spec: { replicas: 0 } }, type: MERGE });
  equal(patched.body.spec.replicas, 0);
  equal((await api.ask("GET", `${DEPLOYMENTS}/a`)).body.spec.replicas, 0);
  for (const replicas of [-1, 2 ** 31]) {
    const body = { spec: { replicas } };
    equal((await api.ask("PATCH", path, { body, type: MERGE })).code, 422);
  }
  equal(
    (await api.ask("PATCH", path, { body: { spec: { replicas: 1.5 } }, type: MERGE })).code,
    400,
  );
  equal((await api.ask("GET", `${PODS}/a/scale`)).code, 404);
});

Deno.test("selectors of a list, and a collection that is deleted by one", async () => {
  const api = startApi();
  const labels = [{ app: "a", tier: "1" }, { app: "b", tier: "2" }, { tier: "10" }];
  for (const [index, it] of labels.entries()) {
    await api.ask("POST", MAPS, { body: configMapBody(`m${index}`, "1", { labels: it }) });
  }
  const rows: readonly [string, string[]][] = [
    ["app", ["m0", "m1"]],
    ["!app", ["m2"]],
    ["app=a", ["m0"]],
    ["app==a,tier=1", ["m0"]],
    ["app!=a", ["m1", "m2"]],
    ["app in (a, b)", ["m0", "m1"]],
    ["app notin (a)", ["m1", "m2"]],
    ["tier>1", ["m1", "m2"]],
    ["tier<3", ["m0", "m1"]],
    ["constructor", []],
  ];
  const names = ({ body }: { readonly body: { items: { metadata: { name: string } }[] } }) =>
    body.items.map(({ metadata }) => metadata.name);
  for (const [selector, expected] of rows) {
    const answer = await api.ask("GET", `${MAPS}?labelSelector=${encodeURIComponent(selector)}`);
    deepEqual([selector, names(answer)], [selector, expected]);
  }
  const one = await api.ask("GET", `${MAPS}?fieldSelector=metadata.name%3Dm1`);
  deepEqual(names(one), ["m1"]);
  const others = await api.ask("GET", `${MAPS}?fieldSelector=metadata.name!%3Dm1`);
  deepEqual(names(others), ["m0", "m2"]);
  const deleted = await api.ask("DELETE", `${MAPS}?labelSelector=app`);
  deepEqual(names(deleted), ["m0", "m1"]);
  deepEqual(names(await api.ask("GET", MAPS)), ["m2"]);
});

Deno.test("pages show the list of the first page, and end when its version is forgotten", async () => {
  const api = startApi({ bound: 4 });
  for (const name of ["b", "a", "d", "c"]) {
    await api.ask("POST", MAPS, { body: configMapBody(name) });
  }
  const { body: first } = await api.ask("GET", `${MAPS}?limit=2`);
  deepEqual(first.items.map((it: { metadata: { name: string } }) => it.metadata.name), ["a", "b"]);
  equal(first.metadata.remainingItemCount, 2);
  await api.ask("DELETE", `${MAPS}/c`);
  await api.ask("POST", MAPS, { body: configMapBody("e") });
  await api.ask("PUT", `${MAPS}/d`, { body: configMapBody("d", "2") });
  const next = `${MAPS}?limit=2&continue=${first.metadata.continue}`;
  const { body: second } = await api.ask("GET", next);
  deepEqual(
    second.items.map((it: { metadata: { name: string }; data: { key: string } }) =>
      `${it.metadata.name}=${it.data.key}`
    ),
    ["c=1", "d=1"],
  );
  deepEqual([second.metadata.continue, second.metadata.resourceVersion], [
    undefined,
    first.metadata.resourceVersion,
  ]);
  const exact = `${MAPS}?resourceVersionMatch=Exact&resourceVersion=2`;
  equal((await api.ask("GET", exact)).body.items.length, 2);
  for (let i = 0; i < 8; i++) {
    await api.ask("PUT", `${MAPS}/d`, { body: configMapBody("d", `x${i}`) });
  }
  deepEqual([(await api.ask("GET", next)).code, (await api.ask("GET", exact)).code], [410, 410]);
});

Deno.test("tables, and metadata alone", async () => {
  const api = startApi();
  await api.ask("POST", PODS, { body: podBody("a", { labels: { app: "a" } }) });
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  const { body: table } = await api.ask("GET", PODS, { accept });
  equal(table.kind, "Table");
  deepEqual(
    table.columnDefinitions.map((it: { name: string; priority: number }) =>
      it.name + (it.priority ? "*" : "")
    ),
    [
      "Name",
      "Ready",
      "Status",
      "Restarts",
      "Age",
      "IP*",
      "Node*",
      "Nominated Node*",
      "Readiness Gates*",
    ],
  );
  deepEqual(table.rows[0].cells, ["a", "0/1", "Pending", "0", "0s", ...Array(4).fill("<none>")]);
  deepEqual(table.rows[0].object.kind, "PartialObjectMetadata");
  equal(table.rows[0].object.metadata.labels.app, "a");
  equal(table.rows[0].object.metadata.managedFields, undefined, "half of what kubectl would read");
  const { body: one } = await api.ask("GET", `${PODS}/a?includeObject=Object`, { accept });
  equal(one.rows[0].object.spec.containers[0].name, "c");
  equal(one.rows[0].object.metadata.managedFields.length, 1);
  const { body: bare } = await api.ask("GET", `${PODS}?includeObject=None`, { accept });
  equal("object" in bare.rows[0], false);
  const partial = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
  const { body: metadata } = await api.ask("GET", PODS, { accept: partial });
  deepEqual([metadata.kind, metadata.items[0].kind, metadata.items[0].spec], [
    "PartialObjectMetadataList",
    "PartialObjectMetadata",
    undefined,
  ]);
});

Deno.test("what this machine cannot give is refused, what it does not enforce is a warning", async () => {
  const api = startApi({
    adviseOn: (object) => {
      const { metadata } = object as { metadata: { name: string } };
      return metadata.name === "no"
        ? {
          errors: [{ field: "data", reason: "Unsupported", message: "Unsupported here: x" }],
          warnings: [],
        }
        : { errors: [], warnings: ['data is not enforced: "y"'] };
    },
  });
  const refused = await api.ask("POST", MAPS, { body: configMapBody("no") });
  deepEqual([refused.code, refused.body.message], [
    422,
    'ConfigMap "no" is invalid: data: Unsupported here: x',
  ]);
  const { warnings } = await api.ask("POST", MAPS, { body: configMapBody("yes") });
  deepEqual(warnings, ['data is not enforced: \\"y\\"']);
});

Deno.test("a client may do everything, and is the one with the token", async () => {
  const api = startApi();
  const access = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const spec = { resourceAttributes: { verb: "get", resource: "pods" } };
  const { code, body } = await api.ask("POST", access, { body: { spec } });
  deepEqual([code, body.kind, body.spec, body.status.allowed], [
    201,
    "SelfSubjectAccessReview",
    spec,
    true,
  ]);
  const self = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  equal((await api.ask("POST", self, { body: {} })).body.status.userInfo.username, "podling");
  equal((await api.ask("GET", self)).code, 405);
  equal((await api.ask("POST", self, { body: podBody("a") })).code, 400);
  equal((await api.ask("POST", self.replace("v1", "v2"), { body: {} })).code, 404);
  equal((await api.ask("POST", `${self}/a`, { body: {} })).code, 404);
});

Deno.test("YAML is read as JSON is", async () => {
  const api = startApi();
  const body = "metadata: {name: a}\ndata:\n  key: value\n";
  const { code, body: object } = await api.ask("POST", MAPS, { body, type: "application/yaml" });
  deepEqual([code, object.data], [201, { key: "value" }]);
  const two = await api.ask("POST", MAPS, { body: "a: 1\n---\nb: 2\n", type: "application/yaml" });
  equal(two.code, 400);
});

Deno.test("discovery in both forms, health, version and schemas", async () => {
  const api = startApi();
  deepEqual((await api.ask("GET", "/api")).body.versions, ["v1"]);
  const groups = (await api.ask("GET", "/apis")).body.groups;
  deepEqual(groups.map(({ name }: { name: string }) => name).includes("apps"), true);
  deepEqual((await api.ask("GET", "/apis/apps")).body.preferredVersion.groupVersion, "apps/v1");
  const { resources } = (await api.ask("GET", "/apis/apps/v1")).body;
  const deployments = resources.find(({ name }: { name: string }) => name === "deployments");
  deepEqual([deployments.shortNames, deployments.kind, deployments.namespaced], [
    ["deploy"],
    "Deployment",
    true,
  ]);
  const scale = resources.find(({ name }: { name: string }) => name === "deployments/scale");
  deepEqual([scale.kind, scale.group], ["Scale", "autoscaling"]);
  for (const version of ["v2", "v2beta1"]) {
    const accept =
      `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`;
    const { body, headers } = await api.ask("GET", "/apis", { accept });
    equal(headers.get("content-type"), accept.split(",")[0]);
    equal(body.apiVersion, `apidiscovery.k8s.io/${version}`);
    const core = (await api.ask("GET", "/api", { accept })).body.items[0].versions[0];
    const pods = core.resources.find(({ resource }: { resource: string }) => resource === "pods");
    deepEqual([pods.scope, pods.categories, pods.shortNames], ["Namespaced", ["all"], ["po"]]);
  }
  for (const path of ["/healthz", "/livez", "/readyz"]) {
    equal((await api.ask("GET", path)).body, "ok");
  }
  equal((await api.ask("GET", "/version")).body.major, "1");
  const { paths } = (await api.ask("GET", "/openapi/v3")).body;
  const url = new URL(paths["apis/apps/v1"].serverRelativeURL, "https://x");
  const { body: document } = await api.ask("GET", url.pathname + url.search);
  const { patch } = document.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
  equal(patch["x-kubernetes-group-version-kind"].kind, "Deployment");
  equal(patch.parameters.some(({ name }: { name: string }) => name === "fieldValidation"), true);
  const refs = JSON.stringify(document).match(/(?<="#\/components\/schemas\/)[^"]+/g) ?? [];
  deepEqual([...new Set(refs)].filter((it) => !(it in document.components.schemas)), []);
  equal((await api.ask("GET", "/openapi/v3/apis/nope/v1")).code, 404);
});
