import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import type { Container, Pod, PodSpec } from "../../../src/api/types/pod.ts";
import { ConfigError } from "../../../src/node/config/config_error.ts";
import { generateContainerConfig } from "../../../src/node/config/container_config.ts";
import { podSources } from "../../support/pod_sources.ts";
import { plainResources, plainSecurity } from "../../support/runtime_configs.ts";

const images: Readonly<Record<string, readonly string[]>> = {
  busybox: ["sh"],
  alpine: ["/bin/sh"],
  nginx: ["nginx", "-g", "daemon off;"],
  shell: ["sh", "-c"],
};

function generate(container: Partial<Container>, spec: Partial<PodSpec> = {}, restartCount = 3) {
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", uid: "u-1" },
    spec: { containers: [{ name: "main", ...container }], ...spec },
  };
  const config = generateContainerConfig(
    podSources(pod),
    {
      container: pod.spec.containers[0]!,
      restartCount,
      podIP: "10.0.0.7",
      envFiles: new Map(),
    },
    { resolveImage: (image) => images[image], user: { uid: 0, gid: 0 }, home: "/root" },
  );
  // Those of the Service kubernetes, which every container has.
  return { ...config, env: config.env.filter(([name]) => !name.startsWith("KUBERNETES_")) };
}

Deno.test("generateContainerConfig() fills in what a manifest leaves open", () => {
  deepEqual(generate({ command: ["true"] }), {
    podUid: "u-1",
    name: "main",
    restartCount: 3,
    argv: ["true"],
    env: [
      ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      ["HOME", "/root"],
      ["HOSTNAME", "web"],
    ],
    mounts: [],
    terminationMessagePath: "/dev/termination-log",
    readOnlyRootFilesystem: false,
    stdin: false,
    stdinOnce: false,
    tty: false,
    security: plainSecurity,
    resources: plainResources,
  });
});

Deno.test("generateContainerConfig() takes what a manifest gives", () => {
  const config = generate({
    command: ["true"],
    workingDir: "/srv/$(A)",
    env: [{ name: "A", value: "1" }, { name: "PATH", value: "/opt" }],
    terminationMessagePath: "/tmp/end",
    stdin: true,
    tty: true,
    securityContext: { readOnlyRootFilesystem: true },
  });
  equal(config.workingDir, "/srv/$(A)"); // Not expanded (R-ENV-9).
  deepEqual(config.env, [
    ["PATH", "/opt"],
    ["HOME", "/root"],
    ["HOSTNAME", "web"],
    ["TERM", "xterm"],
    ["A", "1"],
  ]);
  equal(config.terminationMessagePath, "/tmp/end");
  deepEqual([config.stdin, config.tty, config.readOnlyRootFilesystem], [true, true, true]);
});

Deno.test("generateContainerConfig() knows no home of a user that no image knows", () => {
  const homeOf = (runAsUser: number) =>
    new Map(generate({ command: ["true"], securityContext: { runAsUser } }).env).get("HOME");
  deepEqual([homeOf(0), homeOf(1000)], ["/root", "/"]);
});

Deno.test("generateContainerConfig() says what kind of terminal it is, unless the manifest does", () => {
  const termOf = (fields: Partial<Container>) =>
    new Map(generate({ command: ["true"], ...fields }).env).get("TERM");
  const env = [{ name: "TERM", value: "vt100" }];
  deepEqual([termOf({}), termOf({ tty: true }), termOf({ tty: true, env })], [
    undefined,
    "xterm",
    "vt100",
  ]);
});

Deno.test("generateContainerConfig() names the node's host where the pod has its network", () => {
  const { env } = generate({ command: ["true"] }, { hostNetwork: true });
  equal(new Map(env).get("HOSTNAME"), "node-1");
});

const env = [{ name: "A", value: "1" }];
const argvCases: readonly [string, Partial<Container>, string[]][] = [
  ["command alone", { image: "nginx", command: ["echo", "hi"] }, ["echo", "hi"]],
  ["command and args", { image: "nginx", command: ["echo"], args: ["hi"] }, ["echo", "hi"]],
  ["what the image runs", { image: "nginx" }, ["nginx", "-g", "daemon off;"]],
  ["args added to it", { image: "nginx", args: ["-q"] }, ["nginx", "-g", "daemon off;", "-q"]],
  ["args in place of a mere shell", { image: "busybox", args: ["echo", "hi"] }, ["echo", "hi"]],
  ["args in place of a shell by its path", { image: "alpine", args: ["date"] }, ["date"]],
  ["a mere shell without args", { image: "busybox" }, ["sh"]],
  ["args added to a shell that takes them", { image: "shell", args: ["date"] }, [
    "sh",
    "-c",
    "date",
  ]],
  ["expanded words (R-START-6)", { command: ["echo", "$(A)"], args: ["$$(A)", "$(B)"], env }, [
    "echo",
    "1",
    "$(A)",
    "$(B)",
  ]],
  ["nothing expanded that the manifest does not define", { command: ["echo", "$(PATH)"] }, [
    "echo",
    "$(PATH)",
  ]],
];
for (const [name, container, argv] of argvCases) {
  Deno.test(`generateContainerConfig() runs ${name}`, () => {
    deepEqual(generate(container).argv, argv);
  });
}

Deno.test("generateContainerConfig() mounts volumes, those of files read-only", () => {
  const { mounts } = generate({
    command: ["true"],
    env: [{ name: "USER", value: "ann" }],
    volumeMounts: [
      { name: "data", mountPath: "/data" },
      { name: "data", mountPath: "/ro", readOnly: true, subPath: "a/b" },
      { name: "data", mountPath: "/rro", readOnly: true, recursiveReadOnly: "IfPossible" },
      { name: "data", mountPath: "/home", subPathExpr: "home/$(USER)" },
      { name: "conf", mountPath: "/etc/conf" },
      { name: "claimed", mountPath: "/claimed" },
      { name: "shown", mountPath: "/shown" },
    ],
  }, {
    volumes: [
      { name: "data", emptyDir: {} },
      { name: "conf", configMap: { name: "c" } },
      { name: "claimed", persistentVolumeClaim: { claimName: "c" } },
      { name: "shown", persistentVolumeClaim: { claimName: "c", readOnly: true } },
    ],
  });
  const writable = { volumeName: "data", readOnly: false, recursiveReadOnly: false };
  deepEqual(mounts, [
    { ...writable, mountPath: "/data" },
    { ...writable, mountPath: "/ro", readOnly: true, subPath: "a/b" },
    { ...writable, mountPath: "/rro", readOnly: true, recursiveReadOnly: true },
    { ...writable, mountPath: "/home", subPath: "home/ann" },
    { ...writable, volumeName: "conf", mountPath: "/etc/conf", readOnly: true },
    { ...writable, volumeName: "claimed", mountPath: "/claimed" },
    { ...writable, volumeName: "shown", mountPath: "/shown", readOnly: true },
  ]);
});

const mount = (subPathExpr: string) => ({
  command: ["true"],
  env: [{ name: "UP", value: "../x" }, { name: "ROOT", value: "/x" }, { name: "EMPTY", value: "" }],
  volumeMounts: [{ name: "v", mountPath: "/v", subPathExpr }],
});
const errors: readonly [string, Partial<Container>, string, string][] = [
  ["R-ENV-8", mount("$(NO)/$(EMPTY)"), "CreateContainerConfigError", "missing value for EMPTY, NO"],
  [
    "R-VOL-5",
    mount("a/$(UP)"),
    "CreateContainerConfigError",
    "unable to provision SubPath `a/../x`: must not contain '..'",
  ],
  [
    "R-VOL-5",
    mount("$(ROOT)"),
    "CreateContainerConfigError",
    "error SubPath `/x` must not be an absolute path",
  ],
  [
    "an image that no --image explains",
    { image: "acme/secret:1" },
    "ErrImagePull",
    'failed to pull image "acme/secret:1": this node pulls no images, and the program of this one is unknown',
  ],
];
for (const [rule, container, reason, message] of errors) {
  Deno.test(`${rule}: generateContainerConfig() refuses: ${message}`, () => {
    throws(() => generate(container), (error) => {
      equal(error instanceof ConfigError && error.reason, reason);
      equal((error as Error).message, message);
      return true;
    });
  });
}
