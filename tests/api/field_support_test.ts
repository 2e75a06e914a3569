import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { decodeObject, elementType, fieldsOf } from "../../src/api/manifest/decode.ts";
import {
  emptyFieldSupport,
  fieldSupport,
  fieldSupportRows,
  ignoredFields,
  unsupportedFields,
} from "../../src/api/field_support.ts";
import { KINDS } from "../../src/api/kinds/kinds.ts";
import type { KindName } from "../../src/api/types/kinds.ts";

/**
 * Every path of a struct, branches included; lists and maps by `[]`. What is in itself is a leaf.
 */
function* pathsOf(
  struct: string,
  path = "",
  within: readonly string[] = [],
): Generator<{ path: string; leaf: boolean }> {
  for (const [name, { type }] of fieldsOf(struct)!) {
    const own = path === "" ? name : `${path}.${name}`;
    const list = type.endsWith("[]") || type.endsWith("{}");
    const element = list ? elementType(type) : type;
    const leaf = fieldsOf(element) === undefined || within.includes(element);
    yield { path: own, leaf };
    if (list) yield { path: `${own}[]`, leaf: false };
    if (!leaf) yield* pathsOf(element, list ? `${own}[]` : own, [...within, element]);
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
    const isField = (field: string) =>
      // One key of a map, such as `limits.cpu`, is a decision of its own.
      paths.has(field) || paths.has(field.replace(/\.[-\w]+$/, "[]"));
    deepEqual(fieldSupportRows(kind).map(({ field }) => field).filter((it) => !isField(it)), []);
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
  ["spec.containers[0].securityContext.runAsUser", "enforced"],
  ["spec.containers[0].securityContext.seccompProfile.type", "ignored"],
  ["spec.containers[0].resources.limits.memory", "enforced"],
  ["spec.containers[0].resources.limits.nvidia.com/gpu", "ignored"],
  ["spec.initContainers[0].resources.requests.memory", "enforced"],
  ["spec.nodeSelector[a.b/c]", "enforced"],
  ["spec.schedulerName", "emulated"],
  ["metadata.labels[app.kubernetes.io/name]", "enforced"],
  ["spec.volumes[0].nfs.server", "refused"],
  ["spec.volumes[0].persistentVolumeClaim.claimName", "enforced"],
  ["spec.volumes[0].ephemeral.volumeClaimTemplate.spec.storageClassName", "emulated"],
  ["spec.ephemeralContainers[0].name", "emulated"],
  ["spec.nonsense", undefined],
  ["", undefined],
] as const;

for (const [path, expected] of decisions) {
  Deno.test(`fieldSupport() finds ${JSON.stringify(path)} ${expected}`, () => {
    equal(fieldSupport("Pod", path)?.support, expected);
  });
}

Deno.test("fieldSupport() knows the one value of a refused field that is supported", () => {
  const path = "spec.volumeMode";
  equal(fieldSupport("PersistentVolumeClaim", path, "Filesystem")?.support, "enforced");
  equal(fieldSupport("PersistentVolumeClaim", path, "Block")?.support, "refused");
});

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
    {
      initContainers: [{}, { securityContext: { appArmorProfile: { type: "RuntimeDefault" } } }],
      containers: [{ tty: true }],
      runtimeClassName: "",
    },
    ["spec.initContainers[1].securityContext.appArmorProfile"],
  ],
  [
    {
      containers: [{
        securityContext: {
          runAsUser: 0,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
          seccompProfile: { type: "RuntimeDefault" },
        },
        lifecycle: { preStop: { sleep: { seconds: 1 } } },
      }],
      securityContext: { seLinuxOptions: {} },
    },
    [
      "spec.containers[0].securityContext.seccompProfile",
    ],
  ],
  [
    {
      containers: [{
        resources: {
          limits: { cpu: "1", memory: "1Mi", "example.com/gpu": "1" },
          requests: { cpu: "1" },
        },
      }],
      resources: { limits: { "hugepages-2Mi": "2Mi" } },
    },
    [
      "spec.containers[0].resources.limits.example.com/gpu",
      "spec.resources.limits.hugepages-2Mi",
    ],
  ],
  [{ dnsPolicy: "None", hostPID: true, dnsConfig: { nameservers: ["1.1.1.1"] } }, [
    "spec.hostPID",
  ]],
  [
    {
      volumes: [{
        name: "v",
        ephemeral: {
          volumeClaimTemplate: { spec: { selector: { matchLabels: { a: "b" } }, volumeName: "" } },
        },
      }],
    },
    ["spec.volumes[0].ephemeral.volumeClaimTemplate.spec.selector"],
  ],
] as const;

for (const [spec, expected] of ignored) {
  Deno.test(`ignoredFields() finds ${expected.join(", ") || "nothing"} in ${JSON.stringify(spec)}`, () => {
    deepEqual(ignoredFields(decodePod(spec)).map(({ field }) => field), expected);
  });
}

Deno.test("unsupportedFields() says why, once for each field", () => {
  const pod = decodePod({
    containers: [{ volumeDevices: [{ name: "d", devicePath: "/d" }] }, {
      volumeDevices: [],
    }],
    volumes: [{ name: "a", csi: { driver: "x" } }],
  });
  deepEqual(unsupportedFields(pod).map(({ field, message }) => `${field}: ${message}`), [
    "spec.containers[0].volumeDevices: Unsupported here: a block device cannot be given to a process without harm to the machine",
    "spec.volumes[0].csi: Unsupported here: needs a cluster's storage",
  ]);
});

Deno.test("ignoredFields() knows what cannot be done here: everywhere, or at one place alone", () => {
  const pod = decodePod({
    initContainers: [{ tty: false, workingDir: "/a" }],
    containers: [{ workingDir: "/b", ports: [{ hostPort: 1 }, { hostPort: 2 }] }],
    dnsPolicy: "Default",
  });
  const unsupported = [
    { field: "spec.containers[].workingDir", note: "why" },
    { field: "spec.containers[0].ports[1].hostPort", note: "because" },
    { field: "spec.dnsPolicy", note: "not used", harmless: ["Default"] },
  ];
  deepEqual(ignoredFields(pod, unsupported), [
    { field: "spec.initContainers[0].workingDir", note: "why" },
    { field: "spec.containers[0].workingDir", note: "why" },
    { field: "spec.containers[0].ports[1].hostPort", note: "because" },
  ]);
});

Deno.test("a kind that is not the Pod has decisions of its own", () => {
  const kinds: KindName[] = ["ConfigMap", "Secret", "PersistentVolumeClaim"];
  deepEqual(kinds.map((kind) => fieldSupport(kind, "spec.accessModes")?.support), [
    undefined,
    undefined,
    "emulated",
  ]);
  const spec = { accessModes: ["ReadWriteOnce"], volumeMode: "Block", volumeName: "pv" };
  const { object } = decodeObject({ apiVersion: "v1", kind: "PersistentVolumeClaim", spec });
  deepEqual(unsupportedFields(object!).map(({ field }) => field), ["spec.volumeMode"]);
  deepEqual(ignoredFields(object!).map(({ field }) => field), ["spec.volumeName"]);
});

Deno.test("unsupportedFields() says nothing more of what Kubernetes refuses", () => {
  const pod = decodePod({
    containers: [{
      name: "c",
      volumeDevices: [{ name: "a", devicePath: "/a" }],
    }],
    volumes: [{ name: "a", nfs: { server: "", path: "/" } }, { name: "b", csi: { driver: "d" } }],
  });
  const errors = [
    { field: "spec.volumes[0].nfs.server", reason: "Required", message: "Required value" },
    {
      field: "spec.containers[0].volumeDevices[0].name",
      reason: "NotFound",
      message: "Not found",
    },
  ] as const;
  deepEqual(
    unsupportedFields(pod, errors).map(({ field, reason }) => [field, reason]),
    [["spec.volumes[1].csi", "Unsupported"]],
  );
});

Deno.test("ignoredFields() R-VALID-74: an annotation asks for AppArmor as its field does", () => {
  const key = "container.apparmor.security.beta.kubernetes.io/";
  const { object } = decodeObject({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "p",
      annotations: { [`${key}c`]: "localhost/deny-write", [`${key}d`]: "unconfined", other: "x" },
    },
    spec: { containers: [{ name: "c" }, { name: "d" }] },
  });
  deepEqual(ignoredFields(object!).map(({ field }) => field), [`metadata.annotations[${key}c]`]);
});

Deno.test("fieldSupport() ends for every key that a map may have", () => {
  const odd = ["", ".", "..", "a..b", "a[", "a]", "[]", "constructor", "__proto__"];
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  for (const key of [...odd, ...ascii, ...ascii.map((it) => `cpu${it}`)]) {
    const field = `spec.containers[0].resources.limits.${key}`;
    equal(fieldSupport("Pod", field)?.support !== undefined, true, JSON.stringify(key));
  }
});

const empty = [
  ["spec.volumes[0].emptyDir", "R-VOL-2; a directory that goes with the Pod"],
  ["spec.containers[0].resources", "empty: the defaults hold"],
  ["spec.securityContext", "empty: the defaults hold"],
] as const;
for (const [field, note] of empty) {
  Deno.test(`emptyFieldSupport() of ${field}`, () => {
    deepEqual(emptyFieldSupport("Pod", field), { support: "enforced", note });
  });
}

Deno.test("ignoredFields() reports mountPropagation other than None", () => {
  const mounts = ["None", "HostToContainer", "Bidirectional"].map((mountPropagation) => (
    { name: "a", mountPath: "/a", mountPropagation }
  ));
  const fields = ignoredFields(decodePod({ containers: [{ name: "c", volumeMounts: mounts }] }));
  deepEqual(
    fields.map(({ field }) => field),
    [1, 2].map((i) => `spec.containers[0].volumeMounts[${i}].mountPropagation`),
  );
});
