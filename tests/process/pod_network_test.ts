/**
 * Networks of pods, on a machine that only the test knows: which reach which, and that nothing is
 * left.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  canBe,
  MACHINE_USERS,
  type MachineUser,
  NetworkMachine,
  processesIn,
} from "./network_machine.ts";
import type { Trial, TrialOutcome } from "./network_node.ts";
import { asOrdinaryUser, hasProgram, Place, ROOT, until } from "./support.ts";

const hasTools = {
  slirp4netns: await hasProgram("slirp4netns"),
  pasta: await hasProgram("pasta") && await hasProgram("nft"),
  none: true,
};

for (const user of MACHINE_USERS) {
  for (const outbound of ["slirp4netns", "pasta", "none"] as const) {
    Deno.test({
      name: `--network pod: pods, node and world, ${user}, outbound ${outbound}`,
      ignore: !canBe(user) || !hasTools[outbound],
      fn: async () => {
        await using place = await Place.open();
        await using machine = await NetworkMachine.open();
        const { answers, podIPs, nameserver, warnings } = await tryNetwork(
          machine,
          place,
          user,
          { kind: "pod", outbound },
        );
        const outside = outbound === "none" ? "NetworkUnreachable" : "outside";
        deepEqual(answers, {
          ...ALWAYS,
          podToPod: "b 0",
          podToOutside: outside,
          otherPodToOutside: outside,
          podToOutsideInterrupted: outside,
          gatewayToLoopback: {
            slirp4netns: "NetworkUnreachable",
            pasta: "ConnectionRefused",
            none: "silence",
          }[outbound],
          machineToPod: user === "root" ? "b 0" : "silence",
        });
        deepEqual(podIPs, ["10.192.0.16", "10.192.0.17"]);
        equal(
          nameserver,
          { slirp4netns: "10.192.0.3", pasta: "169.254.1.3", none: undefined }[outbound],
        );
        deepEqual(
          warnings,
          outbound === "none" ? ["Pods have no outbound network: none was left; leave one"] : [],
        );
        await untilLinks(machine, ["lo", "up0"]);
      },
    });
  }

  Deno.test({
    name: `--network none: a loopback interface and no way out, ${user}`,
    ignore: !canBe(user),
    fn: async () => {
      await using place = await Place.open();
      await using machine = await NetworkMachine.open();
      const { answers } = await tryNetwork(machine, place, user, {
        kind: "none",
        outbound: "none",
      });
      deepEqual(answers, {
        ...ALWAYS,
        podToPod: "ConnectionRefused",
        podToOutside: "NetworkUnreachable",
        otherPodToOutside: "NetworkUnreachable",
        podToOutsideInterrupted: "NetworkUnreachable",
        gatewayToLoopback: "ConnectionRefused",
        machineToPod: "ConnectionRefused",
        hostPort: "ConnectionRefused",
        hostPortAtOnce: "ConnectionRefused",
        hostPortToClosedPort: "ConnectionRefused",
      });
    },
  });

  for (const outbound of ["slirp4netns", "pasta"] as const) {
    Deno.test({
      name:
        `--network pod: nothing is left of a node that was killed, ${user}, outbound ${outbound}`,
      ignore: !canBe(user) || !hasTools[outbound],
      fn: async () => {
        await using place = await Place.open();
        await using machine = await NetworkMachine.open();
        const node = await startNode(machine, place, user, { kind: "pod", outbound, stays: true });
        const reader = node.stdout.getReader();
        const { value } = await reader.read();
        const { namespaces, podIPs } = JSON.parse(new TextDecoder().decode(value)) as TrialOutcome;
        equal(namespaces.length, podIPs.length + 1);
        const links = user === "root" ? ["lo", "up0", "podling80000000"] : ["lo", "up0"];
        deepEqual(await machine.links(), links);
        node.kill("SIGKILL");
        await node.status;
        await until(() => processesIn(namespaces).length === 0);
        await untilLinks(machine, ["lo", "up0"]);
        await reader.cancel();
      },
    });
  }
}

Deno.test({
  name: "--network pod: runs at the same time have networks of their own",
  ignore: !canBe("root"),
  fn: async () => {
    await using place = await Place.open();
    await using machine = await NetworkMachine.open();
    const outcomes = await Promise.all(
      [1, 2, 3].map((number) =>
        tryNetwork(machine, place, "root", { kind: "pod", outbound: "none", number })
      ),
    );
    const podIPs = outcomes.map((outcome) => outcome.podIPs[0]).sort();
    deepEqual(podIPs, ["10.192.0.16", "10.192.16.16", "10.192.32.16"]);
    for (const { answers } of outcomes) {
      deepEqual(
        [answers.podToPod, answers.nodeToPod, answers.hostPort, answers.machineToPod],
        ["b 0", "b 1000000", "b 1000000", "b 0"],
      );
    }
  },
});

/** What every pod with a network namespace has. */
const ALWAYS = {
  podToItself: "b 0",
  podToNeighboursLoopback: "ConnectionRefused",
  nodeToPod: "b 1000000",
  nodeToClosedPort: "ConnectionRefused",
  nodeToLoopback: "loopback 0",
  nodeToOtherLoopback: "ConnectionRefused",
  hostPort: "b 1000000",
  hostPortAtOnce: "b 10",
  hostPortToClosedPort: "",
  podToMachinesLoopback: "ConnectionRefused",
  nodeToPodInterrupted: "b 0",
  nodeToLoopbackInterrupted: "loopback 0",
  hostPortAfterwards: "ConnectionRefused",
};

async function tryNetwork(
  machine: NetworkMachine,
  place: Place,
  user: MachineUser,
  trial: Omit<Trial, "folder">,
): Promise<TrialOutcome> {
  const node = await startNode(machine, place, user, trial);
  const { code, stdout } = await node.output();
  equal(code, 0);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function startNode(
  machine: NetworkMachine,
  place: Place,
  user: MachineUser,
  trial: Omit<Trial, "folder">,
): Promise<Deno.ChildProcess> {
  const { prefix = [], env = {} } = user === "root" ? {} : await asOrdinaryUser(place);
  const folder = place.env.PODLING_STATE;
  // In a session of its own: it interrupts all that it is together with.
  const [program = "", ...args] = [
    ...["setsid", ...machine.enter, ...prefix, Deno.execPath(), "run", "--quiet", "--allow-all"],
    ...[`${ROOT}tests/process/network_node.ts`, JSON.stringify({ ...trial, folder })],
  ];
  return new Deno.Command(program, { args, env, stdin: "null", stdout: "piped", stderr: "inherit" })
    .spawn();
}

/** The kernel takes the links of a namespace down some time after its last process. */
async function untilLinks(machine: NetworkMachine, links: readonly string[]): Promise<void> {
  await until(async () => (await machine.links()).join() === links.join());
}
