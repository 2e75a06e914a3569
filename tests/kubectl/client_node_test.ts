/**
 * Kubernetes' JavaScript client against a node that serves: from outside, inside a Pod, and as an
 * operator under test. The client is a dependency of these programs alone, which run by themselves;
 * where it is not available, the tests are left out.
 */
import {
  deepStrictEqual as deepEqual,
  match,
  notStrictEqual as notEqual,
  strictEqual as equal,
} from "node:assert/strict";
import { canSandbox } from "../process/support.ts";
import { kubectlPath, serveNode, until } from "../support/served_node.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const OPERATOR = `${ROOT}examples/operator`;
const CONFIG = `${OPERATOR}/deno.json`;
const CALLS = `${ROOT}tests/clients/calls.ts`;
const INSIDE = `${ROOT}tests/clients/inside.ts`;
const PROGRAMS = [CALLS, INSIDE, `${OPERATOR}/operator.ts`];

async function run(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const deno = (...args: readonly string[]) => run(Deno.execPath(), args);

const hasClient = (await deno("cache", "--config", CONFIG, "--frozen", ...PROGRAMS)).code === 0;
const { denoDir } = JSON.parse((await deno("info", "--json")).stdout);

Deno.test({
  name: "the programs of the client are checked as all others are",
  ignore: !hasClient,
  fn: async () => {
    for (const command of [["check"], ["fmt", "--check"], ["lint"]]) {
      const { code, stderr } = await deno(...command, "--config", CONFIG, ...PROGRAMS);
      equal(code, 0, stderr);
    }
  },
});

Deno.test({
  name: "client-node: list, watch, informer, writes, exec, log, attach and port-forward",
  ignore: !hasClient,
  fn: async () => {
    await using node = await serveNode(["--isolation", "process"]);
    const { code, stdout, stderr } = await run(
      Deno.execPath(),
      ["run", "--no-check", "-A", "--config", CONFIG, CALLS],
      { KUBECONFIG: node.kubeconfig },
    );
    equal(code, 0, stdout + stderr);
    deepEqual(stdout.split("\n").filter((line) => !line.startsWith("ok ")), [""]);
    equal(stdout.split("\n").length, 11);
  },
});

Deno.test({
  name: "client-node: in a Pod, by loadFromCluster()",
  ignore: !hasClient || !canSandbox || kubectlPath === undefined,
  fn: async () => {
    await using node = await serveNode(["--service-accounts", "read"]);
    const podOf = (name: string, command: readonly string[], more = {}) =>
      JSON.stringify({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: {
          terminationGracePeriodSeconds: 0,
          restartPolicy: "Never",
          containers: [{
            name: "c",
            image: "none",
            command,
            env: [{ name: "DENO_DIR", value: denoDir }],
            volumeMounts: [
              { name: "project", mountPath: ROOT },
              { name: "cache", mountPath: denoDir },
            ],
          }],
          // Where they lie in /tmp, of which a container has its own.
          volumes: [
            { name: "project", hostPath: { path: ROOT } },
            { name: "cache", hostPath: { path: denoDir } },
          ],
          ...more,
        },
      });
    const create = async (pod: string) => {
      const ended = await node.kubectl(["create", "-f", "-"], { stdin: pod });
      equal(ended.code, 0, ended.stderr);
    };
    const command = [
      ...[Deno.execPath(), "run", "--no-check", "-A", "--cached-only", "--config", CONFIG],
      INSIDE,
    ];
    await create(podOf("other", ["sleep", "1000"]));
    await create(podOf("own", command));
    await create(podOf("shared", command, { hostNetwork: true }));
    const logs = async (name: string) => (await node.kubectl(["logs", name])).stdout;
    const says = async (name: string, end: string) => {
      const text = await logs(name);
      const pod = await node.kubectl(["get", "pod", name, "-o", "jsonpath={.status.phase}"]);
      notEqual(pod.stdout, "Failed", text);
      return text.endsWith(end);
    };
    for (const name of ["own", "shared"]) {
      await until(() => says(name, "watching\n"), `${name} watches`);
      match(await logs(name), /^default: other,own(,shared)?\nwatching\n$/);
    }
    await node.kubectl(["delete", "pod", "other"]);
    for (const name of ["own", "shared"]) {
      await until(() => says(name, "deleted: other\n"), `${name} sees it`);
      const words = ["wait", "--for=jsonpath={.status.phase}=Succeeded", `pod/${name}`];
      equal((await node.kubectl(words)).code, 0);
    }
  },
});

Deno.test({
  name: "an operator is tested by the script of docs/serve.md",
  ignore: !hasClient || !canSandbox || kubectlPath === undefined,
  fn: async () => {
    const script = await Deno.readTextFile(`${OPERATOR}/test.sh`);
    const docs = await Deno.readTextFile(`${ROOT}docs/serve.md`);
    equal(docs.includes(`\`\`\`sh\n${script}\`\`\``), true, "docs/serve.md shows test.sh as it is");
    const folder = await Deno.makeTempDir({ prefix: "podling-operator-" });
    try {
      const { code, stdout, stderr } = await run("sh", [`${OPERATOR}/test.sh`], {
        PODLING: `${Deno.execPath()} run --no-check -A ${ROOT}src/main.ts`,
        PODLING_DATA: `${folder}/data`,
        PODLING_STATE: `${folder}/state`,
        TMPDIR: folder,
      });
      equal(code, 0, stdout + stderr);
      match(stdout, /\nshop: 3\/3 ready\n/);
      // Nothing of it is left.
      deepEqual([...Deno.readDirSync(`${folder}/data/runs`)], []);
      deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).toSorted(), [
        "data",
        "state",
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
