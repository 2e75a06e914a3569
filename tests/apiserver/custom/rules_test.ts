/** Rules in CEL of definitions, which judge the objects that they define. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { startApi, type TestApi } from "../../support/api_server.ts";
import {
  CRON_TABS,
  cronTabOf,
  define,
  definitionOf,
  DEFINITIONS,
} from "../../support/definitions.ts";

type Fields = Readonly<Record<string, unknown>>;

const MERGE = "application/merge-patch+json";

const FIELDS = {
  min: { type: "integer" },
  max: { type: "integer" },
  ratio: { type: "number" },
  name: { type: "string" },
  image: { type: "string" },
  port: { "x-kubernetes-int-or-string": true },
  since: { type: "string", format: "date-time" },
  timeout: { type: "string", format: "duration" },
  list: { type: "array", items: { type: "integer" } },
  words: { type: "array", items: { type: "string" } },
  labels: { type: "object", additionalProperties: { type: "string" } },
  "dashed-name": { type: "string" },
  "namespace": { type: "string" },
  ports: {
    type: "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    items: {
      type: "object",
      required: ["name"],
      properties: { name: { type: "string" }, port: { type: "integer" } },
    },
  },
};

/** A schema whose `spec` has rules, and fields with others. */
function schemaWith(rules: readonly Fields[], fields: Fields = {}, more: Fields = {}): Fields {
  return {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: { ...FIELDS, ...fields },
        "x-kubernetes-validations": rules,
      },
      status: { type: "object", properties: { phase: { type: "string" } } },
    },
    ...more,
  };
}

function definitionWith(schema: Fields): Fields {
  return definitionOf({ schema, version: { subresources: { status: {} } } });
}

async function startWith(schema: Fields): Promise<TestApi> {
  const api = startApi();
  await define(api, { schema, version: { subresources: { status: {} } } });
  return api;
}

/** What a server says to an object; undefined where it takes it. */
async function judge(api: TestApi, spec: Fields, name = "a"): Promise<string | undefined> {
  const path = `${CRON_TABS}?dryRun=All`;
  const { code, body } = await api.ask("POST", path, { body: cronTabOf(name, spec) });
  return code === 201 ? undefined : body.message.replace(/^.*? is invalid: /, "");
}

const decided: readonly (readonly [rule: string, kept: Fields, broken: Fields])[] = [
  ["self.min <= self.max", { min: 1, max: 2 }, { min: 3, max: 2 }],
  ["!has(self.min) || self.min > 0", {}, { min: 0 }],
  ["self.ratio > 1", { ratio: 2 }, { ratio: 1 }],
  ["self.ratio * 2.0 == 3.0", { ratio: 1.5 }, { ratio: 2 }],
  ["self.list.all(it, it > 0) && size(self.list) < 3", { list: [1, 2] }, { list: [1, 0] }],
  ["self.list == [1, 2]", { list: [1, 2] }, { list: [2, 1] }],
  ["self.list.isSorted() && self.list.sum() == 3", { list: [1, 2] }, { list: [2, 1] }],
  ["self.list.max() - self.list.min() == 4", { list: [1, 5, 2] }, { list: [1, 2] }],
  ["self.words.exists_one(it, it == 'a')", { words: ["a"] }, { words: ["a", "a"] }],
  ["self.words.filter(it, it.startsWith('a')).size() == 1", { words: ["ab", "b"] }, { words: [] }],
  ["self.labels['a.b/c'] == 'd'", { labels: { "a.b/c": "d" } }, { labels: { "a.b/c": "e" } }],
  ["self.labels.all(key, key.size() < 3)", { labels: { ab: "" } }, { labels: { abc: "" } }],
  ["'a' in self.labels && self.labels.a == 'b'", { labels: { a: "b" } }, { labels: {} }],
  ["self.name.matches('^[a-c]+$')", { name: "abc" }, { name: "abd" }],
  ["self.name.replace('a', 'x') == 'xbc'", { name: "abc" }, { name: "bc" }],
  ["self.name.split('-')[1] == 'b'", { name: "a-b" }, { name: "a-c" }],
  ["self.name.find('[0-9]+') == '12'", { name: "a12" }, { name: "a" }],
  ["'%s is %d'.format([self.name, self.min]) == 'a is 1'", { name: "a", min: 1 }, {
    name: "a",
    min: 2,
  }],
  ["self.__namespace__ == 'a'", { "namespace": "a" }, { "namespace": "b" }],
  ["self.dashed__dash__name == 'a'", { "dashed-name": "a" }, { "dashed-name": "b" }],
  ["self.port == 80 || self.port == 'http'", { port: "http" }, { port: 81 }],
  ["type(self.port) == int ? self.port < 9 : self.port != ''", { port: 8 }, { port: "" }],
  ["self.since > timestamp('2024-01-01T00:00:00Z')", { since: "2025-01-01T00:00:00Z" }, {
    since: "2023-01-01T00:00:00Z",
  }],
  ["self.timeout < duration('1h')", { timeout: "5m" }, { timeout: "2h" }],
  ["self.ports.all(p, p.port > 0 && p.name != '')", { ports: [{ name: "a", port: 1 }] }, {
    ports: [{ name: "a", port: 0 }],
  }],
  ["self.?name.orValue('x') == 'x'", {}, { name: "a" }],
  ["cel.bind(n, self.min, n * n == 4)", { min: 2 }, { min: 3 }],
  ["isURL(self.name) && url(self.name).getHost() == 'a.b:80'", { name: "http://a.b:80/c" }, {
    name: "nothing",
  }],
  ["isIP(self.name) || isCIDR(self.name)", { name: "10.0.0.0/8" }, { name: "10" }],
  ["quantity(self.name).isLessThan(quantity('1Gi'))", { name: "500M" }, { name: "2Gi" }],
  ["!has(self.ports[0] . port) || has(self.list)", { ports: [{ name: "a" }] }, {
    ports: [{ name: "a", port: 1 }],
  }],
  ["self.name.matches('^(?i)A[[:digit:]]\\\\p{L}$')", { name: "a1\u00e4" }, { name: "a12" }],
  ["!format.dns1123Label().validate(self.name).hasValue()", { name: "a-b" }, { name: "a_b" }],
  ["sets.contains([1, 2, 3], self.list)", { list: [2, 1] }, { list: [1, 4] }],
  ["sets.equivalent(self.words, ['a', 'b'])", { words: ["b", "a", "b"] }, { words: ["a"] }],
  ["isIP(self.name) && ip(self.name).family() == 6", { name: "::1" }, { name: "127.0.0.1" }],
  ["cidr('10.0.0.0/8').containsIP(self.name)", { name: "10.1.2.3" }, { name: "11.1.2.3" }],
  ["cidr('fd00::/8').containsCIDR(self.name)", { name: "fd12:3::/64" }, { name: "fe00::/64" }],
  ["self.list.indexOf(2) == 1 && self.list.lastIndexOf(2) == 2", { list: [1, 2, 2] }, {
    list: [2, 1],
  }],
  ["self.min > 5 || true", {}, { min: true }],
];

Deno.test("rules in CEL judge what schemas cannot", async () => {
  for (const [rule, kept, broken] of decided) {
    const api = await startWith(schemaWith([{ rule }]));
    equal(await judge(api, kept), undefined, rule);
    const said = await judge(api, broken);
    if (!rule.endsWith("true")) equal(said, `spec: Invalid value: failed rule: ${rule}`, rule);
  }
});

const worded: readonly (readonly [rule: Fields, spec: Fields, said: string])[] = [
  [{ rule: "self.min == 1", message: " one only " }, { min: 2 }, "spec: Invalid value: one only"],
  [
    { rule: "self.min == 1", messageExpression: "'not ' + string(self.min)" },
    { min: 2 },
    "spec: Invalid value: not 2",
  ],
  [
    { rule: "self.min == 1", messageExpression: "self.name", message: "else" },
    { min: 2 },
    "spec: Invalid value: else",
  ],
  [
    { rule: "self.min == 1", message: "m", reason: "FieldValueForbidden", fieldPath: ".min" },
    { min: 2 },
    "spec.min: Forbidden: m",
  ],
  [
    { rule: "self.min == 1", message: "m", fieldPath: ".labels['a.b']" },
    { min: 2 },
    "spec.labels[a.b]: Invalid value: m",
  ],
  [
    { rule: "has(self.max)", message: "m", reason: "FieldValueRequired", fieldPath: ".max" },
    {},
    "spec.max: Required value: m",
  ],
  [
    { rule: "self.min == 1" },
    {},
    'spec: Invalid value: "object": no such key: min evaluating rule: self.min == 1',
  ],
  [
    { rule: "self.list[2] == 1", message: "m" },
    { list: [1] },
    'spec: Invalid value: "object": index out of bounds: 2 evaluating rule: m',
  ],
  [
    { rule: "self.port > 1" },
    { port: "a" },
    `spec: Invalid value: "object": 'no such overload': call arguments did not match a supported ` +
    "operator, function or macro signature for rule: self.port > 1",
  ],
  [
    { rule: "1 / self.min == 1" },
    { min: 0 },
    'spec: Invalid value: "object": division by zero evaluating rule: 1 / self.min == 1',
  ],
];

Deno.test("what rules say is what a real server says", async () => {
  for (const [rule, spec, said] of worded) {
    const api = await startWith(schemaWith([rule]));
    equal(await judge(api, spec), said, JSON.stringify(rule));
  }
});

Deno.test("rules judge each value where it is, and the name of a whole object", async () => {
  const rule = (text: string, message: string) => [{ rule: text, message }];
  const api = await startWith(schemaWith([], {
    min: { type: "integer", "x-kubernetes-validations": rule("self % 2 == 0", "even") },
    words: {
      type: "array",
      items: { type: "string", "x-kubernetes-validations": rule("self != 'no'", "not no") },
    },
    labels: {
      type: "object",
      additionalProperties: {
        type: "string",
        "x-kubernetes-validations": rule("self.size() < 3", "short"),
      },
    },
    image: {
      type: "string",
      "x-kubernetes-validations": rule("self.contains('i')", "has an i"),
    },
  }, { "x-kubernetes-validations": rule("self.metadata.name.startsWith('a')", "named for a") }));
  equal(await judge(api, { min: 2, words: ["a"], labels: { a: "b" } }), undefined);
  equal(
    await judge(api, { min: 3, words: ["a", "no"], labels: { "a.b": "abc" }, image: "x" }, "b"),
    '[<nil>: Invalid value: named for a, spec.image: Invalid value: "x": has an i, ' +
      'spec.min: Invalid value: 3: even, spec.words[1]: Invalid value: "no": not no, ' +
      'spec.labels[a.b]: Invalid value: "abc": short]',
  );
  equal(
    await judge(api, { min: "x" }),
    '[spec.min: Invalid value: "string": spec.min in body must be of type integer: "string", ' +
      "<nil>: Invalid value: null: some validation rules were not checked because the object " +
      "was invalid; correct the existing errors to complete validation]",
  );
});

Deno.test("rules compare an object with what it was, where that is known", async () => {
  const api = await startWith(schemaWith([
    { rule: "self.min >= oldSelf.min", message: "never less" },
    {
      rule: "oldSelf.hasValue() || self.name == 'new'",
      message: "named new",
      optionalOldSelf: true,
    },
    { rule: "self.max < 5", message: "below 5" },
  ], {
    ports: {
      ...FIELDS.ports,
      items: {
        ...FIELDS.ports.items,
        "x-kubernetes-validations": [{ rule: "self.port == oldSelf.port", message: "fixed" }],
      },
    },
  }));
  const first = { min: 1, max: 1, name: "new", ports: [{ name: "a", port: 1 }] };
  equal(await judge(api, { ...first, name: "old" }), "spec: Invalid value: named new");
  const { code } = await api.ask("POST", CRON_TABS, { body: cronTabOf("a", first) });
  equal(code, 201);
  const change = async (spec: Fields) => {
    const body = { spec };
    const answer = await api.ask("PATCH", `${CRON_TABS}/a`, { body, type: MERGE });
    return answer.code === 200 ? undefined : answer.body.message.replace(/^.*? is invalid: /, "");
  };
  equal(await change({ min: 0 }), "spec: Invalid value: never less");
  equal(await change({ min: 2, name: "old" }), undefined);
  equal(await change({ max: 7 }), "spec: Invalid value: below 5");
  equal(
    await change({ ports: [{ name: "b", port: 5 }, { name: "a", port: 2 }] }),
    "spec.ports[1]: Invalid value: fixed",
  );
  equal(await change({ ports: [{ name: "b", port: 5 }, { name: "a", port: 1 }] }), undefined);
});

Deno.test("what a new rule forbids may stay as it is", async () => {
  const api = await startWith(schemaWith([]));
  await api.ask("POST", CRON_TABS, { body: cronTabOf("a", { min: 9 }) });
  const path = `${DEFINITIONS}/crontabs.stable.example.com`;
  const { body: present } = await api.ask("GET", path);
  const version = present.spec.versions[0];
  version.schema.openAPIV3Schema = schemaWith([{ rule: "self.min < 5", message: "below 5" }]);
  equal((await api.ask("PUT", path, { body: present })).code, 200);
  const patch = (part: string, body: Fields) =>
    api.ask("PATCH", `${CRON_TABS}/a${part}`, { body, type: MERGE });
  equal((await patch("", { metadata: { labels: { a: "b" } } })).code, 200);
  equal((await patch("/status", { status: { phase: "Ready" } })).code, 200);
  match((await patch("", { spec: { min: 8 } })).body.message, /spec: Invalid value: below 5$/);
});

const SPEC = "spec.versions[0].schema.openAPIV3Schema.properties[spec]";

const wrong: readonly (readonly [rule: Fields, said: string])[] = [
  [
    { rule: "self.nope == 1" },
    `.rule: Invalid value: {"Rule":"self.nope == 1","Message":"","MessageExpression":"",` +
    `"Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: ` +
    "<input>:1:5: undefined field 'nope'\n | self.nope == 1\n | ....^",
  ],
  [{ rule: "self.min ==" }, "compilation failed: ERROR: <input>:1:12: Syntax error: "],
  [{ rule: "other == 1" }, "undeclared reference to 'other' (in container '')"],
  [{ rule: "self.ports.all(p, p.nope == 1)" }, "undefined field 'nope'"],
  [{ rule: "self.min" }, "cel expression must evaluate to a bool"],
  [{ rule: "1 + 1" }, "cel expression must evaluate to a bool"],
  [
    { rule: "true", messageExpression: "self.min" },
    "messageExpression must evaluate to a string",
  ],
  [{ rule: "true", messageExpression: "'" }, "messageExpression compilation failed: "],
  [
    { rule: "true", optionalOldSelf: true },
    ".optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule",
  ],
  [
    { rule: "true", fieldPath: ".none" },
    '.fieldPath: Invalid value: ".none": must be a valid path',
  ],
];

Deno.test("a rule that cannot be evaluated is refused with its definition", async () => {
  for (const [rule, said] of wrong) {
    const api = startApi();
    const body = definitionWith(schemaWith([rule]));
    const answer = await api.ask("POST", DEFINITIONS, { body });
    equal(answer.code, 422, JSON.stringify(rule));
    const { message }: { readonly message: string } = answer.body;
    equal(message.includes(`${SPEC}.x-kubernetes-validations[0]`), true, message);
    equal(message.includes(said), true, message);
  }
});

Deno.test("what was is not known of the items of a list without keys", async () => {
  const items = { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf" }] };
  const body = definitionWith(schemaWith([], { words: { type: "array", items } }));
  const answer = await startApi().ask("POST", DEFINITIONS, { body });
  match(
    answer.body.message,
    /oldSelf cannot be used on the uncorrelatable portion of the schema within .*\[words\]$/,
  );
});

Deno.test("a rule with a function that is not known here is not enforced, and a warning says so", async () => {
  const api = startApi();
  const body = definitionOf({
    schema: schemaWith([{ rule: "authorizer.path('/').check('get')" }]),
  });
  const answer = await api.ask("POST", DEFINITIONS, { body });
  equal(answer.code, 422);
  const rules = [
    { rule: "semver(self.name).major() > 1" },
    { rule: "math.greatest(self.min, 1) > 5" },
    { rule: "self.labels.all(key, value, value == '')" },
    { rule: "self.name.matches('(?=a)')" },
  ];
  const known = definitionWith(schemaWith(rules));
  const taken = await api.ask("POST", DEFINITIONS, { body: known });
  equal(taken.code, 201);
  deepEqual(
    taken.warnings.map((it) => it.replaceAll("\\", "")),
    [
      "found no matching overload for 'semver(dyn)'",
      '"math" is not known here',
      '"key" is not known here',
      '"(?=a)" is not a pattern of RE2',
    ].map((why, i) => `${SPEC}.x-kubernetes-validations[${i}].rule is not enforced: ${why}`),
  );
  equal(await judge(api, { name: "0.1" }), undefined);
});

Deno.test("rules that would take too long are not run", async () => {
  const list = "self.list.all(a, self.list.all(b, self.list.all(c, a + b + c >= 0)))";
  const api = await startWith(schemaWith([{ rule: list, message: "m" }]));
  equal(await judge(api, { list: Array(20).fill(1) }), undefined);
  equal(
    await judge(api, { list: Array(2000).fill(1) }),
    'spec: Invalid value: "object": validation failed due to running out of cost budget, no ' +
      "further validation rules will be run",
  );
});

Deno.test("rules that are too deep are refused with the definition", async () => {
  const api = startApi();
  const deep = ["!".repeat(5000) + "true", Array(20_000).fill("self.min == 1").join(" || ")];
  for (const rule of deep) {
    const body = definitionWith(schemaWith([{ rule }]));
    const answer = await api.ask("POST", DEFINITIONS, { body });
    equal(answer.code, 422);
    match(answer.body.message, /compilation failed: expression recursion limit exceeded: 1000/);
  }
  deepEqual(api.log, []);
});

Deno.test("a rule that blows up a text is ended early", async () => {
  const rule = `self.name${".replace('x', 'xxxxxxxx')".repeat(25)} == ''`;
  const api = await startWith(schemaWith([{ rule, message: "m" }]));
  match(
    await judge(api, { name: "x" }) ?? "",
    /a text of 16777216|a text of 134217728 letters is too long/,
  );
});
