import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { Container, EnvFromSource, EnvVar, Pod } from "../../../src/api/types/pod.ts";
import { ConfigError } from "../../../src/node/config/config_error.ts";
import type { EnvFile } from "../../../src/node/config/env_file.ts";
import { generateEnvironment } from "../../../src/node/config/environment.ts";
import { podSources } from "../../support/pod_sources.ts";

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web",
    namespace: "shop",
    uid: "u-1",
    labels: { app: "web", tier: "front" },
    annotations: { note: 'say "hi"\n' },
  },
  spec: {
    serviceAccountName: "robot",
    containers: [{
      name: "main",
      // What fileKeyRef names is mounted by some container.
      volumeMounts: [{ name: "v", mountPath: "/v" }],
      resources: {
        limits: { cpu: "1500m", memory: "64Mi" },
        requests: { cpu: "250m" },
      },
    }, { name: "other", resources: { limits: { cpu: "0" } } }],
  },
};
const sources = podSources(pod, {
  configMaps: { settings: { COLOUR: "blue", SIZE: "$(COLOUR)" }, more: { COLOUR: "red" } },
  secrets: { login: { user: "admin", password: "hunter2" } },
});

/** What is in the volume `v`. */
const files: ReadonlyMap<string, EnvFile> = new Map<string, EnvFile>([
  ["v/app.env", { type: "text", path: "/node/v/app.env", text: "A='$(B)'\nEMPTY=''\nC=1\nD='2'" }],
  ["v/none.env", { type: "unreadable", why: "no such file or directory" }],
  ["v/simulated.env", { type: "unknown" }],
]);

function fileKey(key: string, path: string, optional?: boolean, volumeName = "v"): EnvVar {
  const fileKeyRef = { key, path, volumeName, ...(optional !== undefined && { optional }) };
  return { name: "F", valueFrom: { fileKeyRef } };
}

function generateAll(container: Partial<Container>): [string, string][] {
  return [
    ...generateEnvironment(
      sources,
      { ...pod.spec.containers[0]!, ...container },
      "10.0.0.7",
      files,
    ),
  ];
}

/** Without the variables that every container has. */
function generate(container: Partial<Container>): [string, string][] {
  return generateAll(container).filter(([name]) => !name.startsWith("KUBERNETES_"));
}

Deno.test("R-ENV-1: every container has the variables of the Service kubernetes", () => {
  deepEqual(generateAll({ env: [value("A", "1")] }), [
    ["A", "1"],
    ["KUBERNETES_SERVICE_HOST", "10.96.0.1"],
    ["KUBERNETES_SERVICE_PORT", "443"],
    ["KUBERNETES_SERVICE_PORT_HTTPS", "443"],
    ["KUBERNETES_PORT", "tcp://10.96.0.1:443"],
    ["KUBERNETES_PORT_443_TCP", "tcp://10.96.0.1:443"],
    ["KUBERNETES_PORT_443_TCP_PROTO", "tcp"],
    ["KUBERNETES_PORT_443_TCP_PORT", "443"],
    ["KUBERNETES_PORT_443_TCP_ADDR", "10.96.0.1"],
  ]);
});

Deno.test("R-ENV-1, R-ENV-2: what the manifest says goes before them, and a value may name them", () => {
  const all = new Map(generateAll({
    env: [
      value("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
      value("API", "$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)"),
    ],
  }));
  equal(all.get("KUBERNETES_SERVICE_HOST"), "10.0.0.1");
  equal(all.get("API"), "10.0.0.1:443");
});

const value = (name: string, text: string): EnvVar => ({ name, value: text });
const field = (name: string, fieldPath: string): EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});
const resource = (resource: string, divisor?: string, containerName?: string): EnvVar => ({
  name: "R",
  valueFrom: {
    resourceFieldRef: {
      resource,
      ...(divisor && { divisor }),
      ...(containerName && { containerName }),
    },
  },
});

const cases: readonly [string, EnvFromSource[], EnvVar[], [string, string][]][] = [
  ["R-ENV-1: env in order", [], [value("B", "2"), value("A", "1")], [["B", "2"], ["A", "1"]]],
  ["R-ENV-1: a later variable of the same name wins", [], [value("A", "1"), value("A", "2")], [
    ["A", "2"],
  ]],
  [
    "R-ENV-1: later sources override earlier ones, env overrides both",
    [
      { configMapRef: { name: "settings" } },
      { configMapRef: { name: "more" } },
    ],
    [value("SIZE", "xl")],
    [["COLOUR", "red"], ["SIZE", "xl"]],
  ],
  ["R-ENV-1: a prefix", [{ prefix: "DB_", secretRef: { name: "login" } }], [], [
    ["DB_user", "admin"],
    ["DB_password", "hunter2"],
  ]],
  ["R-ENV-2: a value sees what is defined so far", [{ configMapRef: { name: "more" } }], [
    value("A", "$(COLOUR) $(B)"),
    value("B", "$(A)"),
  ], [["COLOUR", "red"], ["A", "red $(B)"], ["B", "red $(B)"]]],
  ["R-ENV-2: what comes from elsewhere is not expanded", [{ configMapRef: { name: "settings" } }], [
    { name: "C", valueFrom: { configMapKeyRef: { name: "settings", key: "SIZE" } } },
  ], [["COLOUR", "blue"], ["SIZE", "$(COLOUR)"], ["C", "$(COLOUR)"]]],
  ["an empty value", [], [value("A", ""), { name: "B" }], [["A", ""], ["B", ""]]],
  ["a secret's key", [], [
    { name: "P", valueFrom: { secretKeyRef: { name: "login", key: "password" } } },
  ], [["P", "hunter2"]]],
  ["R-ENV-4: what is optional and missing is left out", [
    { configMapRef: { name: "none", optional: true } },
    { secretRef: { name: "none", optional: true } },
  ], [
    { name: "A", valueFrom: { configMapKeyRef: { name: "none", key: "k", optional: true } } },
    { name: "B", valueFrom: { secretKeyRef: { name: "login", key: "k", optional: true } } },
  ], []],
  ["R-ENV-5: fields", [], [
    field("NAME", "metadata.name"),
    field("NS", "metadata.namespace"),
    field("UID", "metadata.uid"),
    field("LABEL", "metadata.labels['app']"),
    field("NONE", "metadata.labels['none']"),
    field("NOTE", "metadata.annotations['note']"),
    field("NODE", "spec.nodeName"),
    field("SA", "spec.serviceAccountName"),
    field("HOST", "status.hostIP"),
    field("IP", "status.podIP"),
    field("IPS", "status.podIPs"),
  ], [
    ["NAME", "web"],
    ["NS", "shop"],
    ["UID", "u-1"],
    ["LABEL", "web"],
    ["NONE", ""],
    ["NOTE", 'say "hi"\n'],
    ["NODE", "node-1"],
    ["SA", "robot"],
    ["HOST", "192.0.2.1"],
    ["IP", "10.0.0.7"],
    ["IPS", "10.0.0.7"],
  ]],
  ["R-ENV-6: a CPU limit is rounded up to cores", [], [resource("limits.cpu")], [["R", "2"]]],
  ["R-ENV-6: in thousandths", [], [resource("limits.cpu", "1m")], [["R", "1500"]]],
  ["R-ENV-6: bytes", [], [resource("limits.memory")], [["R", "67108864"]]],
  ["R-ENV-6: mebibytes", [], [resource("limits.memory", "1Mi")], [["R", "64"]]],
  ["R-ENV-6: a divisor of 0 is 1", [], [resource("limits.cpu", "0")], [["R", "2"]]],
  ["R-ENV-6: a limit of 0 is the node's", [], [resource("limits.cpu", "1", "other")], [[
    "R",
    "4",
  ]]],
  ["R-ENV-6: so is one that is not set", [], [resource("limits.memory", "1Gi", "other")], [[
    "R",
    "8",
  ]]],
  ["R-ENV-6: a request that is not set is 0", [], [resource("requests.memory")], [["R", "0"]]],
  ["R-ENV-7: a key of a file, which is not expanded", [], [
    value("B", "1"),
    fileKey("A", "app.env"),
  ], [["B", "1"], ["F", "$(B)"]]],
  ["R-ENV-7: a key of a file of which nothing is known", [], [fileKey("A", "simulated.env")], [
    ["F", "unknown"],
  ]],
  ["R-ENV-7: an optional key that has no value", [], [fileKey("EMPTY", "app.env", true)], []],
];
for (const [name, envFrom, env, result] of cases) {
  Deno.test(`generateEnvironment() ${name}`, () => deepEqual(generate({ envFrom, env }), result));
}

const errors: readonly [string, Partial<Container>][] = [
  ["container mian not found", { env: [resource("limits.cpu", "1m", "mian")] }],
  ['configmap "none" not found', { envFrom: [{ configMapRef: { name: "none" } }] }],
  ['secret "none" not found', { envFrom: [{ secretRef: { name: "none" } }] }],
  ['configmap "none" not found', {
    env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "none", key: "k" } } }],
  }],
  ['secret "none" not found', {
    env: [{ name: "A", valueFrom: { secretKeyRef: { name: "none", key: "k" } } }],
  }],
  ["couldn't find key k in ConfigMap shop/settings", {
    env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "k" } } }],
  }],
  ["couldn't find key k in Secret shop/login", {
    env: [{ name: "A", valueFrom: { secretKeyRef: { name: "login", key: "k" } } }],
  }],
];
for (const [message, container] of errors) {
  Deno.test(`R-ENV-4: generateEnvironment() refuses: ${message}`, () => {
    throws(() => generate(container), (error) => {
      equal(error instanceof ConfigError && error.reason, "CreateContainerConfigError");
      equal((error as Error).message, message);
      return true;
    });
  });
}

const fileErrors: readonly [message: string, cause: string | undefined, EnvVar][] = [
  ['environment variable key "EMPTY" not found in file "/node/v/app.env"', undefined, {
    ...fileKey("EMPTY", "app.env"),
  }],
  ['cannot find the volume "w" referenced by FileKeyRef', undefined, fileKey("A", "f", true, "w")],
  ["couldn't parse env file", "no such file or directory", fileKey("A", "none.env", true)],
  [
    "couldn't parse env file",
    "invalid environment variable format at line 3: value must be enclosed in single quotes",
    fileKey("D", "app.env", true),
  ],
];
for (const [message, cause, variable] of fileErrors) {
  Deno.test(`R-ENV-7, R-FOLK-26: generateEnvironment() refuses: ${message}, ${cause}`, () => {
    throws(() => generate({ env: [variable] }), (error) => {
      if (!(error instanceof ConfigError)) return false;
      equal(error.reason, "CreateContainerConfigError");
      equal(error.message, message);
      equal(error.cause, cause);
      return true;
    });
  });
}
