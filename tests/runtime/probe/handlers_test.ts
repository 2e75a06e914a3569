/** Questions to servers that this test makes, all on the loopback. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import {
  type ContainerAccess,
  type ExecResult,
  runHandler,
} from "../../../src/runtime/probe/handlers.ts";
import type { Handler, HttpGetHandler } from "../../../src/runtime/config.ts";
import type { HandlerPurpose, HandlerResult } from "../../../src/runtime/runtime.ts";

const HOST = "127.0.0.1";
const never = new AbortController().signal;

const noExec = (): Promise<ExecResult> => Promise.reject(new Error("not called"));
const access: ContainerAccess = {
  exec: noExec,
  connect: (hostname, port) => Deno.connect({ hostname, port }),
};

/** A server for one test; `port` is where it listens. */
interface Server extends AsyncDisposable {
  readonly port: number;
}

function serve(answer: (request: Request) => Response): Server {
  const server = Deno.serve(
    { hostname: HOST, port: 0, onListen: () => {} },
    answer,
  );
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A server that sends these bytes to each client, and closes. */
function say(text: string): Server {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const work = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(text));
      connection.close();
    }
  })();
  return {
    port: listener.addr.port,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await work;
    },
  };
}

/** A server that takes connections and never says a word. */
function stayMute(): Server {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const connections: Deno.Conn[] = [];
  const work = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  return {
    port: listener.addr.port,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await work;
      for (const connection of connections) connection.close();
    },
  };
}

function get(port: number, rest: Partial<HttpGetHandler> = {}): HttpGetHandler {
  return { type: "httpGet", scheme: "HTTP", host: HOST, port, path: "/", headers: [], ...rest };
}

function ask(
  handler: Handler,
  purpose: HandlerPurpose = "liveness",
  timeoutMs?: number,
): Promise<HandlerResult> {
  const request = { purpose, handler, ...(timeoutMs !== undefined && { timeoutMs }) };
  return runHandler(access, request, never);
}

for (
  const [status, outcome] of [
    [200, "success"],
    [204, "success"],
    [304, "warning"],
    [400, "failure"],
    [500, "failure"],
  ] as const
) {
  Deno.test(`R-PROBE-10: an httpGet probe that is answered ${status} is a ${outcome}`, async () => {
    await using server = serve(() => new Response(null, { status }));
    const result = await ask(get(server.port));
    equal(result.outcome, outcome);
    if (outcome === "failure") {
      equal(result.output, `HTTP probe failed with statuscode: ${status}`);
    }
  });
}

Deno.test("R-PROBE-11: what an httpGet probe sends", async () => {
  const seen: unknown[] = [];
  await using server = serve(({ method, url, headers }) => {
    seen.push(method, new URL(url).pathname, new URL(url).search, Object.fromEntries(headers));
    return new Response("well");
  });
  const headers = [["User-Agent", "kube-probe/1.36"], ["Accept", ""], [
    "Host",
    "web.example",
  ]] as const;
  const result = await ask(get(server.port, { path: "/health?deep=1", headers }));
  deepEqual(result, { outcome: "success", output: "well" });
  deepEqual(seen, ["GET", "/health", "?deep=1", {
    connection: "close",
    host: "web.example",
    "user-agent": "kube-probe/1.36",
  }]);
});

Deno.test("R-PROBE-11: redirects within the host name are followed, to another port too", async () => {
  await using other = serve(() => new Response("arrived"));
  await using server = serve(({ url }) =>
    new URL(url).pathname === "/"
      ? new Response(null, { status: 302, headers: { location: "next" } })
      : new Response(null, {
        status: 307,
        headers: { location: `http://${HOST}:${other.port}/there` },
      })
  );
  deepEqual(await ask(get(server.port)), { outcome: "success", output: "arrived" });
});

Deno.test("R-PROBE-11: a redirect to another host is a success with a warning", async () => {
  await using server = serve(() =>
    new Response("elsewhere", { status: 301, headers: { location: "http://127.0.0.2/" } })
  );
  deepEqual(await ask(get(server.port)), {
    outcome: "warning",
    output: "Probe terminated redirects, Response body: elsewhere",
  });
});

Deno.test("R-PROBE-11: after ten redirects it is enough", async () => {
  let requests = 0;
  await using server = serve(() => {
    requests++;
    return new Response(null, { status: 302, headers: { location: "/again" } });
  });
  deepEqual(await ask(get(server.port)), {
    outcome: "failure",
    output: `Get "http://${HOST}:${server.port}/again": stopped after 10 redirects`,
  });
  equal(requests, 10);
});

Deno.test("R-PROBE-11: no more than 10 KiB of a body are read, however it comes", async () => {
  const text = "x".repeat(50_000);
  await using whole = serve(() => new Response(text));
  await using chunked = serve(() =>
    new Response(ReadableStream.from([text, text]).pipeThrough(new TextEncoderStream()))
  );
  await using until = say(`HTTP/1.0 200 OK\r\n\r\n${text}`);
  for (const { port } of [whole, chunked, until]) {
    const { outcome, output } = await ask(get(port));
    deepEqual([outcome, output.length], ["success", 10 * 1024]);
  }
});

Deno.test("R-PROBE-10: an answer that is none is a failure", async () => {
  for (
    const [said, why] of [
      ["", "EOF"],
      ["SSH-2.0-OpenSSH\r\n", 'malformed HTTP response "SSH-2.0-OpenSSH"'],
      ["HTTP/1.1 200 O", "unexpected EOF"],
    ] as const
  ) {
    await using server = say(said);
    const { outcome, output } = await ask(get(server.port));
    deepEqual([outcome, output], ["failure", `Get "http://${HOST}:${server.port}/": ${why}`]);
  }
});

/** A server that sends these bytes to each client, and then nothing more. */
function sayAndWait(text: string): Server {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const connections: Deno.Conn[] = [];
  const work = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      await connection.write(new TextEncoder().encode(text));
    }
  })();
  return {
    port: listener.addr.port,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await work;
      for (const connection of connections) connection.close();
    },
  };
}

for (const status of ["200 OK", "302 Found", "404 Not Found", "500 Oops"]) {
  for (
    const [rest, why] of [
      ["Content-Length: 5\r\n\r\nab", "unexpected EOF"],
      ["Content-Length: 5\r\n\r\n", "unexpected EOF"],
      ["Transfer-Encoding: chunked\r\n\r\n5\r\nab", "unexpected EOF"],
      ["Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", "unexpected EOF"],
      ["Transfer-Encoding: chunked\r\n\r\nzz\r\n", "invalid byte in chunk length"],
    ] as const
  ) {
    Deno.test(`R-PROBE-10 R-EVENT-7: ${status}, then ${JSON.stringify(rest)}: discarded`, async () => {
      await using server = say(`HTTP/1.1 ${status}\r\n${rest}`);
      deepEqual(await ask(get(server.port)), { outcome: "error", output: why, state: "failure" });
      const hook = await ask(get(server.port), "postStart");
      equal(hook.outcome, "success", "R-HOOK-2: any answer will do");
    });
  }

  Deno.test(`R-PROBE-10 R-EVENT-7: ${status} whose body does not come in time is discarded`, async () => {
    await using server = sayAndWait(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\nab`);
    deepEqual(await ask(get(server.port), "readiness", 200), {
      outcome: "error",
      output:
        "context deadline exceeded (Client.Timeout or context cancellation while reading body)",
      state: "failure",
    });
    const over = new AbortController();
    const asked = runHandler(
      access,
      { purpose: "liveness", handler: get(server.port) },
      over.signal,
    );
    over.abort(new Error("the pod is ending"));
    deepEqual(await asked, { outcome: "error", output: "the pod is ending" });
  });
}

Deno.test("R-PROBE-10: headers that stop in the middle are a failure", async () => {
  await using server = sayAndWait("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
  const { outcome, output } = await ask(get(server.port), "readiness", 200);
  equal(outcome, "failure");
  match(output, /while awaiting headers\)$/);
});

Deno.test("R-PROBE-11: the body of a redirect that is followed is not waited for", async () => {
  await using target = serve(() => new Response("here"));
  const location = `http://${HOST}:${target.port}/`;
  const head = `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 5\r\n\r\n`;
  await using server = sayAndWait(head);
  deepEqual(await ask(get(server.port)), { outcome: "success", output: "here" });
});

/** A port without a listener. */
function freePort(): number {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  return listener.addr.port;
}

Deno.test("R-PROBE-10: a refused connection is a failure, for httpGet and tcpSocket alike", async () => {
  const port = freePort();
  const why = `dial tcp ${HOST}:${port}: connect: connection refused`;
  deepEqual(await ask(get(port)), {
    outcome: "failure",
    output: `Get "http://${HOST}:${port}/": ${why}`,
  });
  deepEqual(await ask({ type: "tcpSocket", host: HOST, port }), {
    outcome: "failure",
    output: why,
  });
});

Deno.test("R-PROBE-10: tcpSocket succeeds when there is a listener", async () => {
  await using server = stayMute();
  deepEqual(await ask({ type: "tcpSocket", host: HOST, port: server.port }), {
    outcome: "success",
    output: "",
  });
});

Deno.test("R-PROBE-10 R-PROBE-14: what is not answered in time is a failure", async () => {
  await using server = stayMute();
  const { port } = server;
  deepEqual(await ask(get(port), "readiness", 20), {
    outcome: "failure",
    output:
      `Get "http://${HOST}:${port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  });
  deepEqual(await ask({ type: "grpc", host: HOST, port, service: "" }, "readiness", 20), {
    outcome: "failure",
    output: "timeout: health rpc did not complete within 20ms",
  });
});

Deno.test("R-PROBE-14: a connection that cannot be opened in time", async () => {
  const slow: ContainerAccess = { exec: noExec, connect: () => new Promise(() => {}) };
  const request = (handler: Handler) => ({ purpose: "liveness", handler, timeoutMs: 20 }) as const;
  const grpc = { type: "grpc", host: HOST, port: 9, service: "" } as const;
  deepEqual(await runHandler(slow, request(grpc), never), {
    outcome: "failure",
    output: `timeout: failed to connect service "${HOST}:9" within 20ms: context deadline exceeded`,
  });
  const tcp = { type: "tcpSocket", host: HOST, port: 9 } as const;
  deepEqual(await runHandler(slow, request(tcp), never), {
    outcome: "failure",
    output: `dial tcp ${HOST}:9: i/o timeout`,
  });
});

Deno.test("an aborted request has no answer", async () => {
  await using server = stayMute();
  for (
    const handler of [
      get(server.port),
      { type: "grpc", host: HOST, port: server.port, service: "" },
    ] as const
  ) {
    const over = new AbortController();
    const asked = runHandler(access, { purpose: "postStart", handler }, over.signal);
    over.abort(new Error("the container has ended"));
    deepEqual(await asked, { outcome: "error", output: "the container has ended" });
  }
});

/** A certificate without an issuer, for a name that does not matter. */
const tls = await makeCertificate();

async function makeCertificate(): Promise<{ key: string; cert: string } | undefined> {
  const folder = await Deno.makeTempDir({ prefix: "podling-test-" });
  try {
    const words =
      "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=unknown -keyout key -out cert";
    const { success } = await new Deno.Command("openssl", {
      args: words.split(" "),
      cwd: folder,
      stderr: "null",
    }).output();
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    return success ? { key: await read("key"), cert: await read("cert") } : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "R-PROBE-11: over TLS, without a look at the certificate",
  ignore: tls === undefined, // openssl makes one
  fn: async () => {
    const server = createTlsServer({ ...tls }, (_request, response) => {
      response.statusCode = 503;
      response.end("busy");
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const { port } = server.address() as AddressInfo;
    const handler = get(port, { scheme: "HTTPS" });
    deepEqual(await ask(handler), {
      outcome: "failure",
      output: "HTTP probe failed with statuscode: 503",
    });
    deepEqual(await ask(handler, "preStop"), { outcome: "success", output: "busy" });
    await new Promise((resolve) => server.close(resolve));
  },
});

Deno.test("R-HOOK-2 R-FOLK-13: a hook takes any answer", async () => {
  await using server = serve(() => new Response("no", { status: 500 }));
  deepEqual(await ask(get(server.port), "postStart"), { outcome: "success", output: "no" });
});

Deno.test("R-HOOK-2 R-EVENT-17: a hook goes from https to http where a server speaks only that", async () => {
  const seen: (string | null)[] = [];
  await using plain = say("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
  const handler = (port: number) =>
    get(port, { scheme: "HTTPS", headers: [["Authorization", "secret"]] });
  deepEqual(await ask(handler(plain.port), "preStop"), {
    outcome: "warning",
    output:
      `request to HTTPS lifecycle hook ${HOST}:${plain.port} got HTTP response, retry with HTTP succeeded`,
  });
  await using server = serve(({ headers }) => {
    seen.push(headers.get("authorization"));
    return new Response();
  });
  await ask(handler(server.port), "preStop");
  deepEqual(seen, [null], "what was meant for TLS is not said without it");
  const probe = await ask(handler(plain.port), "liveness");
  equal(probe.outcome, "failure");
  match(probe.output, /: http: server gave HTTP response to HTTPS client$/);
});

/** A gRPC server of the health protocol. */
async function serveGrpc(status: number, trailers: Record<string, string>): Promise<
  Server & { readonly services: string[] }
> {
  const services: string[] = [];
  const server = createHttp2Server();
  server.on("stream", (stream) => {
    const chunks: Uint8Array[] = [];
    stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    stream.on("end", () => {
      services.push(new TextDecoder().decode(chunks[0]!.subarray(7)));
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, {
        waitForTrailers: true,
      });
      stream.on("wantTrailers", () => stream.sendTrailers(trailers));
      stream.end(
        trailers["grpc-status"] === "0" ? new Uint8Array([0, 0, 0, 0, 2, 8, status]) : undefined,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    services,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

for (
  const [status, trailers, outcome, output] of [
    [1, { "grpc-status": "0" }, "success", "service healthy"],
    [2, { "grpc-status": "0" }, "failure", 'service unhealthy (responded with "NOT_SERVING")'],
    [
      0,
      { "grpc-status": "12", "grpc-message": "unknown%20method" },
      "failure",
      "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown method",
    ],
    [
      0,
      { "grpc-status": "5", "grpc-message": "unknown service" },
      "failure",
      "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service",
    ],
  ] as const
) {
  Deno.test(`R-PROBE-14: grpc, ${output}`, async () => {
    await using server = await serveGrpc(status, trailers);
    const handler = { type: "grpc", host: HOST, port: server.port, service: "my.Service" } as const;
    deepEqual(await ask(handler, "liveness", 10_000), { outcome, output });
    deepEqual(server.services, ["my.Service"]);
  });
}

Deno.test("R-PROBE-14: a server that does not speak gRPC, and none at all", async () => {
  await using server = serve(() => new Response("hello"));
  const spoken = await ask({ type: "grpc", host: HOST, port: server.port, service: "" });
  equal(spoken.outcome, "failure");
  match(spoken.output, /^error: health rpc probe failed: /);
  const port = freePort();
  deepEqual(await ask({ type: "grpc", host: HOST, port, service: "" }, "readiness", 20), {
    outcome: "failure",
    output:
      `timeout: failed to connect service "${HOST}:${port}" within 20ms: context deadline exceeded`,
  });
});

const bytes = (text: string) => new TextEncoder().encode(text);
const execs: [result: ExecResult, expected: HandlerResult][] = [
  [
    { type: "exited", exitCode: 0, stdout: bytes("a"), stderr: bytes("b") },
    { outcome: "success", output: "ab", stderr: "b", exitCode: 0 },
  ],
  [
    { type: "exited", exitCode: 3, stdout: bytes(""), stderr: bytes("no") },
    { outcome: "failure", output: "no", stderr: "no", exitCode: 3 },
  ],
  [
    { type: "refused", message: 'exec: "nope": executable file not found in $PATH' },
    { outcome: "error", output: 'exec: "nope": executable file not found in $PATH' },
  ],
];
for (const [result, expected] of execs) {
  Deno.test(`R-PROBE-10 R-PROBE-13: exec, ${expected.outcome}`, async () => {
    const fake: ContainerAccess = { ...access, exec: () => Promise.resolve(result) };
    const request = { purpose: "liveness", handler: { type: "exec", argv: ["x"] } } as const;
    deepEqual(await runHandler(fake, request, never), expected);
  });
}

Deno.test("R-PROBE-10: a program that takes too long is abandoned", async () => {
  const fake: ContainerAccess = {
    ...access,
    exec: (_argv, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  };
  const handler = { type: "exec", argv: ["sh", "-c", "sleep 5"] } as const;
  const request = { purpose: "liveness", handler, timeoutMs: 20 } as const;
  deepEqual(await runHandler(fake, request, never), {
    outcome: "failure",
    output: 'command timed out: "sh -c sleep 5" timed out after 20ms',
  });
});
