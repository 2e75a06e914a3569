import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Container, LifecycleHandler, Pod, Probe } from "../../../src/api/types/pod.ts";
import {
  describeHookFailure,
  formatHookFailure,
  generateHookHandler,
  generateProbeHandler,
  type HandlerConfig,
} from "../../../src/node/config/handler_config.ts";

const podIP = "127.64.0.5";
const container: Container = {
  name: "app",
  image: "i",
  env: [
    { name: "WORD", value: "hello" },
    { name: "NESTED", value: "$(WORD) again" },
    { name: "FROM", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "WORD2", value: "old" },
    { name: "WORD2", value: "new" },
  ],
  ports: [{ name: "web", containerPort: 8080 }, { name: "80", containerPort: 8181 }],
};
const owner = { container, podIP };
const http = { type: "httpGet", scheme: "HTTP", host: podIP, port: 8080, path: "/" } as const;
const usual = (agent: string) => [["User-Agent", agent], ["Accept", "*/*"]] as const;

const probes: readonly [name: string, probe: Probe, expected: HandlerConfig][] = [
  [
    "R-PROBE-13 R-FOLK-24: exec expands the texts of env, once, and nothing else",
    { exec: { command: ["$(WORD)", "$(NESTED)", "$(WORD2)", "[$(FROM)]", "$(NONE)", "$$(WORD)"] } },
    { type: "exec", argv: ["hello", "$(WORD) again", "new", "[]", "$(NONE)", "$(WORD)"] },
  ],
  [
    "R-PROBE-11: httpGet goes to the pod's address",
    { httpGet: { port: 8080, path: "/", scheme: "HTTP" } },
    { ...http, headers: usual("kube-probe/1.36") },
  ],
  [
    "R-PROBE-11: httpGet with everything given",
    {
      httpGet: {
        host: "example.test",
        port: "web",
        path: "/x?y=$(WORD)",
        scheme: "HTTPS",
        httpHeaders: [
          { name: "user-agent", value: "me" },
          { name: "Accept", value: "" },
          { name: "X", value: "1" },
        ],
      },
    },
    {
      type: "httpGet",
      scheme: "HTTPS",
      host: "example.test",
      port: 8080,
      path: "/x?y=$(WORD)",
      headers: [["user-agent", "me"], ["Accept", ""], ["X", "1"]],
    },
  ],
  [
    "R-PROBE-12: a name goes before a number",
    { tcpSocket: { port: "80" } },
    { type: "tcpSocket", host: podIP, port: 8181 },
  ],
  [
    "R-PROBE-12: a number in words",
    { tcpSocket: { port: "81", host: "127.0.0.9" } },
    { type: "tcpSocket", host: "127.0.0.9", port: 81 },
  ],
  [
    "R-PROBE-12: a name that no port has",
    { tcpSocket: { port: "nope" } },
    { type: "invalid", message: 'strconv.Atoi: parsing "nope": invalid syntax' },
  ],
  [
    "R-PROBE-12: no port that there is",
    { httpGet: { port: "70000" } },
    { type: "invalid", message: "invalid port number: 70000" },
  ],
  [
    "R-PROBE-14: grpc",
    { grpc: { port: 9000, service: "" } },
    { type: "grpc", host: podIP, port: 9000, service: "" },
  ],
];
for (const [name, probe, expected] of probes) {
  Deno.test(name, () => deepEqual(generateProbeHandler(owner, probe), expected));
}

const hooks: readonly [name: string, hook: LifecycleHandler, expected: HandlerConfig][] = [
  [
    "R-HOOK-2 R-ENV-9 R-FOLK-24: exec is not expanded",
    { exec: { command: ["$(WORD)"] } },
    { type: "exec", argv: ["$(WORD)"] },
  ],
  [
    "R-HOOK-2: httpGet",
    { httpGet: { port: "web", path: "/", scheme: "HTTP" } },
    { ...http, headers: usual("kube-lifecycle/1.36") },
  ],
  [
    "R-HOOK-1: tcpSocket is not a handler",
    { tcpSocket: { port: 80 } },
    { type: "invalid", message: "invalid handler: tcpSocket" },
  ],
];
for (const [name, hook, expected] of hooks) {
  Deno.test(name, () => deepEqual(generateHookHandler(owner, hook), expected));
}

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u-1" },
  spec: { containers: [container] },
};
const failures: readonly [LifecycleHandler, Parameters<typeof formatHookFailure>[3], string][] = [
  [
    { exec: { command: ["sh", "-c", "exit 3"] } },
    { output: "out\nerr", stderr: "err", exitCode: 3 },
    `Exec lifecycle hook ([sh -c exit 3]) for Container "app" in Pod "web_shop(u-1)" failed - error: command 'sh -c exit 3' exited with 3: err, message: "out\\nerr"`,
  ],
  [
    { exec: { command: ["nope"] } },
    { output: "not found" },
    'Exec lifecycle hook ([nope]) for Container "app" in Pod "web_shop(u-1)" failed - error: not found, message: ""',
  ],
  [
    { httpGet: { path: "/x", port: 80 } },
    { output: 'Get "http://a:80/x": EOF' },
    'HTTP lifecycle hook (/x) for Container "app" in Pod "web_shop(u-1)" failed - error: Get "http://a:80/x": EOF',
  ],
  [
    { sleep: { seconds: 5 } },
    { output: "context canceled" },
    'Sleep lifecycle hook (5) for Container "app" in Pod "web_shop(u-1)" failed - error: context canceled',
  ],
  [
    { tcpSocket: { port: 80 } },
    { output: "invalid handler: tcpSocket" },
    "Cannot run handler: invalid handler: tcpSocket",
  ],
];
for (const [hook, result, expected] of failures) {
  Deno.test(`R-HOOK-4: ${expected}`, () => {
    equal(formatHookFailure(pod, "app", hook, result), expected);
  });
}

Deno.test("R-HOOK-1: why a hook failed, for people", () => {
  const said = { output: "no such table" };
  equal(describeHookFailure({ exec: { command: ["x"] } }, said), "no such table");
  equal(describeHookFailure({ httpGet: { port: 80 } }, said), "no such table");
  equal(
    describeHookFailure({ tcpSocket: { port: 80 } }, { output: "invalid handler: tcpSocket" }),
    "tcpSocket cannot be run as a hook; use exec, httpGet or sleep",
  );
});
