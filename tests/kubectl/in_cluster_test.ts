/** Clients inside Pods: they find address, certificate and token of the API as in a cluster. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { canSandbox } from "../process/support.ts";
import { kubectlPath, serveNode, until } from "../support/served_node.ts";

const ignore = kubectlPath === undefined || !canSandbox;

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

const podOf = (name: string, spec: Record<string, unknown> = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "c", image: "none", command: ["sleep", "1000"] }],
    ...spec,
  },
});

const OBJECTS = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "bot" } },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { a: "1" } },
  podOf("p", { serviceAccountName: "bot" }),
  podOf("h", { hostNetwork: true }),
  podOf("bare", { automountServiceAccountToken: false }),
  podOf("more", {
    containers: [{
      name: "c",
      image: "none",
      command: ["sleep", "1000"],
      volumeMounts: [{ name: "v", mountPath: "/v" }, { name: "s", mountPath: "/s" }],
    }],
    volumes: [
      {
        name: "v",
        projected: {
          sources: [{
            serviceAccountToken: { path: "vault", audience: "vault", expirationSeconds: 600 },
          }],
        },
      },
      { name: "s", configMap: { name: "settings" } },
    ],
  }),
];

for (const network of ["the network that is preferred", "host"]) {
  Deno.test({
    name: `a client in a Pod reaches the API: ${network}`,
    ignore,
    fn: async () => {
      const words = network === "host" ? ["--network", "host"] : [];
      await using node = await serveNode(["--service-accounts", "read", ...words]);
      const run = async (words: readonly string[], options: { stdin?: string } = {}) => {
        const ended = await node.kubectl(words, options);
        equal(ended.code, 0, `kubectl ${words.join(" ")}\n${ended.stdout}${ended.stderr}`);
        return ended;
      };
      const inPod = async (pod: string, ...words: readonly string[]) =>
        (await run(["exec", pod, "--", ...words])).stdout;
      const stdin = OBJECTS.map((it) => JSON.stringify(it)).join("\n");
      const applied = await run(["create", "-f", "-"], { stdin });
      equal(applied.stderr, ""); // No field is said to have no effect.
      await run(["wait", "--for=condition=Ready", "pod", "--all"]);

      for (const [pod, account] of [["p", "bot"], ["h", "default"]] as const) {
        match(await inPod(pod, kubectlPath!, "auth", "whoami"), new RegExp(`default:${account}\n`));
        match(await inPod(pod, kubectlPath!, "get", "pods"), /\nmore +1\/1 +Running/);
        equal((await node.kubectl(["exec", pod, "--", kubectlPath!, "get", "secrets"])).code, 1);
      }
      deepEqual(await inPod("p", "cat", `${FOLDER}/namespace`), "default");
      equal((await node.kubectl(["exec", "bare", "--", "ls", FOLDER])).code !== 0, true);
      const service = JSON.parse((await run(["get", "svc", "kubernetes", "-o", "json"])).stdout);
      equal(service.spec.ports[0].name, "https");
      match((await run(["get", "endpointslices", "kubernetes"])).stdout, /IPv4/);

      const vault = await inPod("more", "cat", "/v/vault");
      const { status } = await (await node.fetch("/apis/authentication.k8s.io/v1/tokenreviews", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ spec: { token: vault, audiences: ["vault"] } }),
      })).json();
      equal(status.user.extra["authentication.kubernetes.io/pod-name"][0], "more");
      await run(["patch", "configmap", "settings", "-p", '{"data":{"a":"2"}}']);
      await until(async () => await inPod("more", "cat", "/s/a") === "2", "the volume follows");

      // The token ends with its Pod, the Service and the certificate come back.
      const token = await inPod("p", "cat", `${FOLDER}/token`);
      const whoIs = async () => {
        const headers = { authorization: `Bearer ${token}` };
        const response = await node.fetch("/api", { headers });
        await response.body?.cancel();
        return response.status;
      };
      equal(await whoIs(), 200);
      await run(["delete", "pod", "p", "--force", "--grace-period=0"]);
      equal(await whoIs(), 401);
      await run(["patch", "configmap", "kube-root-ca.crt", "-p", '{"data":{"ca.crt":"x"}}']);
      const read = ["get", "configmap", "kube-root-ca.crt", "-o", "jsonpath={.data}"];
      match((await run(read)).stdout, /BEGIN CERTIFICATE/);
      await run(["delete", "service", "kubernetes"]);
      await run(["delete", "configmap", "kube-root-ca.crt"]);
      await run(["get", "service/kubernetes", "configmap/kube-root-ca.crt"]);

      const missing = JSON.stringify(podOf("none", { serviceAccountName: "none" }));
      match(
        (await node.kubectl(["create", "-f", "-"], { stdin: missing })).stderr,
        /pods "none" is forbidden: error looking up service account default\/none: /,
      );
    },
  });
}
