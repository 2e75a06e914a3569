/** What others have written: the output of a chart, and a kustomize folder, with stock kubectl. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { canSandbox } from "../process/support.ts";
import { kubectlPath, type ServedNode, serveNode } from "../support/served_node.ts";

const ignore = kubectlPath === undefined || !canSandbox;

const CLIENTS = new URL("../clients", import.meta.url).pathname;

/** Runs kubectl, and returns what it printed. */
const runOn = (node: ServedNode) => async (words: string, code = 0) => {
  const ended = await node.kubectl(words.split(" "));
  equal(ended.code, code, `kubectl ${words}\n${ended.stdout}${ended.stderr}`);
  return ended;
};

Deno.test({
  name: "the output of a chart is applied, and works",
  ignore,
  fn: async () => {
    await using node = await serveNode();
    const run = runOn(node);
    // One of its kinds is not served: kubectl reports it, and creates all others.
    const chart = `-f ${CLIENTS}/chart/chart.yaml`;
    const { stdout, stderr } = await run(`apply ${chart}`, 1);
    deepEqual(stdout.trim().split("\n").filter((line) => !line.endsWith(" created")), []);
    equal(stdout.trim().split("\n").length, 12);
    match(stderr, /no matches for kind "HorizontalPodAutoscaler" in version "autoscaling\/v2"/);
    match(stderr, /Warning: NetworkPolicy is kept and has no effect/);
    await run("rollout status deployment/demo-shop --timeout=3m");
    await run("wait --for=condition=Complete job/demo-shop-migrate --timeout=3m");
    const succeeded = "--for=jsonpath={.status.phase}=Succeeded --timeout=3m";
    await run(`wait ${succeeded} pod/demo-shop-test-connection`);
    equal((await run("logs demo-shop-test-connection -c read")).stdout, "<h1>shop</h1>\n");
    const selector = "-l app.kubernetes.io/instance=demo";
    match(
      (await run(`get pdb,networkpolicy,ingress,role,rolebinding ${selector}`)).stdout,
      /demo-shop +1 +N\/A +0 [^]*Role\/demo-shop/,
    );
    // As Helm finds what it has installed.
    const kinds = "deploy,svc,sa,secret,cm,role,rolebinding,pdb,netpol,ing,job,pod";
    await run(`delete ${kinds} ${selector} --timeout=3m`);
    equal((await run(`get ${kinds} ${selector}`)).stdout, "");
  },
});

Deno.test({
  name: "a kustomize folder is applied, changed and deleted",
  ignore,
  fn: async () => {
    await using node = await serveNode();
    const run = runOn(node);
    const folder = `${node.folder}/kustomize`;
    for (const part of ["base", "overlay"]) {
      await Deno.mkdir(`${folder}/${part}`, { recursive: true });
      for (const { name } of Deno.readDirSync(`${CLIENTS}/kustomize/${part}`)) {
        const text = await Deno.readTextFile(`${CLIENTS}/kustomize/${part}/${name}`);
        await Deno.writeTextFile(`${folder}/${part}/${name}`, text);
      }
    }
    const overlay = `-k ${folder}/overlay`;
    match((await run(`apply ${overlay}`)).stdout, /deployment.apps\/staging-site created\n$/);
    const rolledOut = "-n staging rollout status deployment/staging-site --timeout=3m";
    await run(rolledOut);
    equal((await run(`diff ${overlay}`)).stdout, "");
    match((await run(`apply ${overlay}`)).stdout, /deployment.apps\/staging-site unchanged\n$/);
    const settings = "-n staging get configmap -l app=site -o name";
    const before = (await run(settings)).stdout;
    equal((await run("-n staging logs deployment/staging-site")).stdout, "staged\n");

    // A generated name has the hash of its content, so that a change is rolled out.
    const file = `${folder}/overlay/kustomization.yaml`;
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replace("GREETING=staged", "GREETING=changed"));
    match((await run(`diff ${overlay}`, 1)).stdout, /\+ +GREETING: changed\n/);
    await run(`apply ${overlay}`);
    await run(rolledOut);
    const after = (await run(settings)).stdout.trim().split("\n");
    equal(after.length, 2);
    equal(after.includes(before.trim()), true);
    await run(`delete ${overlay} --timeout=3m`);
    equal((await run("get pods -A -o name")).stdout, "");
  },
});
