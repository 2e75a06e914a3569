import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { decodeObject } from "../../../src/api/manifest/decode.ts";
import { formatFieldError } from "../../../src/api/types/errors.ts";
import type { Pod } from "../../../src/api/types/pod.ts";

const meta = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } };

function decodePod(spec: unknown) {
  const { object, errors } = decodeObject({ ...meta, spec });
  return { pod: object as Pod | undefined, errors: errors.map(formatFieldError) };
}

Deno.test("decodeObject() gives Go's zero value to what is missing and has no default", () => {
  deepEqual(decodeObject({ apiVersion: "v1", kind: "Pod" }).object, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "" },
    spec: { containers: [] },
  });
  const { pod } = decodePod({
    containers: [{
      ports: [{}],
      livenessProbe: { httpGet: {} },
      env: [{ valueFrom: { fieldRef: {} } }],
    }],
  });
  deepEqual(pod!.spec.containers, [{
    name: "",
    ports: [{ containerPort: 0 }],
    livenessProbe: { httpGet: { port: 0 } },
    env: [{ name: "", valueFrom: { fieldRef: { fieldPath: "" } } }],
  }]);
});

Deno.test("decodeObject() leaves an absent selector absent, which is not an empty one", () => {
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } };
  for (const spec of [{}, { spec: {} }, { spec: { selector: null } }]) {
    const { object, errors } = decodeObject({ ...deployment, ...spec });
    deepEqual(errors, []);
    equal("selector" in (object as { spec: object }).spec, false);
  }
});

Deno.test("decodeObject() takes null for absent, in lists and maps for the zero value", () => {
  const { pod, errors } = decodePod({
    hostname: null,
    containers: [{ name: "c", args: ["a", null], env: null }, null],
    nodeSelector: { a: null },
  });
  deepEqual(errors, []);
  deepEqual(pod!.spec, {
    containers: [{ name: "c", args: ["a", ""] }, { name: "" }],
    nodeSelector: { a: "" },
  });
  deepEqual(decodeObject({ ...meta, metadata: { name: "a", creationTimestamp: null } }).errors, []);
});

/** A spec, and what it decodes to. */
const accepted = [
  [{ activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 5 }],
  [{ activeDeadlineSeconds: 5.0 }, { activeDeadlineSeconds: 5 }],
  [{ priority: -2147483648 }, { priority: -2147483648 }],
  [{ activeDeadlineSeconds: 2147483648 }, { activeDeadlineSeconds: 2147483648 }],
  [{ overhead: { cpu: 0.5, memory: "1024Mi" } }, { overhead: { cpu: "500m", memory: "1Gi" } }],
  [{ overhead: { cpu: 2, memory: 1e20 } }, {
    overhead: { cpu: "2", memory: "9223372036854775807" },
  }],
] as const;

for (const [spec, expected] of accepted) {
  Deno.test(`decodeObject() takes ${JSON.stringify(spec)}`, () => {
    const { pod, errors } = decodePod(spec);
    deepEqual(errors, []);
    deepEqual(pod!.spec, { ...expected, containers: [] });
  });
}

/** A spec, and its errors without `spec.`. */
const refused = [
  [{ containers: {} }, "containers: expected list, got object"],
  [{ containers: "x" }, 'containers: expected list, got string "x"'],
  [{ containers: [1] }, "containers[0]: expected object, got integer 1"],
  [{ containers: [[]] }, "containers[0]: expected object, got list"],
  [{ containers: [{ args: "-c" }] }, 'containers[0].args: expected list, got string "-c"'],
  [
    { containers: [{ args: [1.5] }] },
    'containers[0].args[0]: expected string, got number 1.5 (quote it: "1.5")',
  ],
  [{ nodeSelector: ["a"] }, "nodeSelector: expected object, got list"],
  [
    { nodeSelector: { "a.b/c": true } },
    'nodeSelector[a.b/c]: expected string, got boolean true (quote it: "true")',
  ],
  [{ hostname: {} }, "hostname: expected string, got object"],
  [{ hostNetwork: "true" }, 'hostNetwork: expected boolean, got string "true" (remove the quotes)'],
  [{ hostNetwork: "x" }, 'hostNetwork: expected boolean, got string "x"'],
  [{ hostNetwork: 1 }, "hostNetwork: expected boolean, got integer 1"],
  [{ priority: "5" }, 'priority: expected integer, got string "5" (remove the quotes)'],
  [{ priority: "x" }, 'priority: expected integer, got string "x"'],
  [{ priority: 1.5 }, "priority: expected integer, got number 1.5"],
  [{ priority: Infinity }, "priority: expected integer, got number Infinity"],
  [
    { priority: 2147483648 },
    "priority: integer 2147483648 is out of range: must be between -2^31 and 2^31-1",
  ],
  [
    { activeDeadlineSeconds: 2 ** 63 },
    "activeDeadlineSeconds: integer 9223372036854776000 is out of range: must be between -2^63 and 2^63-1",
  ],
  [{ overhead: { cpu: true } }, "overhead[cpu]: expected quantity, got boolean true"],
  [
    { overhead: { cpu: "x" } },
    'overhead[cpu]: Invalid value: "x": quantities must match the regular expression ' +
    "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    { containers: [{ livenessProbe: { httpGet: { port: true } } }] },
    "containers[0].livenessProbe.httpGet.port: expected integer or string, got boolean true",
  ],
  [{ containers: [{ foo: 1 }] }, 'containers[0].foo: unknown field "spec.containers[0].foo"'],
  [
    { volumes: [{ configmap: {} }] },
    'volumes[0].configmap: unknown field "spec.volumes[0].configmap" (did you mean "configMap"?)',
  ],
  [{ constructor: 1 }, 'constructor: unknown field "spec.constructor"'],
] as const;

for (const [spec, expected] of refused) {
  Deno.test(`decodeObject() refuses ${JSON.stringify(spec)}`, () => {
    deepEqual(decodePod(spec).errors, [`spec.${expected}`]);
  });
}

Deno.test("decodeObject() keeps an object without what is of a wrong type", () => {
  equal(decodePod({ foo: 1 }).pod!.spec.containers.length, 0);
  const value = {
    ...meta,
    spec: { foo: 1, priority: "x", containers: [1, { name: [], args: [2] }] },
  };
  const { object, undecoded } = decodeObject(value);
  deepEqual((object as Pod).spec, { containers: [{ name: "" }, { name: "", args: [""] }] });
  deepEqual(undecoded, [
    "spec.priority",
    "spec.containers[0]",
    "spec.containers[1].name",
    "spec.containers[1].args[0]",
  ]);
});

const times = [
  ["2026-01-31T12:00:00Z", true],
  ["2026-01-31T12:00:00.123456+02:00", true],
  ["2026-01-31", false],
  ["2026-13-31T12:00:00Z", false],
  ["now", false],
] as const;

for (const [text, valid] of times) {
  Deno.test(`decodeObject() ${valid ? "takes" : "refuses"} the time ${text}`, () => {
    const { errors } = decodeObject({ ...meta, metadata: { name: "a", creationTimestamp: text } });
    equal(errors.length === 0, valid);
  });
}

const written = [
  ["creationTimestamp", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"],
  ["creationTimestamp", "2026-01-31T12:00:00.999Z", "2026-01-31T12:00:00Z"],
  ["creationTimestamp", "2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"],
  ["renewTime", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z"],
  ["renewTime", "2026-01-31T12:00:00.5+02:00", "2026-01-31T10:00:00.500000Z"],
  ["renewTime", "2026-01-31T12:00:00.1234567Z", "2026-01-31T12:00:00.123456Z"],
] as const;

for (const [field, text, expected] of written) {
  Deno.test(`decodeObject() writes ${field} ${text} as Kubernetes does`, () => {
    const { object } = decodeObject({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "a", ...field === "creationTimestamp" && { [field]: text } },
      spec: field === "renewTime" ? { [field]: text } : {},
    });
    equal(object?.kind === "Lease" && { ...object.metadata, ...object.spec }[field], expected);
  });
}

const secrets = [
  ["aGVsbG8=", "aGVsbG8="],
  ["aGVs\nbG8=\n", "aGVsbG8="],
  ["", ""],
  ["aGVsbG8", undefined],
  ["aGVs=bG8", undefined],
  ["hello world!", undefined],
] as const;

for (const [text, expected] of secrets) {
  Deno.test(`decodeObject() reads a Secret's ${JSON.stringify(text)} as ${expected}`, () => {
    const { object, errors, undecoded } = decodeObject({
      apiVersion: "v1",
      kind: "Secret",
      data: { k: text },
    });
    equal((object as { data?: Record<string, string> } | undefined)?.data?.k, expected ?? "");
    deepEqual(undecoded, expected === undefined ? ["data[k]"] : []);
    equal(errors.some((it) => it.message.includes(text) && text !== ""), false);
  });
}
