import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { formatFieldError } from "../../../src/api/types/errors.ts";
import { type Manifest, parseManifest } from "../../../src/api/manifest/manifest.ts";
import type { Pod } from "../../../src/api/types/pod.ts";

const file = "pod.yaml";
const POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n";

/** Errors as `validate` prints them, without the file. */
function errorsOf(source: string | Uint8Array): string[] {
  return parseManifest(source, { file }).errors.map((error) =>
    `${error.line}:${error.column}: ${formatFieldError(error)}`
  );
}

function namesOf({ documents }: Manifest): string[] {
  return documents.map(({ object }) => `${object.kind}/${object.metadata.name}`);
}

const configMap = (name: string) =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}`;

const accepted = [
  ["nothing", "", []],
  ["comments alone", "# nothing\n---\n# nothing\n---\n", []],
  ["null", "~", []],
  ["one Pod", POD, ["Pod/web"]],
  ["several documents", `---\n${POD}---\n---\n# x\n--- # y\n${POD}`, ["Pod/web", "Pod/web"]],
  ["documents that end in dots", `${POD}...\n---\n${POD}...\n`, ["Pod/web", "Pod/web"]],
  ["JSON", configMap("a"), ["ConfigMap/a"]],
  ["JSON objects one after the other", `${configMap("a")}\n${configMap("b")} ${configMap("c")}`, [
    "ConfigMap/a",
    "ConfigMap/b",
    "ConfigMap/c",
  ]],
  ["JSON with braces in strings", configMap('a"},"data":{"k":"} {\\"}{'), ["ConfigMap/a"]],
  [
    "YAML in flow style with braces in strings",
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: '} {'}}\n# {",
    ["ConfigMap/a"],
  ],
  ["a List", `{"apiVersion":"v1","kind":"List","items":[${configMap("a")},${configMap("b")}]}`, [
    "ConfigMap/a",
    "ConfigMap/b",
  ]],
  [
    "a List of Lists",
    "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: []}\n",
    [],
  ],
  ["a List of nothing", "apiVersion: v1\nkind: List\n", []],
  [
    "a list of one kind, whose items say neither version nor kind",
    "apiVersion: v1\nkind: PodList\nitems:\n- {metadata: {name: a}, spec: {}}\n",
    ["Pod/a"],
  ],
  [
    "a list of one kind, whose items say both",
    `{"apiVersion":"v1","kind":"ConfigMapList","items":[${configMap("a")}]}`,
    [
      "ConfigMap/a",
    ],
  ],
  ["an empty list of one kind", "apiVersion: v1\nkind: PodList\nitems: []\n", []],
  ["a byte order mark", `\uFEFF${POD}`, ["Pod/web"]],
  ["Windows line ends", `---\n${POD}---\n${POD}`.replaceAll("\n", "\r\n"), ["Pod/web", "Pod/web"]],
] as const;

for (const [name, text, expected] of accepted) {
  Deno.test(`parseManifest() reads ${name}`, () => {
    const manifest = parseManifest(text, { file });
    deepEqual(manifest.errors, []);
    deepEqual(namesOf(manifest), expected);
    const bytes = parseManifest(new TextEncoder().encode(text), { file });
    deepEqual(namesOf(bytes), expected);
  });
}

const refused = [
  ["a misspelled field", `${POD}spec:\n  contianers: []\n`, [
    '5:3: spec.contianers: unknown field "spec.contianers" (did you mean "containers"?)',
  ]],
  ["a field of the wrong case", POD.replace("metadata", "Metadata"), [
    '3:1: Metadata: unknown field "Metadata" (did you mean "metadata"?)',
  ]],
  [
    "a number for a string",
    `${POD}spec:\n  containers:\n  - name: c\n    image: i\n    env:\n    - name: PORT\n      value: 8080\n`,
    [
      '10:7: spec.containers[0].env[0].value: expected string, got integer 8080 (quote it: "8080")',
    ],
  ],
  [
    "a boolean for a string, as it was written",
    `${POD}spec: {containers: [{name: on, image: i}]}`,
    [
      '4:22: spec.containers[0].name: expected string, got boolean true (quote it: "on")',
    ],
  ],
  ["a repeated field", `${POD}spec:\n  containers:\n  - name: c\n    image: i\n    name: d\n`, [
    '8:5: spec.containers[0].name: duplicate field "spec.containers[0].name"',
  ]],
  ["a misspelled kind", "apiVersion: v1\nkind: pod\n", [
    '2:1: kind: no matches for kind "pod" in version "v1" (did you mean "Pod"?)',
  ]],
  ["a kind in a hurry", "apiVersion: v1\nkind: cm\n", [
    '2:1: kind: no matches for kind "cm" in version "v1" (did you mean "ConfigMap"?)',
  ]],
  ["a wrong version", "apiVersion: v2\nkind: Pod\n", [
    '1:1: apiVersion: no matches for kind "Pod" in version "v2" (did you mean "v1"?)',
  ]],
  [
    "a template's mistakes",
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  template:
    metdata: {}
    spec:
      nodeSelectors: {}
      containers: [{name: 1}]
`,
    [
      '6:5: spec.template.metdata: unknown field "spec.template.metdata" (did you mean "metadata"?)',
      '8:7: spec.template.spec.nodeSelectors: unknown field "spec.template.spec.nodeSelectors" ' +
      '(did you mean "nodeSelector"?)',
      '9:21: spec.template.spec.containers[0].name: expected string, got integer 1 (quote it: "1")',
    ],
  ],
  ["a Compose file", "version: '3'\nservices: {web: {image: nginx}}\n", [
    "1:1: a Compose file, not a Kubernetes object; " +
    "kompose convert writes Kubernetes objects from it",
  ]],
  ["a kustomization", "# one\nresources: [pod.yaml]\n", [
    "2:1: a kustomization, not a Kubernetes object; " +
    "kubectl kustomize prints the objects that it builds",
  ]],
  ["services that are none of Compose", "services: {web: 1}\n", [
    "1:1: apiVersion: Required value",
    "1:1: kind: Required value",
  ]],
  ["a Helm template", `${POD}spec:\n  {{- if .Values.x }}\n  hostPID: true\n  {{- end }}\n`, [
    "5:5: Block collections are not allowed within flow collections (a Helm template: helm template prints its objects)",
  ]],
  ["a document without a kind", "metadata: {name: a}\n", [
    "1:1: apiVersion: Required value",
    "1:1: kind: Required value",
  ]],
  [
    "a document that is not an object",
    "hello\n---\n- a\n",
    [
      '1:1: expected object, got string "hello"',
      "2:1: expected object, got list",
    ].map((it) => it.replace("2:1", "3:1")),
  ],
  ["a List whose items are none", "apiVersion: v1\nkind: List\nitems: 1\n", [
    "3:1: items: expected list, got number",
  ]],
  [
    "a Secret's number, without repeating it",
    "apiVersion: v1\nkind: Secret\nstringData:\n  pin: 4711\n",
    [
      "4:3: stringData[pin]: expected string, got integer (quote it)",
    ],
  ],
  [
    "a Secret's value that is not base64",
    "apiVersion: v1\nkind: Secret\ndata:\n  pin: hunter2!\n",
    [
      "4:3: data[pin]: is not base64 (plain text belongs in stringData)",
    ],
  ],
] as const;

for (const [name, text, expected] of refused) {
  Deno.test(`parseManifest() refuses ${name}`, () => {
    deepEqual(errorsOf(text), expected);
  });
}

Deno.test("parseManifest() gives all errors of all documents at once, in the order of the text", () => {
  const text = `${POD}spec: {a: 1, b: 2, a: 3}\n---\nx: [\n---\n${POD}stats: {}\n`;
  const errors = errorsOf(text);
  deepEqual(errors.map((it) => it.split(":")[0]), ["4", "4", "4", "6", "11"]);
  match(errors[4]!, /unknown field "stats" \(did you mean "status"\?\)/);
});

Deno.test("parseManifest() keeps the place of each item of a List", () => {
  const { documents } = parseManifest(
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n",
    { file },
  );
  deepEqual(documents[0]!.positionOf("metadata.name"), { line: 7, column: 5 });
  deepEqual(documents[0]!.positionOf("spec.containers"), { line: 4, column: 3 });
  const located = documents[0]!.locate({ field: "kind", reason: "Invalid", message: "x" });
  deepEqual([located.line, located.column], [5, 3]);
});

Deno.test("parseManifest() follows an alias to where the value stands", () => {
  const { documents } = parseManifest(
    `${POD}spec:\n  containers:\n  - &c\n    name: a\n    image: i\n  - <<: *c\n    name: b\n`,
    { file },
  );
  const pod = documents[0]!.object as Pod;
  deepEqual(pod.spec.containers.map((it) => [it.name, it.image]), [["a", "i"], ["b", "i"]]);
  deepEqual(documents[0]!.positionOf("spec.containers[1].name"), { line: 10, column: 5 });
  deepEqual(documents[0]!.positionOf("spec.containers[1].image"), { line: 8, column: 5 });
});

const junk = [
  ["zero bytes", "\0\x01\x02", "1:1: not a text file: it holds the control character U+0000"],
  [
    "an escape further down",
    `${POD}# \x1b[31m`,
    "4:3: not a text file: it holds the control character U+001B",
  ],
  [
    "what is not UTF-8",
    new Uint8Array([0x61, 0xff, 0xfe]),
    "1:1: not a text file: it is not UTF-8",
  ],
  [
    "a document above 3 MiB",
    `${POD}---\na: ${"x".repeat(3 * 1024 * 1024)}`,
    "4:1: document of 3145735 bytes is too large: at most 3145728 bytes are read",
  ],
  [
    "a document above 3 MiB in bytes alone",
    `a: ${"é".repeat(2 * 1024 * 1024)}`,
    "1:1: document of 4194307 bytes is too large: at most 3145728 bytes are read",
  ],
  [
    "bytes above 64 MiB",
    new Uint8Array(64 * 1024 * 1024 + 1),
    "1:1: manifest of 67108865 bytes is too large: at most 67108864 bytes are read",
  ],
  [
    "text above 64 MiB",
    "#".repeat(64 * 1024 * 1024 + 1),
    "1:1: manifest of 67108865 bytes is too large: at most 67108864 bytes are read",
  ],
] as const;

for (const [name, source, expected] of junk) {
  Deno.test(`parseManifest() refuses ${name} with one error`, () => {
    deepEqual(errorsOf(source), [expected]);
  });
}

Deno.test("parseManifest() never throws, whatever it is given", () => {
  // A fixed sequence, so that a failure can be repeated.
  let seed = 42;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const pieces = [
    "a",
    ": ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    '"',
    "'",
    "\\",
    "&x ",
    "*x",
    "<<: ",
    "|\n",
    "#",
    "? ",
    "---\n",
    "!!int ",
    "%",
    "@",
    "\t",
    "1",
    "kind: Pod\n",
    "apiVersion: v1\n",
    "spec: ",
    "\r",
  ];
  for (let run = 0; run < 3000; run++) {
    const text = Array.from({ length: random(30) }, () => pieces[random(pieces.length)]).join("");
    for (const error of parseManifest(text, { file }).errors) {
      equal(Number.isInteger(error.line) && Number.isInteger(error.column), true, text);
    }
  }
});

Deno.test("parseManifest() reads a ConfigMap of 100,000 keys", () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => `  key-${index}: v\n`).join("");
  const { documents, errors } = parseManifest(
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n${keys}`,
    { file },
  );
  deepEqual(errors, []);
  equal(Object.keys((documents[0]!.object as { data?: object }).data!).length, 100_000);
});

Deno.test("parseManifest() places 20,000 errors", () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `  key-${index}: v\n`).join("");
  const { errors } = parseManifest(`${POD}spec:\n${keys}`, { file });
  equal(errors.length, 20_000);
  equal(errors.at(-1)!.line, 20_004);
});

Deno.test("parseManifest() places fields of one document after those of another", () => {
  const { documents } = parseManifest(`${POD}---\n\n${POD}`, { file });
  const lines = [0, 1, 0, 1].map((index) => documents[index]!.positionOf("metadata.name").line);
  deepEqual(lines, [3, 8, 3, 8]);
});

Deno.test("locate() finds the key of a map where Kubernetes' path ends at the map", () => {
  const text =
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    a: fine\n    b.c/d: -x\n" +
    "spec: {containers: [{name: c, image: x}]}\n";
  const [document] = parseManifest(text, { file }).documents;
  const error = {
    field: "metadata.labels",
    reason: "Invalid",
    message: "m",
    key: "b.c/d",
  } as const;
  const { key: _, ...rest } = error;
  deepEqual(document!.locate(error), { ...rest, line: 7, column: 5 });
});

Deno.test("parseManifest() finds the place of a template's labels, which a server names without metadata", () => {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata:
      labels: { app: web }
`;
  const [document] = parseManifest(text, { file: "a.yaml" }).documents;
  const error = { field: "spec.template.labels", reason: "Invalid", message: "no" } as const;
  const { field, line, column } = document!.locate(error);
  deepEqual([field, line, column], ["spec.template.labels", 7, 7]);
});
