/** The schema of scenario files: it accepts what the reader accepts, and refuses unknown fields. */
import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { parseYaml } from "../../src/api/manifest/yaml.ts";
import { isObject } from "../../src/base/plain_data.ts";
import type { Schema } from "../../src/scenario/format.ts";
import { scenarioSchema } from "../../src/scenario/schema.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

function typeOf(value: unknown): string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (typeof value === "number") {
    return Number.isInteger(value) ? ["integer", "number"] : ["number"];
  }
  return [typeof value];
}

/** The paths at which a value is not what a schema says: as far as ours go. */
function findWrong(schema: Schema, value: unknown, path = "$"): string[] {
  const { type, pattern, minimum, maximum, exclusiveMinimum, items, properties } = schema;
  const { additionalProperties, required, anyOf } = schema as Record<string, never>;
  const choices = schema.enum as readonly unknown[] | undefined;
  const wrong: string[] = [];
  const types = type === undefined ? undefined : [type].flat() as string[];
  if (types && !typeOf(value).some((it) => types.includes(it))) return [path];
  if (choices && !choices.includes(value)) wrong.push(path);
  if (typeof value === "string" && pattern && !new RegExp(String(pattern)).test(value)) {
    wrong.push(path);
  }
  if (typeof value === "number") {
    if (minimum !== undefined && value < Number(minimum)) wrong.push(path);
    if (maximum !== undefined && value > Number(maximum)) wrong.push(path);
    if (exclusiveMinimum !== undefined && value <= Number(exclusiveMinimum)) wrong.push(path);
  }
  if (Array.isArray(value) && items !== undefined) {
    wrong.push(...value.flatMap((it, at) => findWrong(items as Schema, it, `${path}[${at}]`)));
  }
  if (isObject(value)) {
    const known = (properties ?? {}) as Readonly<Record<string, Schema>>;
    for (const [name, it] of Object.entries(value)) {
      const own = (known[name] ?? additionalProperties) as Schema | boolean | undefined;
      if (own === false) wrong.push(`${path}.${name}`);
      else if (typeof own === "object") wrong.push(...findWrong(own, it, `${path}.${name}`));
    }
    for (const name of (required ?? []) as readonly string[]) {
      if (!(name in value)) wrong.push(`${path}.${name}`);
    }
  }
  if (anyOf !== undefined) {
    const found = (anyOf as readonly Schema[]).map((it) => findWrong(it, value, path));
    // That which comes nearest says what is wrong.
    if (found.every((it) => it.length > 0)) wrong.push(...found.at(-1)!);
  }
  if ("if" in schema) {
    const isMet = findWrong(schema.if as Schema, value, path).length === 0;
    wrong.push(...findWrong((isMet ? schema.then : schema.else) as Schema, value, path));
  }
  return wrong;
}

function findWrongIn(text: string): string[] {
  return parseYaml(text).flatMap(({ value }) => findWrong(scenarioSchema, value));
}

Deno.test("the schema accepts every scenario of the repository, with its manifest", () => {
  const files = ["tests/scenarios", "examples/checks"].flatMap((folder) =>
    [...Deno.readDirSync(ROOT + folder)].map(({ name }) => `${folder}/${name}`)
  ).filter((file) => file.endsWith(".yaml"));
  ok(files.length > 60);
  for (const file of files) deepEqual(findWrongIn(Deno.readTextFileSync(ROOT + file)), [], file);
});

const refused: readonly [text: string, ...paths: string[]][] = [
  ["about: x\nphase: Running\nrestart: 1", "$.restart"],
  ["about: x", "$.machine"],
  ["phase: Running", "$.about"],
  ["about: x\nphase: Running\nend: 5", "$.end"],
  ["about: x\nphase: Running\nend: 5 s", "$.end"],
  [
    "about: x\nphase: Running\nscript: { containers: { web: { rnus: [] } } }",
    "$.script.containers.web.rnus",
  ],
  ["about: x\nphase: Running\nscript: { deletions: [{ pood: x }] }", "$.script.deletions[0].pood"],
  ["about: x\nrestarts: { web: -1 }", "$.restarts.web"],
  ["about: x\nphase: Running\nspeed: 0", "$.speed"],
];
for (const [text, ...paths] of refused) {
  Deno.test(`the schema refuses ${JSON.stringify(text)}`, () =>
    deepEqual(findWrongIn(text), paths));
}
