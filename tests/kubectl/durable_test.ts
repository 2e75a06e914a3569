/**
 * What outlives a server that is killed at any moment: everything that it has answered to, and all
 * that a watch has shown. `PODLING_KILLS` is how often it is killed.
 */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { Random } from "../support/random.ts";
import {
  makePlaces,
  type Places,
  type ServedNode,
  serveNode,
  until,
} from "../support/served_node.ts";

const ROUNDS = Number(Deno.env.get("PODLING_KILLS") ?? 3);
const WRITERS = 8;
const PODS = "/api/v1/namespaces/default/pods";
const MAPS = "/api/v1/namespaces/default/configmaps";

const WORDS = ["--isolation", "process"];

/** A Pod whose program sleeps so long as the programs of no other test. */
const podOf = (mark: string) => ({
  containers: [{ name: "c", image: "none", command: ["sleep", mark] }],
});

const deploymentOf = (mark: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: podOf(mark),
    },
  },
});

/** What may be stored of one ConfigMap: its value, or undefined where there is none. */
interface Known {
  /** Of the last answer. */
  answered: string | undefined;
  /** What has been asked for since then. */
  asked?: { readonly value: string | undefined };
}

const json = { "content-type": "application/json" };

/** Writes until the server is gone, and notes what it is asked for and what it answers. */
async function write(node: ServedNode, name: string, known: Known, random: Random): Promise<void> {
  const body = (value: string) =>
    JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value } });
  for (;;) {
    const isRemoval = known.answered !== undefined && random.chance(0.2);
    const value = isRemoval ? undefined : `${name} ${random.integer(0, 1e9)}`;
    known.asked = { value };
    const [path, method] = isRemoval
      ? [`${MAPS}/${name}`, "DELETE"]
      : known.answered === undefined
      ? [MAPS, "POST"]
      : [`${MAPS}/${name}`, "PUT"];
    try {
      const response = await node.fetch(path, {
        method,
        ...value !== undefined && { headers: json, body: body(value) },
      });
      // The answer is whole: an acknowledgement.
      const text = await response.text();
      ok(response.ok, `${method} ${path}: ${text}`);
    } catch (error) {
      // The server is gone.
      if (error instanceof TypeError || error instanceof Deno.errors.Http) return;
      throw error;
    }
    known.answered = value;
    delete known.asked;
  }
}

/** Reads a watch until the server is gone; returns the last version that it showed. */
async function watch(node: ServedNode): Promise<number> {
  let version = 0;
  let text = "";
  try {
    const { body } = await node.fetch(`${MAPS}?watch=true&resourceVersion=0`);
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split("\n");
      text = lines.pop()!;
      for (const line of lines) {
        version = Math.max(version, Number(JSON.parse(line).object.metadata.resourceVersion));
      }
    }
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.Http)) throw error;
  }
  return version;
}

/** Processes that sleep so long. */
function countProcesses(mark: string): number {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return Deno.readTextFileSync(`/proc/${name}/cmdline`) === `sleep\0${mark}\0`;
    } catch {
      // It is gone.
      return false;
    }
  }).length;
}

async function restartsOf(node: ServedNode): Promise<number[] | undefined> {
  const { items } = await (await node.fetch(PODS)).json();
  const statuses = items.map((it: { status: { containerStatuses?: { ready: boolean }[] } }) =>
    it.status.containerStatuses?.[0]
  );
  const isUp = ({ status }: { status: { phase?: string } }, index: number) =>
    status.phase === "Succeeded" || statuses[index]?.ready;
  if (!items.every(isUp)) return undefined;
  return statuses.map((it: { restartCount: number }) => it.restartCount);
}

async function check(node: ServedNode, known: ReadonlyMap<string, Known>, seen: number) {
  const list = await (await node.fetch(MAPS)).json();
  const stored = new Map<string, string>(
    list.items.map((it: { metadata: { name: string }; data?: { value: string } }) => [
      it.metadata.name,
      it.data?.value,
    ]),
  );
  for (const [name, { answered, asked }] of known) {
    const value = stored.get(name);
    const isKept = value === answered || (asked !== undefined && value === asked.value);
    ok(isKept, `${name}: ${value}, not ${answered} nor ${asked?.value}`);
  }
  const version = Number(list.metadata.resourceVersion);
  ok(version >= seen, `version ${version} after ${seen} was shown`);
  return stored;
}

async function play(places: Places, random: Random): Promise<void> {
  const known = new Map<string, Known>();
  const mark = String(10_000_000 + Deno.pid);
  await using nodes = new AsyncDisposableStack();
  let node = nodes.use(await serveNode(WORDS, places));
  const { token } = node;
  const created = await node.fetch("/apis/apps/v1/namespaces/default/deployments", {
    method: "POST",
    headers: json,
    body: JSON.stringify(deploymentOf(mark)),
  });
  equal(created.status, 201, await created.text());
  await until(async () => (await restartsOf(node))?.length === 2, "both Pods run");
  for (let round = 1; round <= ROUNDS; round++) {
    const names = Array.from({ length: WRITERS }, (_, index) => `w${index}`);
    const shown = watch(node);
    const writers = names.map((name) => {
      const state: Known = known.get(name) ?? { answered: undefined };
      known.set(name, state);
      return write(node, name, state, random);
    });
    await new Promise((resolve) => setTimeout(resolve, random.integer(0, 400)));
    const { code } = await node.end("SIGKILL");
    equal(code, 137);
    await Promise.all(writers);
    const seen = await shown;
    node = nodes.use(await serveNode(WORDS, places));
    equal(node.token, token);
    const stored = await check(node, known, seen);
    for (const [name, state] of known) {
      state.answered = stored.get(name);
      delete state.asked;
    }
    const old = await node.fetch(`${MAPS}?watch=true&resourceVersion=1`);
    match(await old.text(), /"reason":"Expired".*"code":410/);
    await until(
      async () => (await restartsOf(node))?.join() === `${round},${round}`,
      `both Pods run again, for the ${round}. time`,
    );
    // Nothing of the dead node is left.
    await until(
      () => Promise.resolve(countProcesses(mark) === 2),
      "two processes of the Deployment",
    );
  }
  const { code, stderr } = await node.end("SIGTERM");
  deepEqual([code, stderr], [0, ""]);
  equal(countProcesses(mark), 0);
}

Deno.test(`nothing acknowledged is lost when serve is killed ${ROUNDS} times under load`, async () => {
  await using places = await makePlaces();
  await play(places, new Random(Date.now()));
});

Deno.test("a second server on the same data is refused, and Pods and Services come back after SIGTERM", async () => {
  await using places = await makePlaces();
  const folder = `${places.folder}/objects`;
  const words = [...WORDS, "--data", folder];
  const mark = String(20_000_000 + Deno.pid);
  await using first = await serveNode(words, places);
  const create = async (name: string, spec: unknown) => {
    const created = await first.fetch(PODS, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec }),
    });
    equal(created.status, 201, await created.text());
  };
  const logOf = async (node: ServedNode) => await (await node.fetch(`${PODS}/done/log`)).text();
  const phaseOf = async (node: ServedNode, name: string) =>
    (await (await node.fetch(`${PODS}/${name}`)).json()).status?.phase;
  await create("done", {
    restartPolicy: "Never",
    containers: [{ name: "c", image: "none", command: ["echo", "said"] }],
  });
  await create("p", podOf(mark));
  const services = async (node: ServedNode) => {
    const { items } = await (await node.fetch("/api/v1/services")).json();
    return items.map((it: { metadata: { uid: string }; spec: { clusterIP: string } }) =>
      [it.metadata.uid, it.spec.clusterIP] as const
    );
  };
  const service = await first.fetch("/api/v1/namespaces/default/services", {
    method: "POST",
    headers: json,
    body: JSON.stringify({ metadata: { name: "web" }, spec: { ports: [{ port: 8080 }] } }),
  });
  equal(service.status, 201, await service.text());
  const before = await services(first);
  equal(before.length, 2);
  await until(async () => await phaseOf(first, "done") === "Succeeded", "one Pod has ended");
  await until(async () => await phaseOf(first, "p") === "Running", "the other one runs");

  const second = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", "src/main.ts", "serve", "--listen", "127.0.0.1:0", ...words],
    env: { PODLING_DATA: `${places.folder}/data`, PODLING_STATE: places.state, NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  deepEqual([second.code, decoder.decode(second.stdout)], [125, ""]);
  match(
    decoder.decode(second.stderr),
    /^podling: --data: \S+ is in use by another podling serve \(process \d+\); end that one, or/,
  );

  const { code, stderr } = await first.end("SIGTERM");
  deepEqual([code, stderr, countProcesses(mark)], [0, "", 0]);
  await using third = await serveNode(words, places);
  // That of the API too, whose port is another.
  deepEqual(await services(third), before);
  await until(
    async () => (await restartsOf(third))?.includes(1) ?? false,
    "the Pod that ran runs again",
  );
  deepEqual([await phaseOf(third, "done"), await logOf(third)], ["Succeeded", "said\n"]);
  const deleted = await third.fetch(`${PODS}/done`, { method: "DELETE" });
  equal(deleted.status, 200, await deleted.text());
  await until(
    () => Promise.resolve([...Deno.readDirSync(`${folder}/logs`)].length === 1),
    "its log is gone with it",
  );
  equal((await third.end("SIGTERM")).code, 0);
});
