/**
 * Hostile manifests from a seed: made from the schema of all fields, and mutated from the texts and
 * trees of examples. Many are refused, some are valid; what they have in common is that a person
 * with ill will, or a broken program, could have written them.
 */
import { parseYaml } from "../../src/api/manifest/yaml.ts";
import { STRUCTS } from "../../src/api/types/fields.ts";
import type { Random } from "../support/random.ts";

/** How a manifest came to be. */
export const ORIGINS = ["schema", "text", "tree"] as const;

/** One of {@link ORIGINS}. */
export type Origin = typeof ORIGINS[number];

/** A manifest, and how it came to be. */
export interface HostileManifest {
  readonly origin: Origin;
  readonly bytes: Uint8Array;
}

const KINDS = [
  ["v1", "Pod"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "PersistentVolumeClaim"],
] as const;

/**
 * Names that mean something to JavaScript, paths, resource names and field paths that are broken.
 */
const KEYS = [
  ..."__proto__ constructor prototype toString valueOf hasOwnProperty length then".split(" "),
  ..."cpu memory cpu. . .. ..x a..b a[ a[0] a] [0] hugepages-2Mi example.com/x / // a/b/c".split(
    " ",
  ),
  "",
  " ",
  "k\u001b]0;x\u0007",
  "a\nb",
  "\u{1f600}",
  "x".repeat(300),
];

const STRINGS = [
  ...KEYS,
  ..."a main web Always Never OnFailure TCP HTTP Memory Default None ClusterFirst All Localhost"
    .split(
      " ",
    ),
  ..."/ /proc /sys /dev/null /etc/passwd ../.. ./x a:b $(A) $(A $$(A) ${A} ~ - -- --help".split(
    " ",
  ),
  ..."SIGTERM SIGKILL CAP_SYS_ADMIN ALL all NET_RAW kernel.shm_rmid_forced net.core.somaxconn"
    .split(
      " ",
    ),
  ..."metadata.name metadata.labels['a'] limits.cpu requests.memory status.podIP spec.nodeName"
    .split(" "),
  ..."1 -1 0.1 100m 1e3 1e999 1Gi 5Ei -0 +1 0x10 0644 08 NaN Infinity 1e-30 1ee1 9223372036854775808"
    .split(" "),
  ..."2026-01-01T00:00:00Z 0000-00-00T00:00:00Z 127.0.0.1 ::1 ::ffff:1.2.3.4 1.2.3.4.5 256.1.1.1 fe80::1%lo"
    .split(" "),
  "\ud800",
  "a\u0000b",
  "\u202e",
  "é".repeat(1000),
  "$(".repeat(500),
];

const NUMBERS = [
  ...[0, 1, 2, 5, 10, 80, 1000, 8080, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53],
  ...[-1, -0, 0.5, 1e21, 1e300, Number.MAX_SAFE_INTEGER, -(2 ** 63), 2 ** 63],
];

/** What breaks the text of a manifest, or its meaning. */
const PIECES = [
  ..."--- ... : - {} [] {{}} &a *a <<: !!binary !!str | > | ? % @ ` \" ' # \t \r \u2028 \ufeff"
    .split(
      " ",
    ),
  ..."kind: Pod apiVersion: v1 null ~ true yes 0o17 1_000 .inf .nan".split(" "),
  "\n",
  "\n---\n",
  "\n  ",
  "\u0000",
  "[".repeat(120),
  "&a [*a]",
  "x: &x {a: *x}\n",
  ...KEYS.map((key) => `${JSON.stringify(key)}: 1\n`),
];

/**
 * The manifest of this randomness.
 *
 * @param examples texts that are valid.
 */
export function makeHostileManifest(random: Random, examples: readonly string[]): HostileManifest {
  const origin = random.pick(ORIGINS);
  const encode = (text: string) => new TextEncoder().encode(text);
  switch (origin) {
    case "schema":
      return { origin, bytes: encode(JSON.stringify(makeObject(random))) };
    case "text":
      return { origin, bytes: mutateBytes(random, encode(mutateText(random, examples))) };
    case "tree":
      return { origin, bytes: encode(mutateTrees(random, random.pick(examples))) };
  }
}

type Tree = Record<string, unknown>;

function makeObject(random: Random): unknown {
  const [apiVersion, kind] = random.chance(0.8) ? KINDS[0] : random.pick(KINDS);
  const object = makeStruct(random, kind, 0);
  Object.assign(object, { apiVersion, kind });
  if (random.chance(0.05)) return { apiVersion: "v1", kind: "List", items: [object, object] };
  return object;
}

/** The fields of a struct by its line: `name:type`, `!` after a name that is required. */
function fieldsOf(struct: string): { name: string; required: boolean; type: string }[] {
  return STRUCTS[struct]!.split(" ").map((field) => {
    const [name = "", type = ""] = field.split(":");
    return { name: name.replace("!", ""), required: name.endsWith("!"), type };
  });
}

function makeStruct(random: Random, struct: string, depth: number): Tree {
  const probability = depth < 2 ? 0.35 : Math.max(0.05, 0.3 - depth * 0.03);
  const tree: Tree = {};
  for (const { name, required, type } of fieldsOf(struct)) {
    if (!random.chance(required ? 0.95 : depth > 9 ? 0 : probability)) continue;
    tree[name] = makeValue(random, type, depth + 1);
  }
  if (random.chance(0.03)) setKey(tree, random.pick(KEYS), random.pick(STRINGS));
  return tree;
}

function makeValue(random: Random, type: string, depth: number): unknown {
  if (random.chance(0.02)) return makeAny(random);
  if (type.endsWith("[]")) {
    const length = depth > 9 ? 0 : random.pick([0, 1, 1, 2, 3]);
    return Array.from({ length }, () => makeValue(random, type.slice(0, -2), depth + 1));
  }
  if (type.endsWith("{}")) {
    const map: Tree = {};
    for (let left = random.integer(0, 3); left > 0; left--) {
      setKey(map, random.pick(KEYS), makeValue(random, type.slice(0, -2), depth + 1));
    }
    return map;
  }
  switch (type) {
    case "string":
    case "time":
      return random.pick(STRINGS);
    case "quantity":
    case "intOrString":
      return random.chance(0.3) ? random.pick(NUMBERS) : random.pick(STRINGS);
    case "int32":
    case "int64":
    case "double":
      return random.pick(NUMBERS);
    case "schemaOrBool":
      return random.chance(0.3) || makeStruct(random, "JSONSchemaProps", depth);
    case "bool":
      return random.chance(0.5);
    case "base64":
      return random.pick(["", "QQ==", "Q", "QUJD", "=", ...STRINGS]);
    case "any":
      return makeAny(random);
    default:
      return makeStruct(random, type, depth);
  }
}

function makeAny(random: Random): unknown {
  return random.pick<unknown>([
    null,
    true,
    [],
    {},
    [[]],
    [null],
    random.pick(NUMBERS),
    random.pick(STRINGS),
    { [random.pick(KEYS)]: random.pick(STRINGS) },
  ]);
}

/** An own key, `__proto__` as well. */
function setKey(tree: Tree, key: string, value: unknown): void {
  Object.defineProperty(tree, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function mutateText(random: Random, examples: readonly string[]): string {
  let text = random.pick(examples);
  for (let left = random.integer(1, 4); left > 0; left--) {
    const at = random.integer(0, text.length);
    const end = Math.min(text.length, at + random.integer(0, random.pick([1, 8, 80])));
    const lines = text.split("\n");
    const line = random.integer(0, lines.length - 1);
    text = random.pick<() => string>([
      () => text.slice(0, at) + text.slice(end),
      () => text.slice(0, at) + random.pick(PIECES) + text.slice(end),
      () => text.slice(0, end) + text.slice(at),
      () => lines.toSpliced(line, 1).join("\n"),
      () => lines.toSpliced(line, 0, lines[line]!).join("\n"),
      () => lines.with(line, " ".repeat(random.integer(0, 9)) + lines[line]!.trim()).join("\n"),
      () => lines.with(line, lines[line]!.replace(/:.*/, `: ${random.pick(PIECES)}`)).join("\n"),
      () => text.slice(0, at) + random.pick(examples).slice(at),
    ])();
  }
  return text;
}

function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  if (random.chance(0.8)) return bytes;
  const changed = bytes.slice();
  for (let left = random.integer(1, 5); left > 0 && changed.length > 0; left--) {
    changed[random.integer(0, changed.length - 1)] = random.integer(0, 255);
  }
  return changed;
}

/** A place in a tree that can be changed. */
interface Spot {
  readonly holder: Tree | unknown[];
  readonly key: string | number;
}

function spotsOf(value: unknown): Spot[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Tree;
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => [{ holder, key }, ...spotsOf(holder[key])]);
}

function mutateTrees(random: Random, text: string): string {
  const objects = parseYaml(text).map(({ value }) => structuredClone(value));
  for (let left = random.integer(0, 3); left > 0; left--) {
    const spots = spotsOf(objects);
    if (spots.length > 0) mutateSpot(random, random.pick(spots), spots);
  }
  return objects.map((it) => JSON.stringify(it) ?? "null").join("\n---\n");
}

function mutateSpot(random: Random, { holder, key }: Spot, spots: readonly Spot[]): void {
  const tree = holder as Tree;
  const value = tree[key];
  const other = random.pick(spots);
  random.pick<() => void>([
    // Of the same type: what is valid often stays so.
    () => tree[key] = makeLike(random, value),
    () => tree[key] = makeLike(random, value),
    () => tree[key] = makeAny(random),
    () => {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
    },
    () => {
      if (Array.isArray(holder)) holder.push(structuredClone(value));
      else setKey(holder, random.pick(KEYS), value);
    },
    () => tree[key] = structuredClone((other.holder as Tree)[other.key]),
    () => {
      const structs = Object.keys(STRUCTS);
      tree[key] = makeStruct(random, random.pick(structs), 4);
    },
    () => {
      const struct = random.pick(["PodSpec", "Container", "Probe", "Volume", "SecurityContext"]);
      if (typeof value !== "object" || value === null) return;
      const { name, type } = random.pick(fieldsOf(struct));
      setKey(value as Tree, name, makeValue(random, type, 4));
    },
  ])();
}

function makeLike(random: Random, value: unknown): unknown {
  if (typeof value === "number") return random.pick(NUMBERS);
  if (typeof value === "string") return random.pick(STRINGS);
  if (typeof value === "boolean") return !value;
  if (Array.isArray(value)) return value.toReversed();
  return makeAny(random);
}
