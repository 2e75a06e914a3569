/** Ports of this machine: relayed, taken, and whose they are. */
import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import {
  findPortRefusal,
  isRelayed,
  openHostPorts,
} from "../../../src/runtime/network/host_port.ts";
import type { HostPort } from "../../../src/runtime/config.ts";
import { RuntimeError } from "../../../src/runtime/runtime.ts";
import { parseSockets } from "../../../src/runtime/network/socket_owner.ts";
import { answer, ask } from "../../process/network_peer.ts";

/** No other program uses it: a port that was free stays so. */
const HOST = "127.83.41.7";

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  return listener.addr.port;
}

function hostPort(port: number, fields: Partial<HostPort> = {}): HostPort {
  return { hostIP: HOST, hostPort: port, containerPort: 80, protocol: "TCP", ...fields };
}

function connect(port: number): Promise<Deno.Conn> {
  return Deno.connect({ hostname: HOST, port });
}

const noWarning = (line: string) => {
  throw new Error(line);
};

Deno.test("openHostPorts() hands on both directions, each to its own end", async () => {
  using server = Deno.listen({ hostname: HOST, port: 0 });
  const served = (async () => {
    for await (const client of server) await answer(client, "pod");
  })();
  const port = freePort();
  const asked: number[] = [];
  const opened = openHostPorts([hostPort(port)], (containerPort) => {
    asked.push(containerPort);
    return connect(server.addr.port);
  }, noWarning);
  const answers = await Promise.all([0, 1, 3_000_000].map((bytes) => ask(connect(port), bytes)));
  deepEqual(answers, ["pod 0", "pod 1", "pod 3000000"]);
  deepEqual(asked, [80, 80, 80]);
  await opened[Symbol.asyncDispose]();
  await rejects(connect(port), Deno.errors.ConnectionRefused);
  server.close();
  await served;
});

Deno.test("openHostPorts() ends a client's connection when nothing listens in the pod", async () => {
  const [port, closed] = [freePort(), freePort()];
  await using _ = openHostPorts([hostPort(port)], () => connect(closed), noWarning);
  equal(await ask(connect(port)), "");
});

Deno.test("openHostPorts() ends the connections of a pod that goes", async () => {
  using pod = Deno.listen({ hostname: HOST, port: 0 });
  const port = freePort();
  const opened = openHostPorts([hostPort(port)], () => connect(pod.addr.port), noWarning);
  using client = await connect(port);
  using inside = await pod.accept();
  await opened[Symbol.asyncDispose]();
  const byte = new Uint8Array(1);
  equal(await client.read(byte), null);
  equal(await inside.read(byte), null);
});

Deno.test("openHostPorts() keeps none where one is taken", async () => {
  using taken = Deno.listen({ hostname: HOST, port: 0 });
  const port = freePort();
  throws(
    () => openHostPorts([hostPort(port), hostPort(taken.addr.port)], connect, noWarning),
    (error) => error instanceof RuntimeError && error.reason === "FailedCreatePodSandBox",
  );
  await rejects(connect(port), Deno.errors.ConnectionRefused);
});

Deno.test("findPortRefusal() says who has a port", () => {
  using taken = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = taken.addr;
  for (const hostIP of [HOST, "0.0.0.0"]) {
    for (const user of ["program", "container"] as const) {
      match(
        `${findPortRefusal(hostPort(port, { hostIP }), user)}`,
        /^address already in use by \S.* \(process \d+\); end what uses it, or choose another hostPort$/,
      );
    }
  }
  equal(findPortRefusal(hostPort(port, { hostIP: "127.0.0.2" }), "program"), undefined);
  equal(findPortRefusal(hostPort(freePort()), "program"), undefined);
});

Deno.test("findPortRefusal() takes an address of another machine for the program's own mistake", () => {
  const port = hostPort(freePort(), { hostIP: "203.0.113.77" });
  equal(findPortRefusal(port, "container"), undefined);
  equal(
    findPortRefusal(port, "program"),
    "203.0.113.77 is not an address of this machine; omit hostIP to listen on all addresses",
  );
});

Deno.test("isRelayed() leaves out what is not a stream", () => {
  const protocols = (["TCP", "UDP", "SCTP"] as const).filter((protocol) =>
    isRelayed(hostPort(1, { protocol }))
  );
  deepEqual(protocols, ["TCP"]);
});

Deno.test("parseSockets() keeps what waits for others", () => {
  const text =
    `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 632 1 00000000dec7bff6 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 633 1 00000000dec7bff6 100 0 0 10 0
   2: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 700 2 0000000000000000 0
`;
  deepEqual(parseSockets(text), [
    { address: "0100007F", port: 8080, uid: 1000, inode: "632" },
    { address: "00000000", port: 53, uid: 0, inode: "700" },
  ]);
});
