/**
 * A node of two pods, as a program: it makes what a run makes around a network, tries what the test
 * asks for and prints it as one line of JSON. Its argument is the test to make, as JSON.
 */
import { readIsolation } from "../../src/runtime/linux/isolation.ts";
import type { PodNetwork } from "../../src/runtime/network/pod_network.ts";
import {
  type OutboundTool,
  readNetworkSupport,
} from "../../src/runtime/network/network_support.ts";
import { openPodNetwork } from "../../src/runtime/network/bridge_network.ts";
import { PEER } from "./network_machine.ts";
import { ask } from "./network_peer.ts";
import { until } from "./support.ts";

/** The test to make. */
export interface Trial {
  readonly kind: "pod" | "none";
  /** For the run's sockets. */
  readonly folder: string;
  /** Only this one may lead out. */
  readonly outbound: OutboundTool | "none";
  /** Distinguishes nodes of one machine: names its link and its first host port. */
  readonly number?: number;
  /** Waits to be killed once all is done. */
  readonly stays?: boolean;
}

/** The results. */
export interface TrialOutcome {
  readonly answers: Readonly<Record<string, string>>;
  readonly podIPs: readonly string[];
  readonly nameserver: string | undefined;
  readonly warnings: readonly string[];
  /** The network namespaces that were made. */
  readonly namespaces: readonly string[];
}

interface TestPod {
  readonly pid: number;
  readonly podIP: string;
}

async function main([argument = ""]: readonly string[]): Promise<void> {
  const trial: Trial = JSON.parse(argument);
  const { number = 0 } = trial;
  const { machine } = await readIsolation();
  const user = machine.privileged ? [] : ["--user", "--map-root-user"];
  const holder = await startHolder(["unshare", ...user, "--mount", "--"]);
  const credentials = machine.privileged ? [] : ["-U", "--preserve-credentials"];
  const enter = ["nsenter", "-t", String(holder), ...credentials, "-m", "--"];
  const warnings: string[] = [];
  const chances = number === 0 ? [] : [number / 16];
  const { outbound, ...support } = await readNetworkSupport(machine.tools, machine.privileged);
  const network = openPodNetwork(trial.kind, {
    support: {
      ...support,
      outbound: outbound.filter((tool) => tool === trial.outbound),
      ...trial.outbound === "none"
        ? { outboundRefusal: { reason: "none was left", remedy: "leave one" } }
        : {},
    },
    enter: [machine.tools.nsenter, ...enter.slice(1)],
    stateFolder: trial.folder,
    random: () => chances.shift() ?? 0.5,
    warn: (line) => warnings.push(line),
  });
  const pods: TestPod[] = [];
  let nameserver: string | undefined;
  for (const podUid of ["a", "b"]) {
    const pid = await startHolder([...enter, "unshare", "--net", "--"]);
    const address = await network.reserve(podUid);
    await network.attach(address.podIP, pid);
    nameserver = address.nameserver;
    pods.push({ pid, podIP: address.podIP });
  }
  const answers = await tryAll(network, enter, pods[0]!, pods[1]!, 18080 + 2 * number);
  const outcome: TrialOutcome = {
    answers,
    podIPs: pods.map(({ podIP }) => podIP),
    nameserver,
    warnings,
    namespaces: findNamespaces(),
  };
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(outcome) + "\n"));
  if (trial.stays) await new Promise((resolve) => setTimeout(resolve, 600_000));
  for (const { podIP } of pods) await network.release(podIP);
  await network.close();
  // The shells read the end of their input.
  Deno.exit();
}

async function tryAll(
  network: PodNetwork,
  enter: readonly string[],
  a: TestPod,
  b: TestPod,
  firstPort: number,
): Promise<Record<string, string>> {
  const inPod = ({ pid }: TestPod) => [...enter, "nsenter", "-t", String(pid), "-n", "--"];
  startPeer(inPod(b), ["serve", "0.0.0.0", "8080", "b"]);
  startPeer(inPod(b), ["serve", "127.0.0.1", "9090", "loopback"]);
  await until(async () => await ask(network.connectInside(b.pid, 8080)) === "b 0");
  await until(async () => await ask(network.connectInside(b.pid, 9090)) === "loopback 0");
  const from = (pod: TestPod, host: string, port: number) => askFrom(inPod(pod), host, port);
  const viaHostPort = () => Deno.connect({ hostname: "127.0.0.1", port: firstPort });
  const hostPort = { hostIP: "127.0.0.1", hostPort: firstPort, protocol: "TCP" } as const;
  const hostPorts = network.openHostPorts(b.podIP, [{ ...hostPort, containerPort: 8080 }]);
  const refused = network.openHostPorts(b.podIP, [
    { ...hostPort, hostPort: firstPort + 1, containerPort: 8081 },
  ]);
  const answers = await allOf({
    podToPod: from(a, b.podIP, 8080),
    podToItself: from(b, b.podIP, 8080),
    podToNeighboursLoopback: from(a, b.podIP, 9090),
    nodeToPod: ask(network.connect(b.podIP, 8080), 1_000_000),
    nodeToClosedPort: ask(network.connect(b.podIP, 8081)),
    nodeToLoopback: ask(network.connectInside(b.pid, 9090)),
    nodeToOtherLoopback: ask(network.connectInside(a.pid, 9090)),
    hostPort: ask(viaHostPort(), 1_000_000),
    hostPortAtOnce: Promise.all(Array.from({ length: 50 }, () => ask(viaHostPort(), 10)))
      .then((all) => [...new Set(all)].join()),
    hostPortToClosedPort: ask(Deno.connect({ hostname: "127.0.0.1", port: firstPort + 1 })),
    podToOutside: from(a, "203.0.113.2", 80),
    otherPodToOutside: from(b, "203.0.113.2", 80),
    podToMachinesLoopback: from(a, "127.0.0.1", firstPort),
    gatewayToLoopback: from(a, b.podIP.replace(/\d+$/, "2"), firstPort),
    machineToPod: askFrom([], b.podIP, 8080),
  });
  // What a terminal sends to all that was started from it.
  Deno.addSignalListener("SIGINT", () => {});
  await readFrom(["sh", "-c", "kill -s INT 0"]);
  const interrupted = {
    nodeToPodInterrupted: await ask(network.connect(b.podIP, 8080)),
    nodeToLoopbackInterrupted: await ask(network.connectInside(b.pid, 9090)),
    podToOutsideInterrupted: await insist(() => from(a, "203.0.113.2", 80)),
  };
  await hostPorts[Symbol.asyncDispose]();
  await refused[Symbol.asyncDispose]();
  return { ...answers, ...interrupted, hostPortAfterwards: await ask(viaHostPort()) };
}

/**
 * Asks again where there was silence: on a busy machine an answer can be late, and only silence for
 * good is one.
 */
async function insist(question: () => Promise<string>): Promise<string> {
  let answer = "";
  for (let attempt = 0; attempt < 5; attempt++) {
    answer = await question();
    if (answer !== "silence") break;
  }
  return answer;
}

async function allOf(
  asked: Readonly<Record<string, Promise<string>>>,
): Promise<Record<string, string>> {
  const entries = Object.entries(asked).map(async ([name, answer]) => [name, await answer]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Starts a shell that holds namespaces until its input ends. */
async function startHolder(chain: readonly string[]): Promise<number> {
  const args = [...chain, "sh", "-c", "echo; read -r _"];
  const child = new Deno.Command("setsid", { args, stdin: "piped", stdout: "piped" }).spawn();
  await child.stdout.getReader().read();
  return child.pid;
}

const peer = [Deno.execPath(), "run", "--quiet", "--allow-all", "--no-check", PEER];

/** Starts a server that ends with this node, as a container does. */
function startPeer(chain: readonly string[], words: readonly string[]): void {
  const script = '"$@" & read -r _; kill $!';
  const args = ["sh", "-c", script, "sh", ...chain, ...peer, ...words];
  new Deno.Command("setsid", { args, stdin: "piped", stdout: "null" }).spawn();
}

async function askFrom(chain: readonly string[], host: string, port: number): Promise<string> {
  return await readFrom([...chain, ...peer, "ask", host, String(port)]);
}

async function readFrom([program = "", ...args]: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args, stderr: "inherit" }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** Those of all processes that descend from this one, but for its own. */
function findNamespaces(): string[] {
  const own = Deno.readLinkSync("/proc/self/ns/net");
  const found = new Set<string>();
  const parents = [Deno.pid];
  for (const parent of parents) {
    for (const pid of childrenOf(parent)) {
      parents.push(pid);
      found.add(Deno.readLinkSync(`/proc/${pid}/ns/net`));
    }
  }
  found.delete(own);
  return [...found];
}

function childrenOf(pid: number): number[] {
  return Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ")
    .filter(Boolean).map(Number);
}

if (import.meta.main) await main(Deno.args);
