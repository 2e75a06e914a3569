/** `--network` as the program has it, on a machine that only the test knows. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { canBe, MACHINE_USERS, type MachineUser, NetworkMachine, PEER } from "./network_machine.ts";
import {
  asOrdinaryUser,
  outcomeOf,
  Place,
  read,
  runPod,
  startPod,
  type TestPod,
  until,
} from "./support.ts";

const HOST_PORT = 18080;

const DENO_RUN = [Deno.execPath(), "run", "--quiet", "--allow-all", "--no-check"];

/** A program of the tests, as a container runs it: in its working directory, which it is shown. */
async function peer(place: Place, ...words: readonly string[]) {
  await Deno.copyFile(PEER, `${place.work}/peer.ts`);
  return {
    command: [...DENO_RUN, "peer.ts", ...words],
    env: [{ name: "DENO_DIR", value: "/tmp/deno" }],
  };
}

async function as(
  user: MachineUser,
  machine: NetworkMachine,
  place: Place,
): Promise<Pick<TestPod, "mode" | "prefix" | "env">> {
  const { prefix = [], env = {} } = user === "root" ? {} : await asOrdinaryUser(place);
  return { mode: "sandbox", prefix: [...machine.enter, ...prefix], env };
}

async function askFrom(machine: NetworkMachine, port: number): Promise<string> {
  const [program = "", ...args] = [
    ...[...machine.enter, ...DENO_RUN, PEER],
    ...["ask", "127.0.0.1", String(port)],
  ];
  const { stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}

for (const user of MACHINE_USERS) {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    Deno.test({
      name: `--network pod: a probe and a host port reach a Pod, ${user}, until ${signal}`,
      ignore: !canBe(user),
      fn: async () => {
        await using place = await Place.open();
        await using machine = await NetworkMachine.open();
        const file = `${place.folder}/events`;
        const events = () =>
          read(file).split("\n").filter(Boolean).map((line) => JSON.parse(line)) as Record<
            string,
            unknown
          >[];
        const sandboxes = () => events().filter(({ type }) => type === "sandbox.started");
        const isReady = () =>
          events().findLast(({ condition }) => condition === "Ready")?.status === "True";
        const child = await startPod(place, {
          ...await as(user, machine, place),
          spec: { restartPolicy: "Always" },
          containers: {
            web: {
              ...await peer(place, "serve", "0.0.0.0", "8080", "web"),
              ports: [{ containerPort: 8080, hostPort: HOST_PORT }],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
            },
          },
          args: ["--network=pod", `--events-file=${file}`],
        });
        const outcome = outcomeOf(child);
        await until(isReady);
        equal(await askFrom(machine, HOST_PORT), "web 0");
        // R-SANDBOX-5: the next sandbox has a network as well, and the same port.
        Deno.kill(sandboxes()[0]!.pid as number, "SIGKILL");
        await until(() => sandboxes().length === 2 && isReady());
        equal(await askFrom(machine, HOST_PORT), "web 0");
        match(`${sandboxes()[1]!.isolation}`, /mount, network/);
        child.kill(signal);
        const { code } = await outcome;
        if (signal === "SIGTERM") equal(code, 143);
        await place.clean();
        await until(async () => (await machine.links()).join() === "lo,up0");
        equal(await askFrom(machine, HOST_PORT), "ConnectionRefused");
      },
    });
  }

  Deno.test({
    name: `--network: which interfaces a container has, ${user}`,
    ignore: !canBe(user),
    fn: async () => {
      await using place = await Place.open();
      await using machine = await NetworkMachine.open();
      const common = await as(user, machine, place);
      const cases = [
        ["host", {}, "lo up0", /^127\./],
        ["none", {}, "lo", /^127\./],
        ["pod", {}, "lo eth0", /^10\./],
        ["pod", { hostNetwork: true }, "lo up0", /^203\.0\.113\.1$/],
      ] as const;
      for (const [network, spec, links, address] of cases) {
        const { of, code, stderr } = await runPod(place, {
          ...common,
          spec,
          containers: {
            app: {
              command: ["sh", "-c", 'cut -d: -f1 /proc/net/dev | tail -n +3; echo "$IP"'],
              env: [{ name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
            },
          },
          args: [`--network=${network}`],
        });
        equal(code, 0, stderr);
        const words = of("app").stdout.trim().split(/\s+/);
        match(`${words.pop()}`, address);
        // The link of the run before may still be there.
        equal(words.filter((it) => !it.startsWith("podling")).join(" "), links);
      }
    },
  });
}

Deno.test({
  name: "--network: a host port that is taken is found before anything starts",
  ignore: !canBe("root"),
  fn: async () => {
    await using place = await Place.open();
    await using machine = await NetworkMachine.open();
    const [program = "", ...args] = [
      ...[...machine.enter, ...DENO_RUN, PEER],
      ...["greet", "0.0.0.0", "18080", "x"],
    ];
    const taken = new Deno.Command(program, { args, stdin: "null" }).spawn();
    await until(async () => await askFrom(machine, HOST_PORT) === "x");
    for (const [network, containerPort] of [["pod", 80], ["host", HOST_PORT]] as const) {
      const { code, stderr, events } = await runPod(place, {
        ...await as("root", machine, place),
        containers: {
          web: { command: ["true"], ports: [{ containerPort, hostPort: HOST_PORT }] },
        },
        args: [`--network=${network}`],
      });
      equal(code, 125);
      match(
        stderr,
        /spec\.containers\[0\]\.ports\[0\]\.hostPort: Unsupported here: port 18080: address already in use by .*deno.* \(process \d+\); end what uses it, or choose another hostPort/i,
      );
      deepEqual(events, []);
    }
    taken.kill("SIGKILL");
    await taken.status;
  },
});
