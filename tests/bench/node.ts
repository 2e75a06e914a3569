/** The real wiring of a node in this process, with a stopwatch between it and the machine. */
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import type { Container, Pod } from "../../src/api/types/pod.ts";
import { systemClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import { readNodeFacts } from "../../src/cli/machine/node_facts.ts";
import { type Cluster, startCluster, type StartControllers } from "../../src/cluster.ts";
import type { PodProgress } from "../../src/node/pod_worker.ts";
import { defaultSettings } from "../../src/lifecycle/record/record.ts";
import { readIsolation } from "../../src/runtime/linux/isolation.ts";
import { createLinuxRuntime, type LinuxRuntime } from "../../src/runtime/linux/linux_runtime.ts";
import { readRuntimeFacts } from "../../src/runtime/linux/runtime_facts.ts";
import { planRuntime } from "../../src/runtime/linux/runtime_plan.ts";
import { readNetworkSupport } from "../../src/runtime/network/network_support.ts";
import type { IsolationLevel, NetworkKind } from "../../src/runtime/config.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";

/** What the stopwatch saw of one pod, in milliseconds since 1970. */
export interface Moments {
  /** `prepareVolumes()` was called: the node has accepted the pod. */
  accepted: number;
  /** Each `createContainer()`: the node has decided to start a container. */
  readonly decided: number[];
  /** Each time `startContainer()` resolved: the kernel has executed the program. */
  readonly started: number[];
  /** What the containers wrote, in order. */
  output: string;
  /**
   * From the request for its end to the moment when nothing of it is left, in milliseconds; 0
   * before that.
   */
  endedIn: number;
}

/** A node that runs pods for a benchmark. */
export interface BenchNode extends AsyncDisposable {
  /** Runs a pod until the condition holds, then ends it and waits until nothing of it is left. */
  run(spec: PodToRun, until: (moments: Moments) => boolean): Promise<Moments>;
  /**
   * Starts pods that stay until the node is given back; resolves when all of their containers run.
   */
  keep(count: number, spec: PodToRun): Promise<void>;
  /** Creates an object that has one Pod; resolves when that runs. */
  manage(object: KubernetesObject): Promise<void>;
  /**
   * Kills the Pod of that object; resolves with the milliseconds until the program of the Pod that
   * takes its place is executed.
   */
  heal(): Promise<number>;
}

/** What may differ between the pods of benchmarks. */
export interface PodToRun {
  readonly restartPolicy: "Always" | "Never";
  readonly init?: readonly (readonly string[])[];
  readonly command: readonly string[];
  /** How many containers run the command. @default 1 */
  readonly containers?: number;
  /** How many empty volumes each of them has. @default 0 */
  readonly volumes?: number;
  /** What they get when they are ended. @default 0 */
  readonly graceSeconds?: number;
}

/** Why there are no Pods with networks of their own here; undefined where there are. */
export async function networkRefusal(): Promise<string | undefined> {
  const { level, machine } = await readIsolation();
  if (level !== "sandbox") return "this machine has no sandbox";
  return (await readNetworkSupport(machine.tools, machine.privileged)).refusal?.reason;
}

/** The isolation that figures without a level of their own are taken in: the best there is here. */
export async function bestLevel(): Promise<IsolationLevel> {
  return (await readIsolation()).level;
}

/** Starts a node without back-off; controllers run if they are given. */
export async function startBenchNode(
  level: IsolationLevel,
  network: NetworkKind = "host",
  startControllers?: StartControllers,
): Promise<BenchNode> {
  const clock = systemClock();
  const facts = await readRuntimeFacts(readIsolation(), network);
  const runtimePlan = planRuntime(facts, { isolation: level, network, keep: false });
  let runtime: LinuxRuntime | undefined;
  const seen = new Map<string, Moments>();
  const look: { now: () => void } = { now: () => {} };
  const momentsOf = (uid: string) => {
    const moments = seen.get(uid) ??
      { accepted: 0, decided: [], started: [], output: "", endedIn: 0 };
    seen.set(uid, moments);
    return moments;
  };
  const cluster = startCluster({
    clock,
    settings: {
      ...defaultSettings,
      wallZeroMs: clock.wallTime(0),
      backoff: { baseMs: 0, maxMs: 0, resetMs: 0 },
    },
    createRuntime: (listener) => {
      runtime = createLinuxRuntime(runtimePlan, { clock }, listener);
      return withStopwatch(runtime, momentsOf);
    },
    resolveImage: () => undefined,
    home: "/",
    newUid: () => crypto.randomUUID(),
    node: readNodeFacts(),
    startsAtOnce: 2 * navigator.hardwareConcurrency,
    startControllers,
    onLogEvent: () => look.now(),
    // That the network has no way out does not matter here.
    onWarning: network === "host" ? fail : () => {},
    onOutput: ({ podUid, chunk }) => {
      momentsOf(podUid).output += new TextDecoder().decode(chunk);
      look.now();
      return Promise.resolve();
    },
    log: lineLogger(fail),
  });
  let count = 0;
  const runs = (uid: string) => momentsOf(uid).started.length > 0;
  const waitUntil = async (condition: () => boolean) => {
    await new Promise<void>((resolve) => {
      look.now = () => condition() && resolve();
      look.now();
    });
    look.now = () => {};
  };
  return {
    async run(spec, until) {
      const [pod] = cluster.submit([makePod(`bench-${count++}`, spec)]);
      const { uid } = pod!.metadata;
      const moments = momentsOf(uid!);
      await waitUntil(() => until(moments));
      const begun = now();
      await endPod(cluster, pod!, spec.graceSeconds ?? 0);
      moments.endedIn = now() - begun;
      return moments;
    },
    async keep(number, spec) {
      const pods = Array.from({ length: number }, () => makePod(`bench-${count++}`, spec));
      const uids = cluster.submit(pods).map(({ metadata }) => metadata.uid!);
      const { containers = 1 } = spec;
      await waitUntil(() => uids.every((uid) => momentsOf(uid).started.length === containers));
    },
    async manage(object) {
      await cluster.client.create(object);
      await waitUntil(() => [...seen.keys()].some(runs));
    },
    async heal() {
      const pod = cluster.client.list("Pod").find(({ metadata }) => metadata.ownerReferences);
      const known = new Set(seen.keys());
      const begun = now();
      cluster.deletePod("default", pod!.metadata.name, 0);
      const findNext = () => [...seen.keys()].find((uid) => !known.has(uid) && runs(uid));
      await waitUntil(() => findNext() !== undefined);
      const took = momentsOf(findNext()!).started[0]! - begun;
      const isGone = ({ pod: { metadata }, state }: PodProgress) =>
        metadata.uid !== pod!.metadata.uid || state === "done";
      await cluster.waitFor(() => cluster.everyPod(isGone));
      return took;
    },
    async [Symbol.asyncDispose]() {
      await cluster.stop();
      await runtime?.close();
    },
  };
}

/** The wall clock to a fraction of a millisecond, as `date +%s%N` prints it too. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function withStopwatch(runtime: Runtime, momentsOf: (uid: string) => Moments): Runtime {
  const owners = new Map<string, string>();
  return {
    prepareVolumes(uid, volumes, ownership) {
      momentsOf(uid).accepted = now();
      return runtime.prepareVolumes(uid, volumes, ownership);
    },
    updateVolumes: (...request) => runtime.updateVolumes(...request),
    readVolumeFile: (request, signal) => runtime.readVolumeFile(request, signal),
    runPodSandbox: (config) => runtime.runPodSandbox(config),
    stopPodSandbox: (id) => runtime.stopPodSandbox(id),
    async createContainer(sandboxId, config) {
      momentsOf(config.podUid).decided.push(now());
      const id = await runtime.createContainer(sandboxId, config);
      owners.set(id, config.podUid);
      return id;
    },
    expectContainer: (id, config) => runtime.expectContainer(id, config),
    async startContainer(id) {
      const start = await runtime.startContainer(id);
      momentsOf(owners.get(id)!).started.push(now());
      return start;
    },
    resizePod: (uid, resize) => runtime.resizePod(uid, resize),
    signalContainer: (id, signal) => runtime.signalContainer(id, signal),
    runHandler: (id, request, signal) => runtime.runHandler(id, request, signal),
    removeContainer: (id) => runtime.removeContainer(id),
    list: () => runtime.list(),
    logs: (...request) => runtime.logs(...request),
    exec: (...request) => runtime.exec(...request),
    attach: (...request) => runtime.attach(...request),
    dial: (uid, port) => runtime.dial(uid, port),
    stats: (uid) => runtime.stats(uid),
    updateServices: (table) => runtime.updateServices(table),
    removePod: (uid) => runtime.removePod(uid),
    removeVolume: (namespace, name) => runtime.removeVolume(namespace, name),
    removeLogs: (uid) => runtime.removeLogs(uid),
  };
}

function makePod(name: string, spec: PodToRun): Pod {
  const { restartPolicy, init = [], command, containers = 1, volumes = 0 } = spec;
  const names = Array.from({ length: volumes }, (_, index) => `volume${index}`);
  const container = (container: string, argv: readonly string[]): Container => ({
    name: container,
    image: "busybox",
    command: argv,
    volumeMounts: names.map((name) => ({ name, mountPath: `/mnt/${name}` })),
  });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: {
      restartPolicy,
      initContainers: init.map((argv, index) => container(`init${index}`, argv)),
      containers: Array.from(
        { length: containers },
        (_, index) => container(`app${index}`, command),
      ),
      volumes: names.map((name) => ({ name, emptyDir: {} })),
    },
  };
}

async function endPod(
  cluster: Cluster,
  { metadata: { uid, name } }: Pod,
  graceSeconds: number,
): Promise<void> {
  cluster.deletePod("default", name, graceSeconds);
  await cluster.waitFor(() =>
    cluster.pods().some(({ pod, state }) => pod.metadata.uid === uid && state === "done")
  );
}

/** Nothing that a node complains of belongs into a benchmark. */
function fail(line: string): never {
  throw new Error(line);
}
