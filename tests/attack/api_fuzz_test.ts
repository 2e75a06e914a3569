/**
 * Requests that no client sends: paths, queries, headers and bodies put together by chance. None is
 * answered with 500, none is a fault, and the prototypes of this program stay as they are. So many
 * as `PODLING_FUZZ` says, from the seed `PODLING_SEED` on.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { KINDS } from "../../src/api/kinds/kinds.ts";
import { Random } from "../support/random.ts";
import { configMapBody, startApi } from "../support/api_server.ts";
import { definitionOf, DEFINITIONS } from "../support/definitions.ts";

const COUNT = Number(Deno.env.get("PODLING_FUZZ") ?? 2000);
/** 10,000 where there is time. */
const WATCHES = COUNT > 10_000 ? 10_000 : 1000;
const SEED = Number(Deno.env.get("PODLING_SEED") ?? 1);

const METHODS = ["GET", "GET", "POST", "PUT", "PATCH", "PATCH", "DELETE", "OPTIONS"];
const NAMES = ["a", "b", "A", "", "..", "%2e%2e", "constructor", "__proto__", "a b", "%00", "ü"];
const SUBRESOURCES = [
  ...["status", "scale", "log", "exec", "eviction", "binding", "finalize", "nope", "__proto__"],
];
const TYPES = [
  ...["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"],
  ...["application/json-patch+json", "application/merge-patch+json"],
  ...["application/strategic-merge-patch+json", "application/apply-patch+yaml", "text/plain", ""],
];
const ACCEPTS = [
  ...["application/json", "*/*", "text/html", "application/json;as=Table;v=v1;g=meta.k8s.io"],
  ...["application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", ";;;,,,", ""],
];
const QUERIES = [
  ...["watch=1&timeoutSeconds=1", "limit=1", "limit=-1", "resourceVersion=0", "resourceVersion=x"],
  ...["continue=e30", "continue=%ff", "labelSelector=a%20in%20(b", "labelSelector=!", "dryRun=All"],
  ...["fieldSelector=metadata.name%3Da", "fieldSelector=%3D", "fieldManager=m", "force=maybe"],
  ...["fieldValidation=Strict", "fieldManager=m&force=true", "propagationPolicy=Orphan", "a=b&a=c"],
  ...[
    "resourceVersionMatch=Exact&resourceVersion=1",
    "gracePeriodSeconds=1e9",
    "includeObject=Object",
  ],
];
const KEYS = [
  ...["metadata", "spec", "status", "name", "namespace", "labels", "annotations", "finalizers"],
  ...["containers", "template", "replicas", "data", "kind", "apiVersion", "ownerReferences"],
  ...[
    "managedFields",
    "$patch",
    "$retainKeys",
    "$setElementOrder/containers",
    "op",
    "path",
    "value",
  ],
  ...[
    "from",
    "__proto__",
    "constructor",
    "ports",
    "selector",
    "generateName",
    "resourceVersion",
    "uid",
  ],
];
const SCALARS: readonly unknown[] = [
  ...["", "a", "A!", "delete", "replace", "/spec/containers/0", "/metadata/labels/a", "1", "Pod"],
  ...[0, -1, 1.5, 1e300, 2 ** 53, true, false, null, "\u0000", "x".repeat(300)],
];

/** What is asked for. */
type FuzzedKind = Pick<(typeof KINDS)[number], "namespaced" | "plural"> & {
  readonly apiVersion: string;
  readonly kind: string;
};

/** A kind that a definition adds. */
const CUSTOM: FuzzedKind = {
  apiVersion: "stable.example.com/v1",
  kind: "CronTab",
  plural: "crontabs",
  namespaced: true,
};

function anyValue(random: Random, depth: number): unknown {
  if (depth === 0 || random.chance(0.4)) return random.pick(SCALARS);
  const size = random.integer(0, 4);
  if (random.chance(0.3)) return Array.from({ length: size }, () => anyValue(random, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [random.pick(KEYS), anyValue(random, depth - 1)]),
  );
}

/** An object of the kind that is near to a valid one, or anything. */
function anyObject(random: Random, kind: FuzzedKind): unknown {
  if (random.chance(0.4)) return anyValue(random, 4);
  const containers = [{ name: "c", image: "i", command: ["true"], ...anyFields(random) }];
  const template = { metadata: { labels: { a: "b" } }, spec: { containers } };
  const spec = {
    selector: { matchLabels: { a: "b" } },
    template,
    containers,
    jobTemplate: { spec: { template } },
    schedule: "* * * * *",
    ...(kind === CUSTOM && { image: "img", replicas: random.integer(0, 12) }),
    ...anyFields(random),
  };
  const { fields } = random.chance(0.7) ? { fields: spec } : { fields: anyFields(random) };
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { name: random.pick(["a", "b"]), ...anyFields(random) },
    ...(random.chance(0.8) && { spec: fields }),
    ...anyFields(random),
  };
}

function anyFields(random: Random): Record<string, unknown> {
  if (random.chance(0.6)) return {};
  return { [random.pick(KEYS)]: anyValue(random, 3) };
}

function anyPayload(random: Random, kind: FuzzedKind): string | Uint8Array {
  const chance = random.next();
  if (chance < 0.05) return "[".repeat(random.integer(1, 2000));
  if (chance < 0.1) return Uint8Array.from({ length: 40 }, () => random.integer(0, 255));
  if (chance < 0.2) {
    const bytes = Array.from({ length: random.integer(0, 60) }, () => random.integer(0, 40));
    return Uint8Array.of(
      0x6b,
      0x38,
      0x73,
      0,
      10,
      9,
      10,
      2,
      118,
      49,
      18,
      3,
      80,
      111,
      100,
      18,
      ...bytes,
    );
  }
  const text = JSON.stringify(anyObject(random, kind));
  return random.chance(0.05) ? text.slice(0, random.integer(0, text.length)) : text;
}

function anyPath(random: Random, kind: FuzzedKind): string {
  const root = kind.apiVersion.includes("/")
    ? `/apis/${kind.apiVersion}`
    : `/api/${kind.apiVersion}`;
  if (random.chance(0.05)) {
    return random.pick(["/", "/api", "/apis", "/openapi/v3", "/version", root]);
  }
  const scope = kind.namespaced && random.chance(0.9)
    ? `/namespaces/${random.chance(0.9) ? "default" : random.pick(NAMES)}`
    : "";
  const plural = random.chance(0.97) ? kind.plural : random.pick(NAMES);
  const name = random.chance(0.7) ? `/${random.chance(0.8) ? "a" : random.pick(NAMES)}` : "";
  const subresource = name !== "" && random.chance(0.3) ? `/${random.pick(SUBRESOURCES)}` : "";
  return `${root}${scope}/${plural}${name}${subresource}`;
}

Deno.test(`${COUNT} requests put together by chance`, async () => {
  const api = startApi({ askNode: () => Promise.resolve(new Response("no", { status: 400 })) });
  const codes = new Map<number, number>();
  const kinds = [...KINDS, CUSTOM, CUSTOM, CUSTOM];
  for (let seed = SEED; seed < SEED + COUNT; seed++) {
    const random = new Random(seed);
    // Such a request may have ended the definition.
    if ((seed - SEED) % 100 === 0) await api.ask("POST", DEFINITIONS, { body: definitionOf() });
    const kind = random.pick(kinds);
    const query = random.chance(0.5) ? `?${random.pick(QUERIES)}` : "";
    const path = anyPath(random, kind) + query;
    const method = random.pick(METHODS);
    const hasBody = method !== "GET" && method !== "OPTIONS" && random.chance(0.9);
    const options = {
      ...(hasBody && { body: anyPayload(random, kind), type: random.pick(TYPES) }),
      accept: random.pick(ACCEPTS),
    };
    const response = await api.send(method, path, options);
    // A watch goes on: its beginning is enough.
    await response.body?.cancel();
    codes.set(response.status, (codes.get(response.status) ?? 0) + 1);
    const again = `again: PODLING_FUZZ=1 PODLING_SEED=${seed}`;
    const isWell = response.status < 500 || response.status === 504;
    equal(isWell, true, `${method} ${path}: ${again}\n${api.log.join("\n")}`);
    deepEqual(api.log, [], again);
  }
  equal(Object.keys(Object.prototype).length, 0);
  // Not all of them are refused at the door.
  if (COUNT >= 1000) {
    for (const code of [200, 201, 400, 404, 405, 406, 415, 422]) {
      equal(codes.has(code), true, `${code} is among ${[...codes.keys()]}`);
    }
  }
});

Deno.test(`${WATCHES} watches of one client get each change, and leave nothing`, async () => {
  const api = startApi();
  const path = "/api/v1/namespaces/default/configmaps";
  const watches = [];
  for (let i = 0; i < WATCHES; i++) {
    const { body } = await api.send("GET", `${path}?watch=1&resourceVersion=0`);
    watches.push(body!.pipeThrough(new TextDecoderStream()).getReader());
  }
  await api.ask("POST", path, { body: configMapBody("a") });
  const seen = await Promise.all(watches.map(async (it) => (await it.read()).value ?? ""));
  equal(seen.filter((it) => /^{"type":"ADDED".*}\n$/.test(it)).length, WATCHES);
  const going = async () =>
    /apiserver_longrunning_requests{[^}]*resource="configmaps"[^}]*} (\d+)/.exec(
      (await api.ask("GET", "/metrics")).body,
    )?.[1];
  equal(await going(), String(WATCHES));
  await Promise.all(watches.map((it) => it.cancel()));
  equal(await going(), "0");
  deepEqual(api.log, []);
  api.close();
});
