import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { decodeObject, elementType, fieldsOf } from "../../src/api/decode.ts";
import {
  fieldSupport,
  fieldSupportRows,
  ignoredFields,
  refusedFields,
} from "../../src/api/field_support.ts";
import { type KindName, KINDS } from "../../src/api/kinds.ts";

/** Every path of a struct, branches included; lists and maps by `[]`. */
function* pathsOf(struct: string, path = ""): Generator<{ path: string; leaf: boolean }> {
  for (const [name, { type }] of fieldsOf(struct)!) {
    const own = path === "" ? name : `${path}.${name}`;
    const list = type.endsWith("[]") || type.endsWith("{}");
    const element = list ? elementType(type) : type;
    const leaf = fieldsOf(element) === undefined;
    yield { path: own, leaf };
    if (list) yield { path: `${own}[]`, leaf: false };
    if (!leaf) yield* pathsOf(element, list ? `${own}[]` : own);
  }
}

for (const { kind } of KINDS) {
  Deno.test(`every field of a ${kind} has its decision`, () => {
    const undecided = [...pathsOf(kind)].filter(({ path, leaf }) =>
      leaf && fieldSupport(kind, path) === undefined
    );
    deepEqual(undecided.map(({ path }) => path), []);
  });

  Deno.test(`every decision about a ${kind} is about a field`, () => {
    const paths = new Set([...pathsOf(kind)].map(({ path }) => path));
    deepEqual(fieldSupportRows(kind).map(({ field }) => field).filter((it) => !paths.has(it)), []);
    for (const { note } of fieldSupportRows(kind)) equal(/^\S.*[^.\s]$/.test(note), true, note);
  });
}

const decisions = [
  ["spec.containers[0].command", "enforced"],
  ["spec.containers[].command[3]", "enforced"],
  ["spec.initContainers[2].restartPolicyRules[0].exitCodes.values", "enforced"],
  ["spec.containers[0].ports[0].containerPort", "emulated"],
  ["spec.containers[0].livenessProbe.exec.command", "enforced"],
  ["spec.initContainers[0].livenessProbe", "enforced"],
  ["spec.containers[0].securityContext.runAsUser", "ignored"],
  ["spec.containers[0].securityContext.readOnlyRootFilesystem", "enforced"],
  ["spec.nodeSelector[a.b/c]", "emulated"],
  ["metadata.labels[app.kubernetes.io/name]", "enforced"],
  ["spec.volumes[0].nfs.server", "refused"],
  ["spec.volumes[0].persistentVolumeClaim", "refused"],
  ["spec.ephemeralContainers[0].name", "refused"],
  ["spec.nonsense", undefined],
  ["", undefined],
] as const;

for (const [path, expected] of decisions) {
  Deno.test(`fieldSupport() finds ${JSON.stringify(path)} ${expected}`, () => {
    equal(fieldSupport("Pod", path)?.support, expected);
  });
}

function decodePod(spec: Record<string, unknown>) {
  const { object, errors } = decodeObject({ apiVersion: "v1", kind: "Pod", spec });
  deepEqual(errors, []);
  return object!;
}

/** A spec, and which of its fields are ignored. */
const ignored = [
  [{ containers: [{ name: "c", image: "i", command: ["true"] }] }, []],
  [
    { containers: [{ livenessProbe: { exec: { command: ["true"] }, periodSeconds: 1 } }] },
    [],
  ],
  [
    { initContainers: [{}, { tty: true }], containers: [{ tty: false }] },
    ["spec.initContainers[1].tty"],
  ],
  [
    {
      containers: [{
        securityContext: {
          runAsUser: 0,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        lifecycle: { preStop: { sleep: { seconds: 1 } } },
      }],
      securityContext: {},
    },
    [
      "spec.containers[0].securityContext.runAsUser",
      "spec.containers[0].securityContext.capabilities",
    ],
  ],
  [
    { containers: [{ resources: { limits: { cpu: "1" }, requests: { cpu: "1" } } }] },
    ["spec.containers[0].resources.limits"],
  ],
  [
    { containers: [{ securityContext: { allowPrivilegeEscalation: true, privileged: false } }] },
    [],
  ],
  [
    {
      containers: [{ securityContext: { allowPrivilegeEscalation: false, procMount: "Unmasked" } }],
    },
    [
      "spec.containers[0].securityContext.allowPrivilegeEscalation",
      "spec.containers[0].securityContext.procMount",
    ],
  ],
  [{ dnsPolicy: "ClusterFirst", hostPID: false, securityContext: { runAsNonRoot: false } }, []],
  [
    { dnsPolicy: "None", hostPID: true, dnsConfig: { nameservers: ["1.1.1.1"] } },
    [
      "spec.dnsPolicy",
      "spec.hostPID",
      "spec.dnsConfig",
    ],
  ],
  [{ volumes: [{ name: "v", emptyDir: { sizeLimit: "1Mi" } }] }, [
    "spec.volumes[0].emptyDir.sizeLimit",
  ]],
] as const;

for (const [spec, expected] of ignored) {
  Deno.test(`ignoredFields() finds ${expected.join(", ") || "nothing"} in ${JSON.stringify(spec)}`, () => {
    deepEqual(ignoredFields(decodePod(spec)).map(({ field }) => field), expected);
  });
}

Deno.test("refusedFields() says why, once for each field", () => {
  const pod = decodePod({
    containers: [{ volumeDevices: [{ name: "d", devicePath: "/d" }] }, { volumeDevices: [] }],
    volumes: [{ name: "a", csi: { driver: "x" } }, {
      name: "b",
      persistentVolumeClaim: { claimName: "c" },
    }],
    ephemeralContainers: [{ name: "e" }],
  });
  deepEqual(refusedFields(pod).map(({ field, message }) => `${field}: ${message}`), [
    "spec.containers[0].volumeDevices: Forbidden: a block device cannot be given to a process without harm to the machine",
    "spec.volumes[0].csi: Forbidden: needs a cluster's storage",
    "spec.volumes[1].persistentVolumeClaim: Forbidden: persistent volumes are not supported yet",
    "spec.ephemeralContainers: Forbidden: cannot be set on create",
  ]);
});

Deno.test("a kind that is not the Pod has decisions of its own", () => {
  const kinds: KindName[] = ["ConfigMap", "Secret", "PersistentVolumeClaim"];
  deepEqual(kinds.map((kind) => fieldSupport(kind, "spec.resources")?.support), [
    undefined,
    undefined,
    "ignored",
  ]);
});
