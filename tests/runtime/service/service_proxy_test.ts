/** Addresses of Services with real sockets, on loopback addresses that no other program uses. */
import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { bindDatagrams } from "../../../src/runtime/service/datagrams.ts";
import { ServiceProxy } from "../../../src/runtime/service/service_proxy.ts";
import type { Backend, Front } from "../../../src/runtime/service_table.ts";
import { answer, ask } from "../../process/network_peer.ts";

const FRONT = "127.83.42.7";

/** A server that answers with its name, and where it is. */
class Server implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.83.42.8", port: 0 });
  readonly #ended: Promise<void>;

  constructor(name: string) {
    this.#ended = this.#serve(name);
  }

  get backend(): Backend {
    return { address: this.#listener.addr.hostname, port: this.#listener.addr.port };
  }

  async #serve(name: string): Promise<void> {
    for await (const client of this.#listener) await answer(client, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#ended;
  }
}

/** Where nothing listens. */
function closedBackend(): Backend {
  using listener = Deno.listen({ hostname: "127.83.42.9", port: 0 });
  return { address: listener.addr.hostname, port: listener.addr.port };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: FRONT, port: 0 });
  return listener.addr.port;
}

function frontsOf(
  port: number,
  backends: readonly Backend[],
  more: Partial<Front> = {},
): ReadonlyMap<string, Front> {
  const front = { service: "shop/web", address: FRONT, port, protocol: "TCP", backends } as const;
  return new Map([[`${port}`, { ...front, ...more }]]);
}

function openProxy(udpRefusal?: string) {
  const proxy = new ServiceProxy({
    connect: ({ address: hostname, port }) => Deno.connect({ hostname, port }),
    ...udpRefusal !== undefined && { udpRefusal },
    warn: (line) => {
      throw new Error(line);
    },
  });
  return Object.assign(proxy, { [Symbol.asyncDispose]: () => proxy.close() });
}

const connect = (port: number) => Deno.connect({ hostname: FRONT, port });
const askFront = (port: number) => ask(connect(port), 5);

Deno.test("ServiceProxy: connections go to what answers in turn, and not to what refuses", async () => {
  await using a = new Server("a");
  await using b = new Server("b");
  const port = freePort();
  await using proxy = openProxy();
  deepEqual(await proxy.update(frontsOf(port, [a.backend, closedBackend(), b.backend])), []);
  const answers = [];
  for (let i = 0; i < 3; i++) answers.push(await askFront(port));
  deepEqual(answers, ["a 5", "b 5", "b 5"]);
});

Deno.test("ServiceProxy: with affinity a client keeps what answered it", async () => {
  await using a = new Server("a");
  await using b = new Server("b");
  const port = freePort();
  await using proxy = openProxy();
  await proxy.update(frontsOf(port, [a.backend, b.backend], { affinitySeconds: 60 }));
  deepEqual([await askFront(port), await askFront(port)], ["a 5", "a 5"]);
  await proxy.update(frontsOf(port, [b.backend], { affinitySeconds: 60 }));
  equal(await askFront(port), "b 5");
});

Deno.test("ServiceProxy: nothing that could answer ends the connection", async () => {
  const port = freePort();
  await using proxy = openProxy();
  await proxy.update(frontsOf(port, [closedBackend()]));
  equal(await askFront(port), "");
});

Deno.test("ServiceProxy: an address that is gone is closed, what is open ends by itself", async () => {
  await using a = new Server("a");
  const port = freePort();
  await using proxy = openProxy();
  await proxy.update(frontsOf(port, [a.backend]));
  const open = await connect(port);
  await open.write(new TextEncoder().encode("12"));
  await proxy.update(new Map());
  await rejects(
    connect(port),
    (error) =>
      error instanceof Deno.errors.ConnectionRefused ||
      error instanceof Deno.errors.ConnectionReset,
  );
  await open.write(new TextEncoder().encode("345"));
  await open.closeWrite();
  equal(await new Response(open.readable).text(), "a 5");
});

Deno.test("ServiceProxy: close() ends what is open, too", async () => {
  await using a = new Server("a");
  const port = freePort();
  const proxy = openProxy();
  await proxy.update(frontsOf(port, [a.backend]));
  using open = await connect(port);
  await open.write(new TextEncoder().encode("12"));
  await proxy.update(new Map());
  await proxy.close();
  equal(await open.read(new Uint8Array(1)), null);
});

Deno.test("ServiceProxy: a port that is taken is named, and opened when it is free", async () => {
  await using a = new Server("a");
  const taken = Deno.listen({ hostname: FRONT, port: 0 });
  const { port } = taken.addr;
  await using proxy = openProxy();
  const [refusal, ...more] = await proxy.update(frontsOf(port, [a.backend]));
  const { message, ...where } = refusal!;
  deepEqual([where, more], [
    { service: "shop/web", address: FRONT, port, protocol: "TCP" },
    [],
  ]);
  match(
    message,
    /^address already in use by deno \(process \d+\); end what uses it, or choose another port$/,
  );
  taken.close();
  deepEqual(await proxy.update(frontsOf(port, [a.backend])), []);
  equal(await askFront(port), "a 5");
});

Deno.test("ServiceProxy: datagrams go to one server each flow, and back", async () => {
  const servers = await Promise.all(["a", "b"].map(async (name) => {
    const socket = await bindDatagrams("127.83.42.8", 0);
    socket.on(
      "message",
      (data, { address, port }) =>
        socket.send(new TextEncoder().encode(`${name} ${data.length}`), port, address),
    );
    return socket;
  }));
  const backends = servers.map((it) => ({ address: "127.83.42.8", port: it.address().port }));
  const port = freePort();
  await using proxy = openProxy();
  deepEqual(await proxy.update(frontsOf(port, backends, { protocol: "UDP" })), []);
  const clients = await Promise.all([0, 1].map(() => bindDatagrams("127.83.42.10", 0)));
  const askBy = (client: typeof clients[number], text: string) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    client.on("message", (data) => resolve(new TextDecoder().decode(data)));
    client.send(new TextEncoder().encode(text), port, FRONT);
    return promise;
  };
  const [x, y] = clients;
  const first = await askBy(x!, "one");
  equal(first, "a 3");
  equal(await askBy(y!, "four"), "b 4");
  await proxy.update(frontsOf(port, backends.slice(1), { protocol: "UDP" }));
  const z = await bindDatagrams("127.83.42.10", 0);
  equal(await askBy(z, "fives"), "b 5");
  for (const socket of [...servers, ...clients, z]) socket.close();
});

Deno.test("ServiceProxy: datagrams that cannot be forwarded are refused with the reason", async () => {
  await using proxy = openProxy("only TCP leads there");
  const fronts = frontsOf(freePort(), [closedBackend()], { protocol: "UDP" });
  const refusals = await proxy.update(fronts);
  deepEqual(refusals.map(({ message, isLasting }) => [message, isLasting]), [
    ["only TCP leads there", true],
  ]);
});
