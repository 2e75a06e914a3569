/** A node that serves: its start, and what kubectl waits for. */
import { readSettings } from "../../packaging/bundle.ts";
import { kubectlPath, makePlaces, type ServedNode, serveNode } from "../support/served_node.ts";
import {
  type Benchmark,
  type Figure,
  measurePairs,
  median,
  plainFigure,
  ratioFigure,
} from "./figure.ts";
import { delay, readProc } from "./footprint.ts";
import { installInto, makeScratch, OBEDIENT, podling, PROJECT, timeProgram } from "./program.ts";
import { createAll, createMany, watch } from "./served_client.ts";

const REPLICAS = 50;
const PODS = 1000;
const EXITS = 25;

/** From the start of the program to its line, against a Deno that does nothing. */
export const serveReady: Benchmark = {
  name: "serve-ready",
  async run() {
    using scratch = makeScratch();
    const empty = scratch.write("empty.ts", "");
    const launcher = await installInto(scratch);
    const task = readSettings().tasks["serve"]!.split(" ").slice(1);
    const programs: readonly (readonly [string, readonly string[], number | undefined])[] = [
      ["podling serve", ["sh", launcher, "serve"], 4],
      ["deno task serve", [Deno.execPath(), ...task], undefined],
    ];
    const figures: Figure[] = [];
    for (const [name, words, atMost] of programs) {
      await using places = await makePlaces();
      const pairs = await measurePairs(
        11,
        () => timeReady([...words, "--listen", "127.0.0.1:0", "--in-memory"], places),
        () => timeProgram([Deno.execPath(), "run", empty]),
      );
      const figure = ratioFigure(`${name} ready, against an empty module`, pairs, atMost ?? 0);
      if (atMost !== undefined || "skipped" in figure) figures.push(figure);
      else {
        const { bound: _, ...unbound } = figure;
        figures.push(unbound);
      }
    }
    return figures;
  },
};

async function timeReady(
  [program = "", ...args]: readonly string[],
  { folder, state }: { readonly folder: string; readonly state: string },
): Promise<number> {
  const begun = performance.now();
  const child = new Deno.Command(program, {
    args,
    cwd: PROJECT,
    env: { PODLING_DATA: `${folder}/data`, PODLING_STATE: state },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  const took = performance.now() - begun;
  await reader.cancel();
  child.kill("SIGTERM");
  await child.status;
  if (done) throw new Error("serve ended before it was ready");
  return took;
}

const labels = { app: "web" };
const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: REPLICAS,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "c", image: "busybox", command: OBEDIENT }],
      },
    },
  },
};

/** The replicas of a Deployment, by kubectl and in a run. */
export const serveDeployment: Benchmark = {
  name: "serve-deployment",
  async run() {
    const what = `kubectl apply of a Deployment of ${REPLICAS} until all are ready, against run`;
    if (kubectlPath === undefined) return [{ what, skipped: "kubectl is not installed" }];
    using scratch = makeScratch();
    const manifest = scratch.write("web.json", JSON.stringify(DEPLOYMENT));
    await using node = await serveNode([
      "--isolation",
      "process",
      "--network",
      "host",
      "--in-memory",
    ]);
    const pairs = await measurePairs(
      5,
      () => timeApply(node, manifest),
      () => timeRun([...podling, "--isolation", "process", "--network", "host", manifest]),
    );
    return [ratioFigure(what, pairs, 1.2)];
  },
};

/** The reason of a rollout that is complete. */
const COMPLETE = /"NewReplicaSetAvailable"/;

async function timeApply(node: ServedNode, manifest: string): Promise<number> {
  const path = "/apis/apps/v1/namespaces/default/deployments";
  await using events = await watch(node, path);
  const begun = performance.now();
  const applying = node.kubectl(["apply", "-f", manifest]);
  await events.until(({ object }) => COMPLETE.test(JSON.stringify(object)));
  const took = performance.now() - begun;
  const { code, stderr } = await applying;
  if (code !== 0) throw new Error(stderr);
  await node.kubectl(["delete", "-f", manifest, "--cascade=foreground"]);
  return took;
}

async function timeRun([program = "", ...args]: readonly string[]): Promise<number> {
  const begun = performance.now();
  const child = new Deno.Command(program, {
    args: [...args, "--output", "ndjson"],
    cwd: PROJECT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let took: number | undefined;
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (took !== undefined) continue;
    text += piece;
    if (!COMPLETE.test(text)) continue;
    took = performance.now() - begun;
    child.kill("SIGTERM");
  }
  await child.status;
  if (took === undefined) throw new Error("the run ended before its replicas were ready");
  return took;
}

/** A list that kubectl shows, against its shortest question. */
export const kubectlGet: Benchmark = {
  name: "kubectl-get",
  async run() {
    const what = `kubectl get pods with ${PODS} Pods, against kubectl version`;
    if (kubectlPath === undefined) return [{ what, skipped: "kubectl is not installed" }];
    await using node = await serveNode(["--isolation", "process", "--in-memory"]);
    await createMany(node, "/api/v1/namespaces/default/pods", PODS, (name) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      // They wait without taking time.
      spec: { schedulingGates: [{ name: "a/b" }], containers: [{ name: "c", image: "busybox" }] },
    }));
    const time = async (words: readonly string[]) => {
      const begun = performance.now();
      const { code, stderr } = await node.kubectl(words);
      if (code !== 0) throw new Error(stderr);
      return performance.now() - begun;
    };
    const pairs = await measurePairs(15, () => time(["get", "pods"]), () => time(["version"]));
    return [ratioFigure(what, pairs, 1.5)];
  },
};

/** How soon a client learns of an exit. */
export const watchExit: Benchmark = {
  name: "watch-exit",
  async run() {
    await using node = await serveNode(["--in-memory"]);
    const path = "/api/v1/namespaces/default/pods";
    await using events = await watch(node, path);
    const times: number[] = [];
    for (let index = 0; index <= EXITS; index++) {
      const name = `p${index}`;
      const seconds = String(1_000_000 + index);
      await createAll(node, path, [{
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: {
          restartPolicy: "Never",
          containers: [{ name: "c", image: "busybox", command: ["sleep", seconds] }],
        },
      }]);
      const untilPod = (state: string) =>
        // deno-lint-ignore no-explicit-any
        events.until(({ object }: any) =>
          object.metadata.name === name && object.status?.containerStatuses?.[0].state[state]
        );
      await untilPod("running");
      const pid = findSleeper(seconds);
      await delay(20); // What its start leaves to do is over.
      Deno.kill(pid, "SIGKILL");
      while (lives(pid));
      const begun = performance.now();
      await untilPod("terminated");
      if (index > 0) times.push(performance.now() - begun);
    }
    const what = "from the end of a program to its event at a client";
    return [plainFigure(what, median(times), "ms", { atMost: 5 })];
  },
};

/** Whether a program has not ended yet. */
function lives(pid: number): boolean {
  const state = / ([A-Z]) /.exec(readProc(pid, "stat"))?.[1];
  return state !== undefined && !"ZX".includes(state);
}

/** The program of a container: `sleep` with a number that no other has. */
function findSleeper(seconds: string): number {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const words = readProc(Number(name), "cmdline").split("\0");
    if (words.at(-2) === seconds && words.at(-3)?.endsWith("sleep")) return Number(name);
  }
  throw new Error(`no program sleeps for ${seconds} s`);
}
