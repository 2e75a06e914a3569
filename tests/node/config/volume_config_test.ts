import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Pod, PodSecurityContext, Volume } from "../../../src/api/types/pod.ts";
import {
  generateVolumeConfigs,
  generateVolumeOwnership,
} from "../../../src/node/config/volume_config.ts";
import type { VolumeOwnership } from "../../../src/runtime/config.ts";
import { podSources } from "../../support/pod_sources.ts";

function generate(...volumes: Omit<Volume, "name">[]) {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web",
      namespace: "shop",
      uid: "u-1",
      labels: { b: 'say "hi"', a: "tab\there" },
    },
    spec: {
      containers: [{
        name: "main",
        resources: { limits: { cpu: "2" } },
        volumeMounts: volumes.map((_, index) => ({ name: `v${index}`, mountPath: `/v${index}` })),
      }],
      volumes: volumes.map((volume, index) => ({ ...volume, name: `v${index}` })),
    },
  };
  return generateVolumeConfigs(podSources(pod, {
    configMaps: { settings: { a: "1", b: "2" } },
    binary: { settings: { raw: "AP8=" } },
    secrets: { login: { user: "admin", password: "hunter2" } },
    claims: ["data"],
  }));
}

/** `path mode text` of each file of the only volume. */
function filesOf(volume: Omit<Volume, "name">): string[] {
  const [config] = generate(volume).configs;
  equal(config?.type, "files");
  return config!.type !== "files"
    ? []
    : config!.files.map(({ path, mode, data }) =>
      `${path} ${mode.toString(8)} ${new TextDecoder("latin1").decode(data)}`
    );
}

Deno.test("generateVolumeConfigs() gives the folder of a service account the namespace alone", () => {
  const downwardAPI = {
    items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }],
  };
  const configMap = { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] };
  const sources = [{ serviceAccountToken: { path: "token" } }, { configMap }, { downwardAPI }];
  deepEqual(filesOf({ projected: { sources } }), ["namespace 644 shop"]);
  deepEqual(filesOf({ configMap: { name: "kube-root-ca.crt" } }), []);
});

Deno.test("generateVolumeConfigs() writes tokens, or says why there is none", () => {
  const volume = {
    projected: {
      sources: [{ serviceAccountToken: { path: "token" } }, {
        serviceAccountToken: { path: "vault/token", audience: "vault", expirationSeconds: 600 },
      }],
    },
  };
  const mounted: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "shop" },
    spec: {
      volumes: [{ name: "v", ...volume }],
      containers: [{ name: "c", volumeMounts: [{ name: "v", mountPath: "/v" }] }],
    },
  };
  const { configs } = generateVolumeConfigs({
    ...podSources(mounted),
    token: ({ audience, expirationSeconds }) => ({ token: `${audience} ${expirationSeconds}` }),
  });
  const texts = configs.flatMap((it) => it.type === "files" ? it.files : [])
    .map(({ path, data }) => `${path}: ${new TextDecoder().decode(data)}`);
  deepEqual(texts, ["token:  3600", "vault/token: vault 600"]);
  const { failures } = generateVolumeConfigs({
    ...podSources(mounted),
    token: () => ({ fault: 'serviceaccounts "bot" not found' }),
  });
  equal(
    failures.get("v"),
    'MountVolume.SetUp failed for volume "v" : failed to fetch token: serviceaccounts "bot" not found',
  );
});

Deno.test("generateVolumeConfigs() keeps the order and the plain volumes", () => {
  deepEqual(
    generate(
      { emptyDir: {} },
      { emptyDir: { medium: "Memory" } },
      { emptyDir: { sizeLimit: "1Mi" } },
      { emptyDir: { medium: "Memory", sizeLimit: "1k" } },
      { emptyDir: { sizeLimit: "0" } },
      { persistentVolumeClaim: { claimName: "data", readOnly: true } },
      { ephemeral: { volumeClaimTemplate: { spec: {} } } },
      { hostPath: { path: "/srv", type: "Directory" } },
      { hostPath: { path: "/tmp" } },
    ).configs,
    [
      { name: "v0", type: "emptyDir", medium: "" },
      { name: "v1", type: "emptyDir", medium: "Memory", sizeLimitBytes: 4 * 2 ** 30 },
      { name: "v2", type: "emptyDir", medium: "", sizeLimitBytes: 1_048_576 },
      { name: "v3", type: "emptyDir", medium: "Memory", sizeLimitBytes: 1000 },
      { name: "v4", type: "emptyDir", medium: "" },
      { name: "v5", type: "persistent", namespace: "shop", claimName: "data" },
      { name: "v6", type: "emptyDir", medium: "" },
      { name: "v7", type: "hostPath", path: "/srv", hostPathType: "Directory" },
      { name: "v8", type: "hostPath", path: "/tmp", hostPathType: "" },
    ],
  );
});

const memoryLimits: readonly [sizeLimit: string, podLimit: string, bytes: number][] = [
  ["1k", "2k", 1000],
  ["2k", "1k", 1000],
  ["0", "1k", 1000],
  ["0", "0", 4 * 2 ** 30],
  ["16Gi", "0", 4 * 2 ** 30],
];
for (const [sizeLimit, memory, bytes] of memoryLimits) {
  Deno.test(`R-VOL-2: generateVolumeConfigs() limits ${sizeLimit} in memory of ${memory} to ${bytes}`, () => {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "shop" },
      spec: {
        containers: [{
          name: "main",
          resources: { limits: { memory } },
          volumeMounts: [{ name: "m", mountPath: "/m" }, { name: "d", mountPath: "/d" }],
        }],
        volumes: [
          { name: "m", emptyDir: { medium: "Memory", sizeLimit } },
          { name: "d", emptyDir: {} },
        ],
      },
    };
    deepEqual(generateVolumeConfigs(podSources(pod)).configs, [
      { name: "m", type: "emptyDir", medium: "Memory", sizeLimitBytes: bytes },
      { name: "d", type: "emptyDir", medium: "" },
    ]);
  });
}

const ownerships: readonly [PodSecurityContext | undefined, VolumeOwnership | undefined][] = [
  [undefined, undefined],
  [{ fsGroupChangePolicy: "OnRootMismatch" }, undefined],
  [{ fsGroup: 0 }, { fsGroup: 0, changePolicy: "Always" }],
  [{ fsGroup: 5, fsGroupChangePolicy: "OnRootMismatch" }, {
    fsGroup: 5,
    changePolicy: "OnRootMismatch",
  }],
];
for (const [securityContext, ownership] of ownerships) {
  Deno.test(`R-VOL-6: generateVolumeOwnership() of ${JSON.stringify(securityContext)}`, () => {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web" },
      spec: { containers: [], ...(securityContext && { securityContext }) },
    };
    deepEqual(generateVolumeOwnership(pod), ownership);
  });
}

const cases: readonly [string, Omit<Volume, "name">, string[]][] = [
  ["all keys of a ConfigMap, binary ones too", { configMap: { name: "settings" } }, [
    "a 644 1",
    "b 644 2",
    "raw 644 \0ÿ",
  ]],
  ["chosen keys under other names and modes", {
    configMap: {
      name: "settings",
      defaultMode: 0o400,
      items: [{ key: "b", path: "sub/bee" }, { key: "a", path: "a", mode: 0o755 }],
    },
  }, ["sub/bee 400 2", "a 755 1"]],
  ["a Secret", { secret: { secretName: "login", defaultMode: 0o600 } }, [
    "user 600 admin",
    "password 600 hunter2",
  ]],
  ["nothing of what is optional and missing", {
    projected: {
      sources: [
        { configMap: { name: "none", optional: true } },
        { secret: { name: "login", optional: true, items: [{ key: "none", path: "x" }] } },
      ],
    },
  }, []],
  ["the pod itself", {
    downwardAPI: {
      items: [
        { path: "name", fieldRef: { fieldPath: "metadata.name" } },
        { path: "labels", fieldRef: { fieldPath: "metadata.labels" }, mode: 0o440 },
        { path: "cpu", resourceFieldRef: { resource: "limits.cpu", containerName: "main" } },
      ],
    },
  }, ["name 644 web", 'labels 440 a="tab\\there"\nb="say \\"hi\\""', "cpu 644 2"]],
  ["several sources, the later one winning", {
    projected: {
      defaultMode: 0o444,
      sources: [
        { configMap: { name: "settings", items: [{ key: "a", path: "x" }] } },
        { secret: { name: "login", items: [{ key: "user", path: "x" }] } },
        { downwardAPI: { items: [{ path: "ns", fieldRef: { fieldPath: "metadata.namespace" } }] } },
      ],
    },
  }, ["x 444 admin", "ns 444 shop"]],
];
for (const [name, volume, files] of cases) {
  Deno.test(`R-VOL-4: generateVolumeConfigs() gives ${name}`, () => {
    deepEqual(filesOf(volume), files);
  });
}

Deno.test("R-VOL-1: a volume that no container mounts is not made, and what it lacks does no harm", () => {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      initContainers: [{ name: "init", volumeMounts: [{ name: "b", mountPath: "/b" }] }],
      containers: [{ name: "main" }],
      volumes: [
        { name: "a", configMap: { name: "left-over" } },
        { name: "b", emptyDir: {} },
        { name: "c", emptyDir: { medium: "memory" } },
      ],
    },
  };
  deepEqual(generateVolumeConfigs(podSources(pod)).configs, [
    { name: "b", type: "emptyDir", medium: "" },
  ]);
});

Deno.test("R-VOL-4: the root of a ConfigMap's volume is not sticky, those in memory are", () => {
  const modes = generate(
    { configMap: { name: "settings" } },
    { secret: { secretName: "login" } },
    { projected: { sources: [{ configMap: { name: "settings" } }] } },
  ).configs.map((config) => config.type === "files" && config.rootMode);
  deepEqual(modes, [0o777, undefined, undefined]);
});

const noPages = "hugePages storage requested, but there is no resource request for huge pages";
const mediums: readonly [medium: string, requests: string[], message: string][] = [
  ["memory", [], 'unknown storage medium "memory"'],
  ["disk", [], 'unknown storage medium "disk"'],
  ["HugePagesX", [], 'unknown storage medium "HugePagesX"'],
  ["HugePages", [], `medium HugePages: ${noPages}`],
  ["HugePages-1Gi", ["hugepages-2Mi"], `medium HugePages-1Gi: ${noPages}`],
  [
    "HugePages",
    ["hugepages-2Mi", "hugepages-1Gi"],
    "medium: HugePages can't be used if container requests multiple huge page sizes",
  ],
  ["HugePages", ["hugepages-2Mi"], "medium HugePages: this node has no huge pages"],
  [
    "HugePages-2Mi",
    ["hugepages-2Mi", "hugepages-1Gi"],
    "medium HugePages-2Mi: this node has no huge pages",
  ],
];
for (const [medium, requests, message] of mediums) {
  Deno.test(`R-VOL-7, R-FOLK-28: medium ${medium}, requests ${requests}: ${message}`, () => {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "shop" },
      spec: {
        containers: [{
          name: "main",
          resources: { requests: Object.fromEntries(requests.map((name) => [name, "1Gi"])) },
          volumeMounts: [{ name: "v", mountPath: "/v" }],
        }],
        volumes: [{ name: "v", emptyDir: { medium } }],
      },
    };
    deepEqual([...generateVolumeConfigs(podSources(pod)).failures.values()], [
      `MountVolume.SetUp failed for volume "v" : ${message}`,
    ]);
  });
}

const amount = (containerName: string, path = containerName) => (
  { path, resourceFieldRef: { containerName, resource: "limits.cpu" } }
);
const errors: readonly [Omit<Volume, "name">, string][] = [
  [{ downwardAPI: { items: [amount("mian")] } }, "container mian not found"],
  [{ downwardAPI: { items: [amount("mian"), amount("mian", "x")] } }, "container mian not found"],
  [
    { downwardAPI: { items: [amount("mian"), amount("main"), amount("side")] } },
    "[container mian not found, container side not found]",
  ],
  [
    { projected: { sources: [{ downwardAPI: { items: [amount("mian")] } }] } },
    "container mian not found",
  ],
  [{ configMap: { name: "none" } }, 'configmap "none" not found'],
  [{ secret: { secretName: "none" } }, 'secret "none" not found'],
  [
    { configMap: { name: "settings", items: [{ key: "k", path: "k" }] } },
    "configmap references non-existent config key: k",
  ],
  [
    { secret: { secretName: "login", items: [{ key: "k", path: "k" }] } },
    "references non-existent secret key: k",
  ],
  [
    {
      configMap: {
        name: "settings",
        items: [{ key: "a", path: "p/q/r" }, { key: "b", path: "p/q" }],
      },
    },
    '"p/q" cannot be a file: "p/q/r" is to be in it',
  ],
];
Deno.test("R-EVENT-13: a volume whose claim is missing cannot even be looked up", () => {
  deepEqual([...generate({ persistentVolumeClaim: { claimName: "none" } }).failures], [[
    "v0",
    "Unable to attach or mount volumes: unmounted volumes=[v0], unattached volumes=[], " +
    "failed to process volumes=[v0]: error processing PVC shop/none: " +
    'failed to fetch PVC from API server: persistentvolumeclaims "none" not found',
  ]]);
});

for (const [volume, message] of errors) {
  Deno.test(`R-START-5: generateVolumeConfigs() refuses: ${message}`, () => {
    const { failures } = generate({ emptyDir: {} }, volume, { emptyDir: {} }, volume);
    deepEqual(
      [...failures],
      ["v1", "v3"].map((name) => [
        name,
        `MountVolume.SetUp failed for volume "${name}" : ${message}`,
      ]),
    );
  });
}

for (
  const [volume, kind] of [
    [{ nfs: { server: "s", path: "/" } }, "nfs"],
    [
      { projected: { sources: [{ podCertificate: { signerName: "a.b/c", keyType: "ED25519" } }] } },
      "projected podCertificate",
    ],
  ] as const
) {
  Deno.test(`generateVolumeConfigs() leaves ${kind} to the machine`, () => {
    deepEqual(generate(volume).configs, [{ name: "v0", type: "unsupported", kind }]);
  });
}
