/**
 * Definitions with schemas put together by chance, and objects of their kinds: whatever they are,
 * they are answered, and what is accepted is accepted again as it came back. So many as
 * `PODLING_FUZZ` says, from the seed `PODLING_SEED` on.
 */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { startApi, type TestApi } from "../support/api_server.ts";
import { DEFINITIONS } from "../support/definitions.ts";
import { Random } from "../support/random.ts";

const COUNT = Math.ceil(Number(Deno.env.get("PODLING_FUZZ") ?? 2000) / 10);
const SEED = Number(Deno.env.get("PODLING_SEED") ?? 1);
const OBJECTS = "/apis/example.com/v1/namespaces/default/things";

const NAMES = ["a", "b", "spec", "status", "metadata", "name", "__proto__", "constructor", "a-b"];
const SCALARS: readonly unknown[] = [
  ...["", "a", "1.2.3.4", "2026-01-01", "\u0000", 0, 1, -1, 1.5, 1e300, true, false, null],
];

type Fields = Record<string, unknown>;

function anyValue(random: Random, depth: number): unknown {
  if (depth === 0 || random.chance(0.4)) return random.pick(SCALARS);
  const size = random.integer(0, 3);
  if (random.chance(0.3)) return Array.from({ length: size }, () => anyValue(random, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [random.pick(NAMES), anyValue(random, depth - 1)]),
  );
}

/** A rule in CEL, which some definitions accept. */
function anyRule(random: Random): Fields {
  return {
    rule: `${anyTerm(random, 3)} ${random.pick(["==", "<", "in", "||", "&&"])} ${
      anyTerm(random, 3)
    }`,
    ...(random.chance(0.3) && { messageExpression: `string(${anyTerm(random, 2)})` }),
    ...(random.chance(0.2) && { optionalOldSelf: true }),
    ...(random.chance(0.1) &&
      { fieldPath: random.pick([".a", ".spec.b", "['a-b']", "..", "[0]"]) }),
    ...(random.chance(0.1) && { reason: "FieldValueDuplicate" }),
  };
}

function anyTerm(random: Random, depth: number): string {
  const inner = () => anyTerm(random, depth - 1);
  if (depth === 0) {
    return random.pick([
      ...["self", "oldSelf", "self.a", "self.b", "self.spec", "self.__proto__", "x", "1", "-1.5"],
      ...["'a'", "[]", "{}", "true", "null", "self.a__dash__b", "self.constructor", "r'('", "1u"],
      ...["self.", "9223372036854775807", "b'a'", "'"],
    ]);
  }
  switch (random.integer(0, 9)) {
    case 0:
      return `size(${inner()})`;
    case 1:
      return `${inner()}.${random.pick(["all", "exists", "map", "filter"])}(x, ${inner()})`;
    case 2:
      return `(${inner()} ${random.pick(["+", "-", "/", "%", "==", "<", "&&"])} ${inner()})`;
    case 3:
      return `has(${inner()}.a)`;
    case 4:
      return `${inner()}[${inner()}]`;
    case 5:
      return `${inner()}.${random.pick(["size()", "matches('a')", "?a", "orValue(1)", "sum()"])}`;
    case 6:
      return `${random.pick(["string", "int", "duration", "timestamp", "type"])}(${inner()})`;
    case 7:
      return `(${inner()} ? ${inner()} : ${inner()})`;
    case 8:
      return `cel.bind(x, ${inner()}, ${inner()})`;
    default:
      return `[${inner()}, ${inner()}]`;
  }
}

/** A schema that is right for the most part: so that some definitions are accepted. */
function anySchema(random: Random, depth: number, isWild: boolean): Fields {
  const wild = isWild && random.chance(0.15)
    ? {
      [
        random.pick([
          ...["default", "enum", "pattern", "format", "items", "anyOf", "not", "required", "$ref"],
          ...["additionalProperties", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"],
          ...["nullable", "x-kubernetes-validations", "properties", "uniqueItems", "minimum"],
        ])
      ]: anyValue(random, 3),
    }
    : random.chance(0.3)
    ? { "x-kubernetes-validations": [anyRule(random)] }
    : {};
  const kind = depth === 0 ? random.integer(0, 5) : random.integer(0, 9);
  const inner = () => anySchema(random, depth - 1, isWild);
  switch (kind) {
    case 0:
      return { type: "string", maxLength: random.integer(0, 5), ...wild };
    case 1:
      return { type: "string", format: random.pick(["ipv4", "date", "uuid", "phone"]), ...wild };
    case 2:
      return { type: "integer", minimum: 0, default: random.integer(0, 9), ...wild };
    case 3:
      return { type: "number", multipleOf: random.pick([1, 0.5, 3]), nullable: true, ...wild };
    case 4:
      return { "x-kubernetes-int-or-string": true, ...wild };
    case 5:
      return { type: "boolean", enum: [true], ...wild };
    case 6:
      return { type: "object", additionalProperties: inner(), ...wild };
    case 7:
      return {
        type: "array",
        items: {
          type: "object",
          required: ["name"],
          properties: { name: { type: "string" }, value: inner() },
        },
        "x-kubernetes-list-type": random.pick(["map", "atomic"]),
        ...(random.chance(0.9) && { "x-kubernetes-list-map-keys": ["name"] }),
        ...wild,
      };
    case 8:
      return { type: "object", "x-kubernetes-preserve-unknown-fields": true, ...wild };
    default:
      return {
        type: "object",
        properties: Object.fromEntries(
          Array.from({ length: random.integer(1, 4) }, () => [random.pick(NAMES), inner()]),
        ),
        ...(random.chance(0.3) && { oneOf: [{ required: ["a"] }, { required: ["b"] }] }),
        ...wild,
      };
  }
}

/** A value that a schema may accept. */
function fittingValue(random: Random, schema: Fields, depth = 0): unknown {
  if (random.chance(0.06) || depth > 6) return anyValue(random, 2);
  switch (schema["type"]) {
    case "string":
      return random.pick(["", "a", "1.2.3.4", "2026-01-01"]);
    case "integer":
      return random.integer(0, 9);
    case "number":
      return random.pick([0, 3, 1.5, null]);
    case "boolean":
      return true;
    case "array": {
      const items = schema["items"] as Fields;
      return Array.from({ length: random.integer(0, 3) }, (_, i) => ({
        ...fittingValue(random, items, depth + 1) as object,
        name: `n${random.chance(0.1) ? 0 : i}`,
      }));
    }
    case "object": {
      const { properties = {}, additionalProperties } = schema;
      const given = Object.entries(properties as Fields).filter(() => random.chance(0.7));
      const more = typeof additionalProperties === "object" && additionalProperties !== null
        ? [["k", fittingValue(random, additionalProperties as Fields, depth + 1)] as const]
        : random.chance(0.2)
        ? [["x", anyValue(random, 2)] as const]
        : [];
      return Object.fromEntries([
        ...given.map(([key, it]) => [key, fittingValue(random, it as Fields, depth + 1)] as const),
        ...more,
      ]);
    }
    default:
      return random.pick([1, "a"]);
  }
}

async function check(api: TestApi, seed: number, counts: Fields & Record<string, number>) {
  const random = new Random(seed);
  const schema = {
    type: "object",
    properties: { spec: { ...anySchema(random, 3, true) }, status: anySchema(random, 1, false) },
  };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [{
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        ...(random.chance(0.5) && { subresources: { status: {} } }),
        additionalPrinterColumns: [
          {
            name: "A",
            type: "string",
            jsonPath: random.pick([".spec.a", ".spec[*]", ".spec[?(@.a)]"]),
          },
        ],
      }],
    },
  };
  const again = `again: PODLING_FUZZ=10 PODLING_SEED=${seed}`;
  const ask = async (method: string, path: string, body?: unknown, more = {}) => {
    const answer = await api.ask(method, path, { ...body !== undefined && { body }, ...more });
    ok(answer.code < 500, `${method} ${path} ${answer.code}: ${again}\n${api.log.join("\n")}`);
    deepEqual(api.log, [], again);
    return answer;
  };
  const made = await ask("POST", DEFINITIONS, definition);
  if (made.code !== 201) return void counts["refused"]!++;
  counts["defined"]!++;
  await ask("GET", "/openapi/v3/apis/example.com/v1");
  for (let i = 0; i < 5; i++) {
    const spec = fittingValue(random, schema.properties.spec);
    const body = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "a" }, spec };
    const created = await ask("POST", OBJECTS, body);
    if (created.code !== 201) {
      counts["invalid"]!++;
      continue;
    }
    counts["created"]!++;
    const { body: found } = await ask("GET", `${OBJECTS}/a`);
    deepEqual(found, created.body, again);
    // Sent back as it came it is as before.
    const put = await ask("PUT", `${OBJECTS}/a`, found);
    deepEqual([put.code, put.body.metadata.resourceVersion], [
      200,
      found.metadata.resourceVersion,
    ], `${again}: ${JSON.stringify(put.body)}`);
    await ask("PATCH", `${OBJECTS}/a`, { spec: anyValue(random, 3) }, {
      type: "application/merge-patch+json",
    });
    await ask("PATCH", `${OBJECTS}/a?fieldManager=m&force=true`, body, {
      type: "application/apply-patch+yaml",
    });
    await ask("PATCH", `${OBJECTS}/a/status`, { status: anyValue(random, 3) }, {
      type: "application/merge-patch+json",
    });
    await ask("GET", OBJECTS, undefined, {
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
    });
    equal((await ask("DELETE", `${OBJECTS}/a`)).code, 200);
  }
  await ask("DELETE", `${DEFINITIONS}/things.example.com`);
  equal((await ask("GET", OBJECTS)).code, 404);
}

Deno.test(`${COUNT} definitions put together by chance, with objects`, async () => {
  const api = startApi();
  const counts = { refused: 0, defined: 0, invalid: 0, created: 0 };
  for (let seed = SEED; seed < SEED + COUNT; seed++) await check(api, seed, counts);
  equal(Object.keys(Object.prototype).length, 0);
  if (COUNT >= 100) ok(Object.values(counts).every((it) => it > 20), JSON.stringify(counts));
  api.close();
});
