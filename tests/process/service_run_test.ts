/** Services of a run, as its Pods and its machine reach them: one that only the test knows. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { canBe, MACHINE_USERS, type MachineUser, NetworkMachine, PEER } from "./network_machine.ts";
import {
  asOrdinaryUser,
  outcomeOf,
  Place,
  processes,
  read,
  runPod,
  startPod,
  type TestPod,
  until,
} from "./support.ts";

const NODE_PORT = 30123;

const DENO_RUN = [Deno.execPath(), "run", "--quiet", "--allow-all", "--no-check"];

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: {
    type: "NodePort",
    selector: { app: "web" },
    ports: [{ port: 80, targetPort: 8080, nodePort: NODE_PORT }],
  },
};

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

/** A server at the Pod's address, and a client that asks the Service until it answers. */
async function containers(place: Place) {
  await Deno.copyFile(PEER, `${place.work}/peer.ts`);
  const env = [{ name: "DENO_DIR", value: "/tmp/deno" }];
  const peer = `${DENO_RUN.join(" ")} peer.ts`;
  return {
    web: {
      command: ["sh", "-c", `exec ${peer} serve "$ADDRESS" 8080 web`],
      env: [...env, {
        name: "ADDRESS",
        valueFrom: { fieldRef: { fieldPath: "status.podIP" } },
      }],
      readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    },
    client: {
      command: [
        "sh",
        "-c",
        `for name in web "$WEB_SERVICE_HOST"; do
          until [ "$(${peer} ask "$name" 80)" = "web 0" ]; do sleep 0.1; done
          echo "reached $name"
        done
        exec sleep 1000`,
      ],
      env,
    },
  };
}

/** Processes of a run that serve its Services. */
function proxiesOf(machine: NetworkMachine): number[] {
  const own = Deno.readLinkSync(`/proc/${machine.pid}/ns/mnt`);
  return processes().filter((pid) =>
    read(`/proc/${pid}/cmdline`).includes("\0service-proxy\0") && isIn(pid, own)
  );
}

/** Whether a process was started where the machine is: in its mount namespace, or one below. */
function isIn(pid: number, namespace: string): boolean {
  for (let at = pid; at > 1;) {
    try {
      if (Deno.readLinkSync(`/proc/${at}/ns/mnt`) === namespace) return true;
    } catch {
      return false; // It has gone meanwhile.
    }
    at = Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${at}/status`))?.[1] ?? 0);
  }
  return false;
}

const cases = [
  ...MACHINE_USERS.map((user) => ({ user, network: "pod", proxies: 1 })),
  { user: "root", network: "host", proxies: 0 },
] as const;
for (const { user, network, proxies } of cases) {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    Deno.test({
      name:
        `a Service is reached by name, address and node port, --network ${network}, ${user}, until ${signal}`,
      ignore: !canBe(user),
      fn: async () => {
        await using place = await Place.open();
        await using machine = await NetworkMachine.open();
        const file = `${place.folder}/events`;
        const child = await startPod(place, {
          ...await as(user, machine, place),
          metadata: { labels: { app: "web" } },
          spec: { restartPolicy: "Always", terminationGracePeriodSeconds: 1 },
          containers: await containers(place),
          objects: [service],
          args: [`--network=${network}`, `--events-file=${file}`],
        });
        const outcome = outcomeOf(child);
        const isReached = () =>
          read(file).split("\n").filter((line) => line.includes('"line":"reached ')).length === 2;
        await until(isReached, 60);
        equal(await askFrom(machine, NODE_PORT), "web 0");
        const serving = proxiesOf(machine);
        equal(serving.length, proxies);
        // What Pods send it is read by a program that can open connections alone.
        deepEqual(
          serving.map((pid) => /--allow-[a-z]+/.exec(read(`/proc/${pid}/cmdline`))?.[0]),
          serving.map(() => "--allow-net"),
        );
        child.kill(signal);
        const { code } = await outcome;
        if (signal === "SIGTERM") equal(code, 143);
        await place.clean();
        await until(() => serving.every((pid) => read(`/proc/${pid}/cmdline`) === ""));
        await until(async () => (await machine.links()).join() === "lo,up0");
        equal(await askFrom(machine, NODE_PORT), "ConnectionRefused");
      },
    });
  }
}

Deno.test({
  name: "a process that serves Services and is killed is started again",
  ignore: !canBe("root"),
  fn: async () => {
    await using place = await Place.open();
    await using machine = await NetworkMachine.open();
    const { web, client } = await containers(place);
    const [, , script] = client.command;
    const again = script!.replace(
      "exec sleep 1000",
      "until [ -e killed ]; do sleep 0.1; done\n" +
        script!.replace(/^for name in web .*/, "for name in web; do").replace(
          "exec sleep 1000",
          "",
        ),
    );
    const file = `${place.folder}/events`;
    const child = await startPod(place, {
      ...await as("root", machine, place),
      metadata: { labels: { app: "web" } },
      spec: { restartPolicy: "Never" },
      containers: { web, client: { ...client, command: ["sh", "-c", again] } },
      objects: [service],
      args: ["--network=pod", `--events-file=${file}`],
    });
    const outcome = outcomeOf(child);
    const reached = () =>
      read(file).split("\n").filter((line) => line.includes('"line":"reached ')).length;
    await until(() => reached() === 2, 60);
    const [serving = 0] = proxiesOf(machine);
    Deno.kill(serving, "SIGKILL");
    await Deno.writeTextFile(`${place.work}/killed`, "");
    await until(() => reached() === 3, 60);
    deepEqual([proxiesOf(machine).length, proxiesOf(machine).includes(serving)], [1, false]);
    child.kill("SIGTERM");
    const { stderr } = await outcome;
    equal(
      stderr.includes("Services do not answer: the process that serves them ended"),
      true,
      stderr,
    );
  },
});

const LOOK = "cat /etc/resolv.conf; echo $WEB_SERVICE_HOST";
const looks = [
  ["ClusterFirst", {}, [
    "search default.svc.cluster.local svc.cluster.local cluster.local",
    "nameserver 10.96.0.10",
    "options ndots:5",
    "10.96.1.1",
  ]],
  ["None", { dnsPolicy: "None", dnsConfig: { nameservers: ["192.0.2.1"] } }, [
    "nameserver 192.0.2.1",
    "10.96.1.1",
  ]],
  ["no links", {
    enableServiceLinks: false,
    dnsPolicy: "None",
    dnsConfig: { nameservers: ["192.0.2.1"] },
  }, [
    "nameserver 192.0.2.1",
    "",
  ]],
] as const;
for (const [name, spec, lines] of looks) {
  Deno.test({
    name: `what a container sees of Services: ${name}`,
    ignore: !canBe("root"),
    fn: async () => {
      await using place = await Place.open();
      await using machine = await NetworkMachine.open();
      const { of, code, stderr } = await runPod(place, {
        ...await as("root", machine, place),
        spec,
        containers: { look: { command: ["sh", "-c", LOOK] } },
        objects: [service],
      });
      equal(code, 0, stderr);
      // The machine's own search domains come after those of the cluster.
      const seen = of("look").stdout.replace(/\n$/, "").split("\n")
        .map((line) => line.startsWith("search ") ? line.split(" ").slice(0, 4).join(" ") : line);
      deepEqual(seen, lines);
    },
  });
}

Deno.test({
  name: "what does not work for Services is reported before anything starts",
  ignore: !canBe("ordinary user"),
  fn: async () => {
    await using place = await Place.open();
    await using machine = await NetworkMachine.open();
    const { stderr } = await runPod(place, {
      ...await as("ordinary user", machine, place),
      containers: { look: { command: ["true"] } },
      objects: [service],
      args: ["--network=host"],
    });
    deepEqual(stderr.split("\n").slice(0, 2), [
      "podling: Names of Services do not resolve in Pods: port 53 is not this user's; " +
      "use --network pod, or sysctl net.ipv4.ip_unprivileged_port_start=53",
      'podling: Port 80 of Service "web" cannot be opened: ports below 1024 are not this user\'s; ' +
      "use --network pod, or sysctl net.ipv4.ip_unprivileged_port_start=80",
    ]);
  },
});
