/** Stock kubectl against a node that serves: the commands of docs/serve.md. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { DEPLOYMENT, ignore, inSession, POD } from "../support/kubectl_session.ts";
import { until } from "../support/served_node.ts";
import { readSourceFiles } from "../support/sources.ts";

Deno.test({
  name: "kubectl: one Pod",
  ignore,
  fn: () =>
    inSession(async (kubectl, node) => {
      const script = "echo one; echo two; while read l; do echo got $l; done; exec sleep 1000";
      const pod = POD("a", ["sh", "-c", script], { stdin: true });
      await kubectl.run("get pods", "");
      await kubectl.run("get pods", "No resources found in default namespace.\n", {
        isError: true,
      });
      await kubectl.run("apply -f -", "pod/a created\n", { stdin: pod });
      await kubectl.run("wait --for=condition=Ready pod/a", "pod/a condition met\n");
      await kubectl.run("apply -f -", "pod/a unchanged\n", { stdin: pod });
      await kubectl.run(
        "get pods",
        /^NAME +READY +STATUS +RESTARTS +AGE\na +1\/1 +Running +0 +\d+s\n$/,
      );
      await kubectl.run(
        "get pods -o wide",
        /NOMINATED NODE +READINESS GATES\na .* <none> +<none>\n$/,
      );
      await kubectl.run("get pods -A", /^NAMESPACE .*\ndefault +a /);
      await kubectl.run("get pod a -o jsonpath={.status.phase}", "Running");
      await kubectl.run(
        "get pod a -o yaml",
        /^apiVersion: v1\nkind: Pod\n[^]*\n {2}phase: Running\n/,
      );
      await kubectl.run("get pods -l app=a -o name", "pod/a\n");
      await kubectl.run("get pods -l app!=a -o name", "");
      await kubectl.run("get pods --field-selector status.phase=Running -o name", "pod/a\n");
      await kubectl.run("get pods --sort-by=.metadata.name --show-labels", /app=a\n$/);
      await kubectl.run("describe pod a", /^Name: +a\n[^]*\n {4}State: +Running\n/);
      await until(
        async () => (await node.kubectl(["logs", "a"])).stdout.includes("two"),
        "the container has written its lines",
      );
      await kubectl.run("logs a", "one\ntwo\n");
      await kubectl.run("logs a --tail=1", "two\n");
      await kubectl.run("logs a --timestamps --tail=1", /^\d{4}-\d\d-\d\dT\S+Z two\n$/);
      await kubectl.run(
        "logs a --previous",
        /previous terminated container "c" in pod "a" not found/,
        {
          code: 1,
          isError: true,
        },
      );
      await kubectl.run("exec a -- sh -c echo·hi;·exit·7", "hi\n", { code: 7 });
      await kubectl.run("exec a -- sh -c echo·wrong·>&2", "wrong\n", { isError: true });
      await kubectl.run("exec -i a -- cat", "typed\n", { stdin: "typed\n" });
      await kubectl.run("exec a -- /no/such", /no such file|not found/, { code: 1, isError: true });
      await kubectl.run("label pod a x=y", "pod/a labeled\n");
      await kubectl.run("annotate pod a n=m", "pod/a annotated\n");
      await kubectl.run("delete pod a", 'pod "a" deleted\n');
      await kubectl.run("get pod a", 'Error from server (NotFound): pods "a" not found\n', {
        code: 1,
        isError: true,
      });
    }),
});

Deno.test({
  name: "kubectl: a Deployment",
  ignore,
  fn: () =>
    inSession(async (kubectl) => {
      await kubectl.run("apply -f -", "deployment.apps/web created\n", { stdin: DEPLOYMENT("1") });
      await kubectl.run("rollout status deploy/web", /successfully rolled out\n$/);
      await kubectl.run("get deploy web", /\nweb +2\/2 +2 +2 +\d+s\n$/);
      await kubectl.run("diff -f -", /\n\+ +value: "2"\n/, { stdin: DEPLOYMENT("2"), code: 1 });
      await kubectl.run("apply -f -", "deployment.apps/web configured\n", {
        stdin: DEPLOYMENT("2"),
      });
      await kubectl.run("rollout status deploy/web", /successfully rolled out\n$/);
      await kubectl.run("rollout history deploy/web", /\n1 +<none>\n2 +<none>\n/);
      await kubectl.run("rollout undo deploy/web", "deployment.apps/web rolled back\n");
      await kubectl.run("rollout status deploy/web", /successfully rolled out\n$/);
      await kubectl.run("get deploy web -o jsonpath={..env[0].value}", "1");
      equal(
        (await kubectl.run("get rs -o name", /./)).trim().split("\n").length,
        2,
        "undo takes the old ReplicaSet up again",
      );
      await kubectl.run("scale deploy/web --replicas=1", "deployment.apps/web scaled\n");
      await kubectl.run(
        "scale deploy/web --replicas=3 --current-replicas=9",
        /expected replicas/i,
        {
          code: 1,
          isError: true,
        },
      );
      await kubectl.run("set env deploy/web B=3", "deployment.apps/web env updated\n");
      await kubectl.run("set image deploy/web c=other", "deployment.apps/web image updated\n");
      await kubectl.run(
        'patch deploy web -p {"spec":{"minReadySeconds":1}}',
        "deployment.apps/web patched\n",
      );
      await kubectl.run(
        'patch deploy web --type=json -p [{"op":"remove","path":"/spec/minReadySeconds"}]',
        "deployment.apps/web patched\n",
      );
      await kubectl.run("rollout restart deploy/web", "deployment.apps/web restarted\n");
      await kubectl.run("rollout status deploy/web", /successfully rolled out\n$/);
      await kubectl.run("describe deploy web", /\nReplicas: +1 desired \| 1 updated \| 1 total/);
      await kubectl.run(
        "get all",
        /^NAME[^]*\npod\/web-[^]*\ndeployment.apps\/web[^]*\nreplicaset.apps\/web/,
      );
      await kubectl.run(
        "delete deploy web --cascade=foreground",
        'deployment.apps "web" deleted\n',
      );
      await kubectl.run("get pods,rs,deploy -o name", "");
    }),
});

Deno.test({
  name: "kubectl: what it asks before, and what is refused",
  ignore,
  fn: () =>
    inSession(async (kubectl, node) => {
      await kubectl.run("version", /Server Version: v1\.36\.0/);
      await kubectl.run("api-resources", /\ndeployments +deploy +apps\/v1 +true +Deployment\n/);
      await kubectl.run("auth can-i delete pods", "yes\n");
      await kubectl.run("auth whoami", /\nUsername +podling\n/);
      await kubectl.run("api-versions", /\napps\/v1\n/);
      await kubectl.run("explain pod.spec.containers", /\n +readinessProbe\s+<Probe>\n/);
      const config = (value: string) =>
        JSON.stringify({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "m" },
          data: { key: value },
        });
      await kubectl.run("create -f -", "configmap/m created\n", { stdin: config("1") });
      await kubectl.run("create -f -", /AlreadyExists.*configmaps "m" already exists/, {
        stdin: config("1"),
        code: 1,
        isError: true,
      });
      await kubectl.run("replace -f -", "configmap/m replaced\n", { stdin: config("2") });
      await kubectl.run("get cm m -o jsonpath={.data.key}", "2");
      await kubectl.run(
        "apply --dry-run=server -f -",
        "configmap/m configured (server dry run)\n",
        {
          stdin: config("3"),
        },
      );
      await kubectl.run("get cm m -o jsonpath={.data.key}", "2");
      await kubectl.run(
        "create -f -",
        /strict decoding error: unknown field "spec.containers\[0\].foo"/,
        {
          stdin: POD("x", ["true"], { foo: 1 }),
          code: 1,
          isError: true,
        },
      );
      await kubectl.run(
        "create -f -",
        /^The Pod "X" is invalid: metadata.name: Invalid value: "X"/,
        {
          stdin: POD("X", ["true"]),
          code: 1,
          isError: true,
        },
      );
      await kubectl.run("create deployment z --image=busybox --replicas=0", /created/);
      await kubectl.run(
        "autoscale deploy z --max=3",
        /nothing here scales by load; kubectl scale /,
        {
          code: 1,
          isError: true,
        },
      );
      await kubectl.run("delete deploy z", /deleted/);
      await kubectl.run("get nope", 'error: the server doesn\'t have a resource type "nope"\n', {
        code: 1,
        isError: true,
      });
      const set = (...names: string[]) =>
        JSON.stringify({
          apiVersion: "v1",
          kind: "List",
          items: names.map((name) => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name, labels: { set: "x" } },
          })),
        });
      await kubectl.run("apply -f -", /\/a created\n.*\/b created\n/, { stdin: set("a", "b") });
      await kubectl.run(
        "apply --prune -l set=x -f -",
        "configmap/a unchanged\nconfigmap/b pruned\n",
        { stdin: set("a") },
      );
      await kubectl.run("delete cm --all", /configmap "m" deleted\n$/);
      await until(async () => {
        const { stdout } = await node.kubectl(["get", "cm", "-o", "name"]);
        return stdout === "configmap/kube-root-ca.crt\n";
      }, "the certificate of the API is there again");
    }),
});

Deno.test({
  name: "kubectl: the node, namespaces and events",
  ignore,
  fn: () =>
    inSession(async (kubectl, node) => {
      const name =
        (await node.kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"]))
          .stdout;
      await kubectl.run("get nodes -o wide", /^NAME[^]*\n\S+ +Ready +<none> +\d+s +v1\.36\.0 /);
      await kubectl.run(
        `describe node ${name}`,
        /\n {2}Ready +True +.*kubelet is posting ready status\n/,
      );
      await kubectl.run(
        `describe node ${name}`,
        new RegExp(
          `\\nLease:\\n +HolderIdentity: +${name}\\n +AcquireTime: +<unset>\\n +RenewTime: +\\w`,
        ),
      );
      await kubectl.run("get ns -o name", /^namespace\/default\n[^]*namespace\/kube-system\n$/);
      await kubectl.run("get sa default -o name", "serviceaccount/default\n");
      await kubectl.run(`cordon ${name}`, `node/${name} cordoned\n`);
      await kubectl.run(`get node ${name}`, /SchedulingDisabled/);
      await kubectl.run("create -f -", "pod/a created\n", { stdin: POD("a", ["sleep", "1000"]) });
      await until(
        async () =>
          /were unschedulable/.test((await node.kubectl(["describe", "pod", "a"])).stdout),
        "the Pod waits for a node",
      );
      await kubectl.run(`uncordon ${name}`, `node/${name} uncordoned\n`);
      await kubectl.run("wait --for=condition=Ready pod/a", /met/);
      const events =
        /FailedScheduling[^]*Scheduled +pod\/a [^]*Started +pod\/a +Container started\n/;
      await kubectl.run("get events", events);
      await kubectl.run("events --for=pod/a", /Scheduled/);
      await kubectl.run("describe pod a", /\nEvents:\n[^]* Scheduled [^]* Started /);
      await kubectl.run("top nodes", /^NAME +CPU\(cores\)[^]*\n\S+ +\d+m +\d+% +\d+Mi +\d+% *\n$/);
      await kubectl.run("top pods -A", /^NAMESPACE +NAME +CPU[^]*\ndefault +a +\d+m +\d+Mi *\n$/);
      await kubectl.run("top pods --containers", /\na +c +\d+m +\d+Mi *\n$/);
      await kubectl.run("top pod b", /podmetrics\.metrics\.k8s\.io "default\/b" not found/, {
        code: 1,
        isError: true,
      });
      await kubectl.run("get --raw /metrics", /\nkubelet_pod_start_duration_seconds_count 1\n/);
      await kubectl.run(
        `get --raw /api/v1/nodes/${name}/proxy/metrics/resource`,
        /\npod_cpu_usage_seconds_total\{namespace="default",pod="a"\} [\d.]+\n/,
      );
      await kubectl.run(`taint node ${name} a=b:NoSchedule`, `node/${name} tainted\n`);
      await kubectl.run(`taint node ${name} a-`, `node/${name} untainted\n`);
      await kubectl.run(`drain ${name} --force`, /\npod\/a evicted\nnode\/\S+ drained\n$/);
      await kubectl.run(`uncordon ${name}`, `node/${name} uncordoned\n`);
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "x" } };
      await kubectl.run("create -f -", "namespace/x created\n", {
        stdin: JSON.stringify(namespace),
      });
      await kubectl.run("-n x create -f -", "pod/b created\n", {
        stdin: POD("b", ["sleep", "1000"]),
      });
      await kubectl.run("-n x wait --for=condition=Ready pod/b", /met/);
      await kubectl.run(`taint node ${name} a=b:NoExecute`, `node/${name} tainted\n`);
      await kubectl.run(
        "-n x wait --for=delete pod/b --timeout=60s",
        /^(pod\/b condition met\n)?$/,
      );
      await kubectl.run(
        "-n x get events",
        /TaintManagerEviction +pod\/b +Marking for deletion Pod x\/b\n/,
      );
      await kubectl.run(`taint node ${name} a-`, `node/${name} untainted\n`);
      await kubectl.run("-n nope create -f -", /namespaces "nope" not found/, {
        stdin: POD("b", ["true"]),
        code: 1,
        isError: true,
      });
      await kubectl.run("delete ns x", 'namespace "x" deleted\n');
      await kubectl.run("get pods -n x -o name", "");
    }),
});

Deno.test({
  name: "kubectl: what it makes itself",
  ignore,
  fn: () =>
    inSession(async (kubectl) => {
      await kubectl.run("create cm c --from-literal=a=b", "configmap/c created\n");
      await kubectl.run("get cm c -o jsonpath={.data.a}", "b");
      await kubectl.run("create secret generic s --from-literal=a=b", "secret/s created\n");
      await kubectl.run("get secret s -o jsonpath={.data.a}", "Yg==");
      await kubectl.run("create ns n", "namespace/n created\n");
      await kubectl.run("create sa a", "serviceaccount/a created\n");
      await kubectl.run(
        "create role r --verb=get --resource=pods",
        "role.rbac.authorization.k8s.io/r created\n",
      );
      await kubectl.run("create rolebinding r --role=r --user=u", /rolebinding.*\/r created\n/);
      await kubectl.run(
        "create clusterrole r --verb=get --resource=nodes",
        "clusterrole.rbac.authorization.k8s.io/r created\n",
      );
      await kubectl.run("create clusterrolebinding r --clusterrole=r --group=g", /\/r created\n/);
      await kubectl.run(
        "create ingress i --class=x --rule=a.b/p*=c:80,tls=t --default-backend=q:http",
        "ingress.networking.k8s.io/i created\n",
      );
      await kubectl.run("get ingress i -o jsonpath={.spec.rules[0].http.paths[0].path}", "/p");
      await kubectl.run("create pdb p --selector=a=b --min-available=1", /\/p created\n/);
      await kubectl.run("get pdb p -o jsonpath={.spec.minAvailable}", "1");
      await kubectl.run("create priorityclass p --value=7", /\/p created\n/);
      await kubectl.run("get pc p", /\np +7 /);
      await kubectl.run(
        "create deployment d --image=busybox --replicas=1 -- sleep 1000",
        "deployment.apps/d created\n",
      );
      await kubectl.run("rollout status deploy/d", /successfully rolled out\n$/);
      await kubectl.run("expose deploy d --port=80", "service/d exposed\n");
      await kubectl.run("get svc d", /\nd +ClusterIP +[\d.]+ +<none> +80\/TCP +\d+s\n$/);
      await kubectl.run("create job j --image=busybox -- echo hi", "job.batch/j created\n");
      await kubectl.run("wait --for=condition=complete job/j", "job.batch/j condition met\n");
      await kubectl.run("logs job/j", "hi\n");
      await kubectl.run(
        "create cronjob t --image=busybox --schedule=0·0·1·1·* -- echo hi",
        "cronjob.batch/t created\n",
      );
      await kubectl.run("create job k --from=cronjob/t", "job.batch/k created\n");
      const words =
        "run r --rm -i --image=busybox --restart=Never -- sh -c read·a;·echo·$a;·exit·3";
      await kubectl.run(words, /^hi\n/, { stdin: "hi\n", code: 3 });
      await kubectl.run("delete deploy,svc,job,cj --all", /deployment.apps "d" deleted/);
    }),
});

Deno.test({
  name: "kubectl: what goes on",
  ignore,
  fn: () =>
    inSession(async (kubectl, node) => {
      await kubectl.run("create -f -", "pod/first created\n", {
        stdin: POD("first", ["sleep", "1000"]),
      });
      const watch = node.startKubectl(["get", "pods", "-w"]);
      const reader = watch.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let seen = "";
      // It watches from here on: what begins before would be in its list already.
      while (!/\nfirst /.test(seen)) seen += (await reader.read()).value;
      const go = `${node.folder}/go`;
      const script = `echo 1; while [ ! -e ${go} ]; do sleep 0.1; done; echo 2; exit 3`;
      const once = JSON.parse(POD("once", ["sh", "-c", script]));
      once.spec.restartPolicy = "Never";
      await kubectl.run("create -f -", "pod/once created\n", { stdin: JSON.stringify(once) });
      await kubectl.run("wait --for=jsonpath={.status.phase}=Running pod/once", /condition met/);
      const follow = node.startKubectl(["logs", "-f", "once"]);
      const followed = follow.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let log = "";
      while (log !== "1\n") log += (await followed.read()).value;
      await Deno.writeTextFile(go, "");
      for (let next; !(next = await followed.read()).done;) log += next.value;
      await follow.stderr.cancel();
      deepEqual([log, (await follow.status).code], ["1\n2\n", 0]);
      await kubectl.run("wait --for=jsonpath={.status.phase}=Failed pod/once", /condition met/);
      await kubectl.run("delete pod once", 'pod "once" deleted\n');
      while (!/Error/.test(seen)) seen += (await reader.read()).value;
      watch.kill();
      await reader.cancel();
      await watch.stderr.cancel();
      await watch.status;
      match(
        seen,
        /^NAME +READY[^]*\nonce +0\/1 +Pending[^]*\nonce +1\/1 +Running[^]*\nonce +0\/1 +Error/,
      );

      const server = "import http.server,socketserver as s\n" +
        "t=s.TCPServer(('127.0.0.1',0),http.server.SimpleHTTPRequestHandler)\n" +
        "print(t.server_address[1],flush=True)\nt.serve_forever()";
      await kubectl.run("create -f -", /created/, {
        stdin: POD("http", ["python3", "-c", server]),
      });
      await kubectl.run("wait --for=condition=Ready pod/http", /met/);
      let port = "";
      await until(async () => {
        port = (await node.kubectl(["logs", "http"])).stdout.trim();
        return port !== "";
      }, "the server prints its port");
      const forward = node.startKubectl(["port-forward", "http", `:${port}`]);
      const lines = forward.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("\n")) text += (await lines.read()).value;
      const local = /127\.0\.0\.1:(\d+) -> /.exec(text)![1];
      const fetches = Array.from({ length: 4 }, () => fetch(`http://127.0.0.1:${local}/nothing`));
      for (const response of await Promise.all(fetches)) {
        equal(response.status, 404);
        ok((await response.text()).includes("404"));
      }
      forward.kill();
      await lines.cancel();
      await forward.stderr.cancel();
      await forward.status;

      const bytes = crypto.getRandomValues(new Uint8Array(50_000));
      const large = Array.from({ length: 60 }, () => bytes.toBase64()).join("\n");
      await Deno.writeTextFile(`${node.folder}/large`, large);
      await kubectl.run(`cp ${node.folder}/large http:/${node.folder}/there`, "");
      await kubectl.run(
        `cp http:/${node.folder}/there ${node.folder}/back`,
        /^tar: Removing leading/,
      );
      equal(await Deno.readTextFile(`${node.folder}/back`), large);
    }),
});

Deno.test("docs/serve.md has the commands that these tests run", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/serve.md", import.meta.url));
  const table = text.split("| command | works |")[1]!.split("\n\n")[0]!;
  const listed = [...table.matchAll(/^\| ((?:`[\w-]+`(?:, )?)+) \|/gm)]
    .flatMap(([, cell]) => cell!.match(/[\w-]+/g)!);
  const sources = readSourceFiles("tests/kubectl").map((it) => it.text).join("\n");
  const isRun = (word: string) => new RegExp(`["\`]${word}(?: |",)`).test(sources);
  deepEqual(listed.filter((word) => !isRun(word)), []);
  const run = [...sources.matchAll(/kubectl\.run\(\s*["`](?:-n \S+ )?([a-z][\w-]*)/g)].map((
    [, it],
  ) => it!);
  deepEqual([...new Set(run)].filter((word) => !listed.includes(word)), []);
});
