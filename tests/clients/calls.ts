/**
 * What programs call of Kubernetes' JavaScript client, against the server of KUBECONFIG. Each step
 * is printed when it is done.
 */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { connect, createServer, type Server } from "node:net";
import { PassThrough, Readable, Writable } from "node:stream";
import {
  ApiException,
  AppsV1Api,
  Attach,
  AuthenticationV1Api,
  CoordinationV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  makeInformer,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  type V1Pod,
  type V1Status,
  Watch,
} from "@kubernetes/client-node";

const config = new KubeConfig();
config.loadFromDefault();
const namespace = "default";
const core = config.makeApiClient(CoreV1Api);
const apps = config.makeApiClient(AppsV1Api);
const objects = KubernetesObjectApi.makeApiClient(config);

function podOf(
  name: string,
  script: string,
  more: Partial<V1Pod["spec"]> = {},
): V1Pod {
  return {
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      restartPolicy: "Never",
      containers: [{
        name: "c",
        image: "none",
        command: ["sh", "-c", script],
        stdin: true,
      }],
      ...more,
    },
  };
}

async function refused(call: Promise<unknown>, code: number): Promise<string> {
  const error = await call.then(() => undefined, (error) => error);
  ok(error instanceof ApiException, String(error));
  equal(error.code, code);
  return error.body.message ?? JSON.parse(error.body).message;
}

/** Collects what is written. */
class Sink extends Writable {
  text = "";

  override _write(
    chunk: Uint8Array,
    _encoding: string,
    done: () => void,
  ): void {
    this.text += new TextDecoder().decode(chunk);
    done();
  }
}

async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  for (const end = Date.now() + 30_000; !await holds();) {
    if (Date.now() > end) throw new Error(`not within half a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const phaseOf = async (name: string) =>
  (await core.readNamespacedPod({ namespace, name })).status?.phase;

const steps: Record<string, () => Promise<void>> = {
  "create, read, list, replace, patch and delete": async () => {
    const body = {
      metadata: { name: "a", labels: { x: "1" } },
      data: { k: "1" },
    };
    const created = await core.createNamespacedConfigMap({ namespace, body });
    ok(created.metadata?.creationTimestamp instanceof Date);
    match(
      await refused(core.createNamespacedConfigMap({ namespace, body }), 409),
      /already exists/,
    );
    const listed = await core.listNamespacedConfigMap({
      namespace,
      labelSelector: "x=1",
    });
    deepEqual(listed.items.map(({ metadata }) => metadata?.name), ["a"]);
    const name = "a";
    const replaced = await core.replaceNamespacedConfigMap({
      ...{ namespace, name },
      body: { ...created, data: { k: "2" } },
    });
    equal(replaced.data?.["k"], "2");
    const stale = { namespace, name, body: { ...created, data: { k: "3" } } };
    match(
      await refused(core.replaceNamespacedConfigMap(stale), 409),
      /has been modified/,
    );
    const patches = [
      [PatchStrategy.JsonPatch, [{
        op: "replace",
        path: "/data/k",
        value: "json",
      }], "json"],
      [PatchStrategy.MergePatch, { data: { k: "merge" } }, "merge"],
      [
        PatchStrategy.StrategicMergePatch,
        { data: { k: "strategic" } },
        "strategic",
      ],
    ] as const;
    for (const [type, body, expected] of patches) {
      const patched = await core.patchNamespacedConfigMap(
        { namespace, name, body },
        setHeaderOptions("Content-Type", type),
      );
      equal(patched.data?.["k"], expected);
    }
    await core.deleteNamespacedConfigMap({ namespace, name });
    match(
      await refused(core.readNamespacedConfigMap({ namespace, name }), 404),
      /"a" not found/,
    );
  },

  "objects of any kind, and server-side apply": async () => {
    const metadata = { name: "b", namespace };
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { k: "1" },
    };
    const apply = (
      data: Record<string, string>,
      manager: string,
      force: boolean,
    ) =>
      objects.patch(
        { ...object, data } as typeof object,
        undefined,
        undefined,
        manager,
        force,
        PatchStrategy.ServerSideApply,
      );
    await apply({ k: "1" }, "one", false);
    match(
      await refused(apply({ k: "2" }, "two", false), 409),
      /conflict.*"one"/,
    );
    await apply({ k: "2" }, "two", true);
    const read = await objects.read(object) as typeof object;
    equal(read.data.k, "2");
    const list = await objects.list("v1", "ConfigMap", namespace);
    ok(list.items.some((it) => it.metadata?.name === "b"));
    await objects.delete(object);
  },

  "a Deployment, to its last Pod": async () => {
    const labels = { app: "d" };
    await apps.createNamespacedDeployment({
      namespace,
      body: {
        metadata: { name: "d" },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: podOf("d", "exec sleep 1000", { restartPolicy: "Always" }).spec,
          },
        },
      },
    });
    const target = { namespace, name: "d" };
    const ready = async (count: number) =>
      (await apps.readNamespacedDeployment(target)).status?.readyReplicas ===
        count;
    await until(() => ready(2), "two replicas are ready");
    const scale = await apps.readNamespacedDeploymentScale(target);
    await apps.replaceNamespacedDeploymentScale({
      ...target,
      body: { ...scale, spec: { replicas: 3 } },
    });
    await until(() => ready(3), "three replicas are ready");
    await apps.deleteNamespacedDeployment({
      ...target,
      propagationPolicy: "Foreground",
    });
    await until(
      async () =>
        (await core.listNamespacedPod({ namespace, labelSelector: "app=d" }))
          .items.length === 0,
      "its Pods are gone",
    );
  },

  "watch": async () => {
    const seen: string[] = [];
    const { metadata } = await core.listNamespacedPod({ namespace });
    const watch = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/pods`,
      { resourceVersion: metadata?.resourceVersion, allowWatchBookmarks: true },
      (type, object) => {
        if (type !== "BOOKMARK") seen.push(`${type} ${object.status.phase}`);
      },
      () => {},
    );
    await core.createNamespacedPod({ namespace, body: podOf("w", "exit 0") });
    await until(
      () => seen.some((it) => it.endsWith("Succeeded")),
      "the Pod succeeds",
    );
    await core.deleteNamespacedPod({ namespace, name: "w" });
    await until(
      () => seen.some((it) => it.startsWith("DELETED")),
      "the Pod is deleted",
    );
    equal(seen[0], "ADDED Pending");
    // Under Deno 2.9 the client does not report that it has ended.
    watch.abort();
  },

  "informer": async () => {
    const seen: string[] = [];
    const informer = makeInformer(
      config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => core.listNamespacedConfigMap({ namespace, labelSelector: "i" }),
      "i",
    );
    const create = (name: string) =>
      core.createNamespacedConfigMap({
        namespace,
        body: { metadata: { name, labels: { i: "" } } },
      });
    await create("i1");
    informer.on("add", ({ metadata }) => seen.push(`+${metadata?.name}`));
    informer.on("update", ({ data }) => seen.push(`=${data?.["k"]}`));
    informer.on("delete", ({ metadata }) => seen.push(`-${metadata?.name}`));
    await informer.start();
    await until(() => seen.length === 1, "what is there is added");
    await create("i2");
    const body = [{ op: "add", path: "/data", value: { k: "v" } }];
    await core.patchNamespacedConfigMap(
      { namespace, name: "i2", body },
      setHeaderOptions("Content-Type", PatchStrategy.JsonPatch),
    );
    await core.deleteNamespacedConfigMap({ namespace, name: "i1" });
    await until(() => seen.length === 4, "all changes are seen");
    deepEqual(seen, ["+i1", "+i2", "=v", "-i1"]);
    deepEqual(informer.list().map(({ metadata }) => metadata?.name), ["i2"]);
    await informer.stop();
    await core.deleteCollectionNamespacedConfigMap({
      namespace,
      labelSelector: "i",
    });
  },

  "exec": async () => {
    const body = podOf(
      "p",
      "echo begin; while read line; do echo got $line; done; echo end",
    );
    await core.createNamespacedPod({ namespace, body });
    await until(async () => await phaseOf("p") === "Running", "the Pod runs");
    const run = async (command: string[], input?: string) => {
      const [out, error] = [new Sink(), new Sink()];
      const status = Promise.withResolvers<V1Status>();
      const stdin = input === undefined ? null : Readable.from([input]);
      const exec = new Exec(config);
      await exec.exec(
        namespace,
        "p",
        "c",
        command,
        out,
        error,
        stdin,
        false,
        status.resolve,
      );
      return { status: await status.promise, out: out.text, error: error.text };
    };
    deepEqual(await run(["sh", "-c", "echo out; echo error >&2"]), {
      status: { metadata: {}, status: "Success" },
      out: "out\n",
      error: "error\n",
    });
    const { status, out } = await run(
      ["sh", "-c", "read a; echo $a; exit 7"],
      "typed\n",
    );
    equal(out, "typed\n");
    equal(status.details?.causes?.[0]?.message, "7");
    match(
      (await run(["/no/such"])).status.message ?? "",
      /no such file|not found/,
    );
  },

  "attach and log": async () => {
    const log = new Sink();
    const following = await new Log(config).log(namespace, "p", "c", log, {
      follow: true,
    });
    const out = new Sink();
    const stdin = new PassThrough();
    const socket = await new Attach(config).attach(
      namespace,
      "p",
      "c",
      out,
      null,
      stdin,
      false,
    );
    stdin.write("one\n");
    await until(() => out.text.includes("got one\n"), "the container answers");
    await until(() => log.text === "begin\ngot one\n", "the log has both");
    const last = new Sink();
    await new Log(config).log(namespace, "p", "c", last, {
      tailLines: 1,
      timestamps: true,
    });
    await until(() => last.text.endsWith("\n"), "the last line is read");
    match(last.text, /^\d{4}-\d\d-\d\dT\S+Z got one\n$/);
    socket.close();
    following.abort();
  },

  "port-forward": async () => {
    const script = "import socketserver as s\n" +
      "class H(s.StreamRequestHandler):\n" +
      "  def handle(self): self.wfile.write(b'you said ' + self.rfile.readline())\n" +
      "t = s.TCPServer(('127.0.0.1', 0), H)\nprint(t.server_address[1], flush=True)\n" +
      "t.serve_forever()";
    const body = podOf("s", "");
    body.spec!.containers[0]!.command = ["python3", "-c", script];
    await core.createNamespacedPod({ namespace, body });
    let port = "";
    await until(async () => {
      if (await phaseOf("s") !== "Running") return false;
      port = (await core.readNamespacedPodLog({ namespace, name: "s" })).trim();
      return port !== "";
    }, "the Pod prints its port");
    const forward = new PortForward(config);
    const server: Server = createServer((socket) => {
      void forward.portForward(
        namespace,
        "s",
        [Number(port)],
        socket,
        null,
        socket,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    ok(typeof address === "object" && address !== null);
    const answer = await new Promise<string>((resolve, reject) => {
      const client = connect(
        address.port,
        "127.0.0.1",
        () => client.write("hello\n"),
      );
      client.once("data", (data) => {
        resolve(String(data));
        client.destroy();
      });
      client.once("error", reject);
    });
    equal(answer, "you said hello\n");
    server.close();
  },

  "tokens of service accounts": async () => {
    const target = { namespace, name: "default" };
    const { status } = await core.createNamespacedServiceAccountToken({
      ...target,
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    const review = await config.makeApiClient(AuthenticationV1Api)
      .createTokenReview({
        body: { spec: { token: status!.token! } },
      });
    equal(
      review.status?.user?.username,
      "system:serviceaccount:default:default",
    );
  },

  "a lease, as for the election of a leader": async () => {
    const leases = config.makeApiClient(CoordinationV1Api);
    const name = "leader";
    const spec = {
      holderIdentity: "one",
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
    };
    const created = await leases.createNamespacedLease({
      namespace,
      body: { metadata: { name }, spec },
    });
    const take = (holderIdentity: string) =>
      leases.replaceNamespacedLease({
        ...{ namespace, name },
        body: { ...created, spec: { ...spec, holderIdentity } },
      });
    equal((await take("two")).spec?.holderIdentity, "two");
    await refused(take("three"), 409);
  },
};

for (const [name, step] of Object.entries(steps)) {
  await step();
  console.log(`ok ${name}`);
}
await core.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 });
Deno.exit();
