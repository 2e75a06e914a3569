/** Bodies in protobuf. */
import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { concatBytes } from "../../../src/base/bytes.ts";
import { MESSAGES } from "../../../src/apiserver/request/protobuf/messages.ts";
import { decodeProtobuf } from "../../../src/apiserver/request/protobuf/protobuf.ts";
import { startApi } from "../../support/api_server.ts";

const encoder = new TextEncoder();

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Uint8Array.from(bytes);
}

type Part = string | number | boolean | Uint8Array | readonly Field[];
type Field = readonly [number: number, value: Part];

/** A message of these fields. */
function message(fields: readonly Field[]): Uint8Array {
  return concatBytes(fields.map(([number, value]) => {
    if (typeof value === "number" || typeof value === "boolean") {
      return concatBytes([varint(BigInt(number << 3)), varint(BigInt(value))]);
    }
    const bytes = typeof value === "string"
      ? encoder.encode(value)
      : value instanceof Uint8Array
      ? value
      : message(value);
    return concatBytes([varint(BigInt(number << 3 | 2)), varint(BigInt(bytes.length)), bytes]);
  }));
}

/** A body with an object. */
function body(apiVersion: string, kind: string, fields: readonly Field[]): Uint8Array {
  return concatBytes([
    Uint8Array.of(0x6b, 0x38, 0x73, 0),
    message([[1, [[1, apiVersion], [2, kind]]], [2, message(fields)], [3, ""], [4, ""]]),
  ]);
}

const metadata: Field = [1, [[1, "p"], [2, ""], [3, "n"], [7, 0], [8, []], [11, [[1, "a"], [
  2,
  "b",
]]]]];

/** What it is about, the body, the object. */
const rows: readonly [string, Uint8Array, unknown][] = [
  [
    "what is empty is left out, maps are joined",
    body("v1", "ConfigMap", [
      [1, [[1, "c"], [7, 0], [8, []]]],
      [2, [[1, "k"], [2, "v"]]],
      [2, [[1, "l"], [2, ""]]],
      [3, [[1, "b"], [2, Uint8Array.of(1, 2)]]],
    ]),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c" },
      data: { k: "v", l: "" },
      binaryData: { b: "AQI=" },
    },
  ],
  [
    "containers, ports, quantities, booleans",
    body("v1", "Pod", [metadata, [2, [
      [2, [
        [1, "c"],
        [2, "i"],
        [3, "sh"],
        [3, "-c"],
        [6, [[1, ""], [3, 80], [4, "TCP"]]],
        [8, [[1, [[1, "cpu"], [2, [[1, "100m"]]]]]]],
        [10, [[1, [[2, [[1, "/"], [2, [[1, 1], [3, "http"]]]]]]], [2, 0], [3, 5]]],
        [15, [[5, false]]],
        [16, true],
      ]],
      [3, "Never"],
      [4, 0],
    ]]]),
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "n", labels: { a: "b" } },
      spec: {
        containers: [{
          name: "c",
          image: "i",
          command: ["sh", "-c"],
          ports: [{ containerPort: 80, protocol: "TCP" }],
          resources: { limits: { cpu: "100m" } },
          livenessProbe: { httpGet: { path: "/", port: "http" }, timeoutSeconds: 5 },
          securityContext: { runAsNonRoot: false },
          stdin: true,
        }],
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 0,
      },
    },
  ],
  [
    "negative numbers, and a list of numbers in one piece",
    body("batch/v1", "Job", [[2, [
      [2, -1],
      [11, [[1, [[1, "Ignore"], [2, [[2, "In"], [3, concatBytes([varint(1n), varint(300n)])]]]]]]],
    ]]]),
    {
      apiVersion: "batch/v1",
      kind: "Job",
      spec: {
        completions: -1,
        podFailurePolicy: {
          rules: [{ action: "Ignore", onExitCodes: { operator: "In", values: [1, 300] } }],
        },
      },
    },
  ],
  [
    "a status is passed over, a time is read",
    body("v1", "Pod", [
      [1, [[1, "p"], [9, [[1, 1_000_000_000], [2, 0]]]]],
      [3, [[1, "Running"]]],
    ]),
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", deletionTimestamp: "2001-09-09T01:46:40Z" },
    },
  ],
  ["options of a delete", body("v1", "DeleteOptions", [[1, 0], [2, [[1, "u"]]], [5, "All"]]), {
    apiVersion: "v1",
    kind: "DeleteOptions",
    gracePeriodSeconds: 0,
    preconditions: { uid: "u" },
    dryRun: ["All"],
  }],
];
for (const [what, bytes, expected] of rows) {
  Deno.test(`decodeProtobuf() ${what}`, () => deepEqual(decodeProtobuf(bytes), expected));
}

const wrong: readonly [string, Uint8Array, RegExp][] = [
  ["no magic", Uint8Array.of(1, 2, 3), /does not begin with k8s/],
  ["an unknown kind", body("v1", "Nope", []), /a Nope is not read from protobuf/],
  ["a kind that every object has", body("v1", "constructor", []), /not read from protobuf/],
  [
    "a field that is not read",
    body("v1", "Pod", [[2, [[18, [[1, "x"]]]]]]),
    /field 18 of a PodSpec/,
  ],
  ["text where a message is", body("v1", "Pod", [[1, "x"]]), /not well-formed/],
  ["a number where text is", body("v1", "ConfigMap", [[1, [[1, 5]]]]), /not well-formed/],
  [
    "bytes that are not text",
    body("v1", "ConfigMap", [[1, [[1, Uint8Array.of(0xff)]]]]),
    /well-formed/,
  ],
];
for (const [what, bytes, expected] of wrong) {
  Deno.test(`decodeProtobuf() refuses ${what}`, () =>
    throws(() => decodeProtobuf(bytes), {
      name: "ApiError",
      reason: "BadRequest",
      message: expected,
    }));
}

Deno.test("a body that is cut off anywhere is refused, or shorter", () => {
  const whole = rows[1]![1];
  for (let end = 0; end < whole.length; end++) {
    try {
      decodeProtobuf(whole.subarray(0, end));
    } catch (error) {
      equal((error as Error).name, "ApiError", String(error));
    }
  }
});

Deno.test("every message that a field names is there", () => {
  const named = Object.values(MESSAGES).flatMap((it) => it.match(/(?<=:)\w+/g) ?? []);
  deepEqual(named.filter((it) => !(it in MESSAGES)), []);
});

Deno.test("the API reads protobuf", async () => {
  const api = startApi();
  const path = "/api/v1/namespaces/default/configmaps";
  const type = "application/vnd.kubernetes.protobuf";
  const object = body("v1", "ConfigMap", [[1, [[1, "c"]]], [2, [[1, "k"], [2, "v"]]]]);
  const created = await api.ask("POST", path, { body: object, type });
  deepEqual([created.code, created.body.data], [201, { k: "v" }]);
  const options = body("v1", "DeleteOptions", [[2, [[1, "other"]]]]);
  equal((await api.ask("DELETE", `${path}/c`, { body: options, type })).code, 409);
  equal((await api.ask("POST", path, { body: Uint8Array.of(1), type })).code, 400);
});
