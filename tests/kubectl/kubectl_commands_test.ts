/** Stock kubectl: commands that need no container of their own, and their less usual forms. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { DEPLOYMENT, ignore, inSession, POD } from "../support/kubectl_session.ts";

const CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  key: one\n";

Deno.test({
  name: "kubectl: kustomize, edit, replace --force and patches of parts",
  ignore,
  fn: () =>
    inSession(async (kubectl, node) => {
      const folder = `${node.folder}/k`;
      await Deno.mkdir(folder);
      await Deno.writeTextFile(`${folder}/m.yaml`, CONFIG);
      const kustomization = "resources: [m.yaml]\nnamePrefix: x-\n";
      await Deno.writeTextFile(`${folder}/kustomization.yaml`, kustomization);
      await kubectl.run(`kustomize ${folder}`, /\n {2}name: x-m\n/);
      await kubectl.run(`apply -k ${folder}`, "configmap/x-m created\n");
      await kubectl.run(`diff -k ${folder}`, "");
      const edit = { env: { EDITOR: "sed -i s/one/two/" } };
      await kubectl.run("edit cm x-m", "configmap/x-m edited\n", edit);
      await kubectl.run("get cm x-m -o jsonpath={.data.key}", "two");
      await kubectl.run("edit cm x-m", /no changes made/, {
        env: { EDITOR: "true" },
        isError: true,
      });
      await kubectl.run(`replace --force -f ${folder}/m.yaml`, "configmap/m replaced\n");
      await kubectl.run(`delete -k ${folder}`, 'configmap "x-m" deleted\n');
      await kubectl.run("create -f -", /created/, { stdin: DEPLOYMENT("1", 0) });
      const scale = 'patch deploy web --subresource=scale --type=merge -p {"spec":{"replicas":1}}';
      await kubectl.run(scale, "scale.autoscaling/web patched\n");
      await kubectl.run("get deploy web -o jsonpath={.spec.replicas}", "1");
      const shown = /^NAME +DESIRED +AVAILABLE +AGE\nweb +1 +[01] +\d+s\n$/;
      await kubectl.run("get deploy web --subresource=scale", shown);
      await kubectl.run("rollout status deploy/web", /successfully rolled out\n$/);
      await kubectl.run("rollout pause deploy/web", "deployment.apps/web paused\n");
      await kubectl.run("set env deploy/web B=1", "deployment.apps/web env updated\n");
      await kubectl.run("rollout restart deploy/web", /can't restart paused deployment/, {
        code: 1,
        isError: true,
      });
      await kubectl.run("rollout resume deploy/web", "deployment.apps/web resumed\n");
      await kubectl.run("rollout status deploy/web", /successfully rolled out\n$/);
      await kubectl.run("set resources deploy web --limits=cpu=1", /requirements updated/);
      await kubectl.run("wait deploy/web --for=condition=Available", /condition met/);
      await kubectl.run("wait pod/none --for=delete --timeout=1s", "");
      await kubectl.run("wait deploy/web --for=condition=Foo --timeout=1s", /timed out/, {
        code: 1,
        isError: true,
      });
    }),
});

Deno.test({
  name: "kubectl: the cluster, its configuration, and its API as it is",
  ignore,
  fn: () =>
    inSession(async (kubectl, node) => {
      await kubectl.run("cluster-info", /control plane[^]* is running at [^]*https:\/\/127/);
      const dump = `${node.folder}/dump`;
      await kubectl.run(`cluster-info dump --output-directory=${dump}`, /Cluster info dumped/);
      equal((await Deno.stat(`${dump}/default/pods.json`)).isFile, true);
      await kubectl.run("get --raw /readyz", "ok");
      await kubectl.run("get --raw /version", /"gitVersion":"v1\.36\.0"/);
      await kubectl.run("config current-context", "podling\n");
      await kubectl.run("config set-context --current --namespace=kube-system", /modified/);
      await kubectl.run("config view --minify -o jsonpath={..namespace}", "kube-system");
      const proxy = node.startKubectl(["proxy", "--port=0"]);
      const lines = proxy.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("\n")) text += (await lines.read()).value;
      const port = /:(\d+)\n/.exec(text)![1];
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/namespaces`);
      const names = (await response.json()).items.map((it: { metadata: { name: string } }) =>
        it.metadata.name
      );
      deepEqual(names.includes("kube-system"), true);
      proxy.kill();
      await lines.cancel();
      await proxy.stderr.cancel();
      await proxy.status;
    }),
});

Deno.test({
  name: "kubectl: a Pod whose node does not answer is Unknown",
  ignore,
  fn: () =>
    inSession(async (kubectl) => {
      const lost = JSON.parse(POD("lost", ["true"]));
      lost.spec.nodeName = "elsewhere";
      await kubectl.run("create -f -", "pod/lost created\n", { stdin: JSON.stringify(lost) });
      match(await kubectl.run("get pod lost", /./), /\nlost +0\/1 +Pending /);
      const status = '{"status":{"phase":"Unknown"}}';
      await kubectl.run(`patch pod lost --subresource=status --type=merge -p ${status}`, /patched/);
      await kubectl.run("get pod lost", /\nlost +0\/1 +Unknown /);
      await kubectl.run("delete pod lost --wait=false", /deleted/);
      await kubectl.run("get pod lost", /\nlost +0\/1 +Terminating /);
      await kubectl.run("delete pod lost --force --grace-period=0", /force deleted/);
      await kubectl.run("get pods -o name", "");
    }),
});
