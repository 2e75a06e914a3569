import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { decodeObject } from "../../src/api/manifest/decode.ts";
import { defaultPod } from "../../src/api/defaults.ts";
import type { Pod } from "../../src/api/types/pod.ts";

type Fields = Record<string, unknown>;
type Row = readonly [rule: string, what: string, spec: Fields, path: string, value: unknown];

const c = "spec.containers.0";
const HTTP = { port: 80, path: "/", scheme: "HTTP" };

const rows: readonly Row[] = [
  ["R-DEFAULT-1", "restartPolicy", {}, "spec.restartPolicy", "Always"],
  [
    "R-DEFAULT-1",
    "a given restartPolicy",
    { restartPolicy: "Never" },
    "spec.restartPolicy",
    "Never",
  ],
  ["R-DEFAULT-2", "the grace period", {}, "spec.terminationGracePeriodSeconds", 30],
  [
    "R-DEFAULT-2",
    "no grace at all",
    { terminationGracePeriodSeconds: 0 },
    "spec.terminationGracePeriodSeconds",
    0,
  ],
  [
    "R-DEFAULT-2",
    "a negative grace period",
    { terminationGracePeriodSeconds: -5 },
    "spec.terminationGracePeriodSeconds",
    1,
  ],
  ["R-DEFAULT-3", "dnsPolicy", {}, "spec.dnsPolicy", "ClusterFirst"],
  ["R-DEFAULT-3", "schedulerName", {}, "spec.schedulerName", "default-scheduler"],
  ["R-DEFAULT-3", "enableServiceLinks", {}, "spec.enableServiceLinks", true],
  [
    "R-DEFAULT-3",
    "enableServiceLinks off",
    { enableServiceLinks: false },
    "spec.enableServiceLinks",
    false,
  ],
  ["R-DEFAULT-3", "securityContext", {}, "spec.securityContext", {}],
  ["R-DEFAULT-3", "the service account", {}, "spec.serviceAccountName", "default"],
  [
    "R-DEFAULT-3",
    "the account's old name",
    { serviceAccount: "a" },
    "spec.serviceAccountName",
    "a",
  ],
  ["R-DEFAULT-4", "the namespace", {}, "metadata.namespace", "default"],
  [
    "R-DEFAULT-6",
    "terminationMessagePath",
    {},
    `${c}.terminationMessagePath`,
    "/dev/termination-log",
  ],
  ["R-DEFAULT-6", "terminationMessagePolicy", {}, `${c}.terminationMessagePolicy`, "File"],
  ["R-DEFAULT-7", "a port's protocol", main({ ports: [{ containerPort: 1 }] }), `${c}.ports.0`, {
    containerPort: 1,
    protocol: "TCP",
  }],
  [
    "R-DEFAULT-8",
    "a host port on the host's network",
    {
      ...main({ ports: [{ containerPort: 1 }, { containerPort: 2, hostPort: 3 }] }),
      hostNetwork: true,
    },
    `${c}.ports`,
    [
      { containerPort: 1, protocol: "TCP", hostPort: 1 },
      { containerPort: 2, hostPort: 3, protocol: "TCP" },
    ],
  ],
  [
    "R-DEFAULT-9",
    "requests",
    main({ resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } } }),
    `${c}.resources.requests`,
    { cpu: "500m", memory: "1Gi" },
  ],
  [
    "R-DEFAULT-9",
    "requests alone",
    main({ resources: { requests: { cpu: "1" } } }),
    `${c}.resources`,
    { requests: { cpu: "1" } },
  ],
  [
    "R-DEFAULT-9",
    "the Pod's requests: what the containers ask for together, else the limit",
    {
      resources: { limits: { cpu: "4", memory: "1Gi" } },
      containers: [
        { name: "a", image: "i", resources: { requests: { cpu: "500m" } } },
        { name: "b", image: "i", resources: { requests: { cpu: "250m" } } },
      ],
      initContainers: [
        { name: "d", image: "i", resources: { requests: { cpu: "700m" } } },
        {
          name: "e",
          image: "i",
          restartPolicy: "Always",
          resources: { requests: { cpu: "100m" } },
        },
      ],
    },
    "spec.resources.requests",
    { cpu: "850m", memory: "1Gi" },
  ],
  [
    "R-DEFAULT-9",
    "the Pod's requests: an init container may need the most",
    {
      resources: { limits: { cpu: "4" } },
      containers: [{ name: "a", image: "i", resources: { requests: { cpu: "500m" } } }],
      initContainers: [{ name: "d", image: "i", resources: { requests: { cpu: "2" } } }],
    },
    "spec.resources.requests",
    { cpu: "2" },
  ],
  [
    "R-DEFAULT-10",
    "a probe's numbers",
    main({ livenessProbe: { exec: { command: ["a"] }, periodSeconds: 0 } }),
    `${c}.livenessProbe`,
    {
      exec: { command: ["a"] },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
  ],
  [
    "R-DEFAULT-10",
    "a gRPC probe's service",
    main({ startupProbe: { grpc: { port: 1 } } }),
    `${c}.startupProbe.grpc`,
    { port: 1, service: "" },
  ],
  [
    "R-DEFAULT-11",
    "httpGet of a probe",
    main({ readinessProbe: { httpGet: { port: 80 } } }),
    `${c}.readinessProbe.httpGet`,
    HTTP,
  ],
  [
    "R-DEFAULT-11",
    "httpGet of hooks",
    main({
      lifecycle: { preStop: { httpGet: { port: 80 } }, postStart: { httpGet: { port: 80 } } },
    }),
    `${c}.lifecycle`,
    { preStop: { httpGet: HTTP }, postStart: { httpGet: HTTP } },
  ],
  ["R-DEFAULT-12", "a volume", { volumes: [{ name: "v" }] }, "spec.volumes.0", {
    name: "v",
    emptyDir: {},
  }],
  ...["configMap", "secret", "downwardAPI", "projected"].map((source): Row => [
    "R-DEFAULT-13",
    `the mode of ${source}`,
    { volumes: [{ name: "v", [source]: {} }] },
    `spec.volumes.0.${source}.defaultMode`,
    0o644,
  ]),
  [
    "R-DEFAULT-13",
    "a given mode",
    { volumes: [{ name: "v", secret: { defaultMode: 0 } }] },
    "spec.volumes.0.secret.defaultMode",
    0,
  ],
  [
    "R-DEFAULT-14",
    "a hostPath's type",
    { volumes: [{ name: "v", hostPath: { path: "/x" } }] },
    "spec.volumes.0.hostPath",
    { path: "/x", type: "" },
  ],
  [
    "R-DEFAULT-15",
    "a variable's fieldRef",
    main({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
    `${c}.env.0.valueFrom.fieldRef.apiVersion`,
    "v1",
  ],
  [
    "R-DEFAULT-15",
    "a volume's fieldRef",
    {
      volumes: [{
        name: "v",
        downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "metadata.name" } }] },
      }],
    },
    "spec.volumes.0.downwardAPI.items.0.fieldRef.apiVersion",
    "v1",
  ],
  [
    "R-DEFAULT-15",
    "a projected fieldRef",
    {
      volumes: [{
        name: "v",
        projected: {
          sources: [{
            downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "metadata.name" } }] },
          }],
        },
      }],
    },
    "spec.volumes.0.projected.sources.0.downwardAPI.items.0.fieldRef.apiVersion",
    "v1",
  ],
  ["R-DEFAULT-16", "the status of a new Pod", {}, "status", {
    phase: "Pending",
    qosClass: "BestEffort",
  }],
  [
    "R-DEFAULT-16",
    "the class counts defaulted requests",
    main({ resources: { limits: { cpu: "1", memory: "1Gi" } } }),
    "status.qosClass",
    "Guaranteed",
  ],
  ["R-DEFAULT-17", "a container's own restartPolicy", {}, `${c}.restartPolicy`, undefined],
  ["R-DEFAULT-17", "activeDeadlineSeconds", {}, "spec.activeDeadlineSeconds", undefined],
  [
    "R-DEFAULT-6",
    "init containers too",
    { initContainers: [{ name: "i", image: "i" }] },
    "spec.initContainers.0.terminationMessagePolicy",
    "File",
  ],
  [
    "R-DEFAULT-18",
    "without limits at Pod level no requests are filled in",
    {
      resources: { requests: { memory: "1Gi" } },
      containers: [{ name: "a", image: "i", resources: { requests: { cpu: "300m" } } }],
    },
    "spec.resources.requests",
    { memory: "1Gi" },
  ],
  [
    "R-DEFAULT-18",
    "the sum is written as the containers write it",
    {
      resources: { limits: { memory: "4Gi" } },
      containers: [{ name: "a", image: "i", resources: { requests: { memory: "2G" } } }],
    },
    "spec.resources.requests",
    { memory: "2G" },
  ],
  [
    "R-DEFAULT-19",
    "huge pages at Pod level are those of the containers",
    {
      resources: { requests: { cpu: "1" } },
      containers: ["a", "b"].map((name) => ({
        name,
        image: "i",
        resources: { limits: { cpu: "100m", "hugepages-2Mi": "2Mi" } },
      })),
    },
    "spec.resources",
    {
      limits: { "hugepages-2Mi": "4Mi" },
      requests: { cpu: "1", "hugepages-2Mi": "4Mi" },
    },
  ],
  [
    "R-DEFAULT-20",
    "an image volume's pull policy",
    { volumes: [{ name: "v", image: { reference: "i:1" } }] },
    "spec.volumes.0.image.pullPolicy",
    "IfNotPresent",
  ],
  [
    "R-DEFAULT-20",
    "how long a token lasts",
    { volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } }] },
    "spec.volumes.0.projected.sources.0.serviceAccountToken.expirationSeconds",
    3600,
  ],
  ["R-DEFAULT-9", "resources are always there", {}, `${c}.resources`, {}],
  [
    "R-DEFAULT-15",
    "a variable's divisor is written",
    main({
      env: [{ name: "V", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }],
    }),
    `${c}.env.0.valueFrom.resourceFieldRef`,
    { resource: "limits.cpu", divisor: "0" },
  ],
  [
    "R-DEFAULT-15",
    "a given divisor stays",
    main({
      env: [{
        name: "V",
        valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } },
      }],
    }),
    `${c}.env.0.valueFrom.resourceFieldRef.divisor`,
    "1m",
  ],
  [
    "R-DEFAULT-15",
    "a file's divisor is written",
    {
      volumes: [{
        name: "v",
        downwardAPI: { items: [{ path: "p", resourceFieldRef: { resource: "limits.cpu" } }] },
      }],
    },
    "spec.volumes.0.downwardAPI.items.0.resourceFieldRef.divisor",
    "0",
  ],
  [
    "R-DEFAULT-10",
    "an initial delay of 0 is none",
    main({ livenessProbe: { exec: { command: ["x"] }, initialDelaySeconds: 0 } }),
    `${c}.livenessProbe.initialDelaySeconds`,
    undefined,
  ],
  [
    "R-DEFAULT-8",
    "a hostPort of 0 is none",
    main({ ports: [{ containerPort: 80, hostPort: 0 }] }),
    `${c}.ports.0.hostPort`,
    undefined,
  ],
  ["R-DEFAULT-22", "hostUsers stays open", {}, "spec.hostUsers", undefined],
  ["R-DEFAULT-22", "resizePolicy stays open", {}, `${c}.resizePolicy`, undefined],
  [
    "R-DEFAULT-22",
    "an emptyDir's medium stays open",
    { volumes: [{ name: "v" }] },
    "spec.volumes.0.emptyDir",
    {},
  ],
];

for (const [rule, what, spec, path, value] of rows) {
  Deno.test(`defaultPod() ${rule}: ${what}`, () => {
    deepEqual(at(defaultPod(podOf(spec)), path), value);
  });
}

const pullPolicies = [
  ["busybox", "Always"],
  ["busybox:latest", "Always"],
  ["busybox:1.36", "IfNotPresent"],
  ["localhost:5000/busybox", "Always"],
  ["localhost:5000/busybox:1", "IfNotPresent"],
  ["busybox@sha256:" + "0".repeat(64), "IfNotPresent"],
  [`busybox:latest@sha256:${"0".repeat(64)}`, "Always"],
  ["Bad!Image", "IfNotPresent"],
  ["", "IfNotPresent"],
] as const;
for (const [image, policy] of pullPolicies) {
  Deno.test(`defaultPod() R-DEFAULT-5: ${policy} for ${JSON.stringify(image)}`, () => {
    equal(defaultPod(podOf(main({ image }))).spec.containers[0]?.imagePullPolicy, policy);
  });
}

Deno.test("defaultPod() leaves what it is given alone, and finds nothing to do a second time", () => {
  for (const [, , spec] of rows) {
    const pod = podOf(spec);
    const before = structuredClone(pod);
    const once = defaultPod(pod);
    deepEqual(pod, before);
    deepEqual(defaultPod(once), once);
  }
});

Deno.test("defaultPod() R-DEFAULT-16: a status that is there is kept", () => {
  const pod = podOf({});
  equal(defaultPod({ ...pod, status: { phase: "Running" } }).status?.phase, "Running");
});

function podOf(spec: Fields): Pod {
  const { object, errors } = decodeObject({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", image: "i" }], ...spec },
  });
  deepEqual(errors, []);
  return object as Pod;
}

function main(container: Fields): Fields {
  return { containers: [{ name: "c", image: "i", ...container }] };
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((it, key) => (it as Fields | undefined)?.[key], value);
}
