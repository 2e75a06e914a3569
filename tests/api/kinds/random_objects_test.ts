/**
 * Random objects of every kind, most of them wrong: whatever they are, their rows answer, and what
 * is completed stays as it is when it is completed again.
 */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { planCreate } from "../../../src/api/kinds/creation.ts";
import { findKind, KINDS, warnObject } from "../../../src/api/kinds/kinds.ts";
import { loadRules } from "../../../src/api/kinds/strategy/late_rules.ts";
import { prepareUpdate } from "../../../src/api/kinds/update.ts";
import { decodeObject, elementType, fieldsOf } from "../../../src/api/manifest/decode.ts";
import { formatFieldError } from "../../../src/api/types/errors.ts";
import type { KubernetesObject } from "../../../src/api/types/kinds.ts";
import { Random } from "../../support/random.ts";

await loadRules(KINDS.map(({ kind }) => kind));

const OBJECTS = Number(Deno.env.get("PODLING_HISTORIES") ?? 600);
const FIRST = Number(Deno.env.get("PODLING_SEED") ?? 1);
const DEEPEST = 6;
const WORDS = [
  ...["", "a", "A_b", "x/y", "../..", "__proto__", "1", "0", "1Gi", "2026-01-01T00:00:00Z"],
  ...["None", "10.96.0.5", "10.96.0.1", "fd00::1", "IPv4", "IPv6", "FQDN", "RequireDualStack"],
  ...["ClusterIP", "NodePort", "ExternalName", "LoadBalancer", "ClientIP", "Local", "TCP", "http"],
  ...["kubernetes", "Recycle", "Block", "Always", "Never", "RollingUpdate", "* * * * *"],
];
const NUMBERS = [0, 1, -1, 80, 30_000, 30_001, 65_536, 2 ** 31 - 1];

/** A value of a type of the field table, now and then of another one. */
function randomValue(random: Random, type: string, depth: number): unknown {
  if (random.chance(0.03)) return random.pick([null, [], {}, "x", 5, true]);
  const count = random.integer(0, 2);
  if (type.endsWith("[]")) {
    return Array.from({ length: count }, () => randomValue(random, elementType(type), depth + 1));
  }
  if (type.endsWith("{}")) {
    return Object.fromEntries(
      Array.from({ length: count }, () => [
        random.pick(WORDS),
        randomValue(random, elementType(type), depth + 1),
      ]),
    );
  }
  const fields = fieldsOf(type);
  if (fields !== undefined) {
    if (depth > DEEPEST) return {};
    const given = [...fields].filter(() => random.chance(depth < 2 ? 0.6 : 0.2));
    return Object.fromEntries(
      given.map(([name, { type }]) => [name, randomValue(random, type, depth + 1)]),
    );
  }
  if (type === "bool") return random.chance(0.5);
  if (type === "int32" || type === "int64") return random.pick(NUMBERS);
  return type === "intOrString" ? random.pick([80, 0, "http", "10%", ""]) : random.pick(WORDS);
}

for (const row of KINDS) {
  const { kind, apiVersion, struct } = row;
  const randomObject = (random: Random): KubernetesObject => {
    const value = randomValue(random, struct, 0);
    const metadata = { name: random.pick(["a", "b", "A"]) };
    const { object } = decodeObject({ ...value as object, apiVersion, kind, metadata });
    return object!;
  };
  Deno.test(`random objects of the kind ${kind} are judged, seed ${FIRST}`, () => {
    const random = new Random(FIRST);
    const others: KubernetesObject[] = [];
    for (let i = 0; i < OBJECTS; i++) {
      const { object, errors } = planCreate(randomObject(random), others);
      ok(errors.every((it) => formatFieldError(it) !== ""));
      deepEqual(findKind(object.apiVersion, object.kind), row);
      if (errors.length === 0) deepEqual(row.applyDefaults(object), object);
      if (errors.length === 0 && others.length < 50) others.push(object);
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: "1" } };
      prepareUpdate(randomObject(random), stored as KubernetesObject);
      warnObject(object);
    }
  });
}
