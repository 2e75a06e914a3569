/** The port of the API: requests by HTTP, and those that make SPDY of their connection. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { ApiError } from "../../../src/apiserver/answer/api_error.ts";
import { createCertificate } from "../../../src/apiserver/front/certificate.ts";
import { listen } from "../../../src/apiserver/front/listener.ts";
import { findSpdyRequest } from "../../../src/apiserver/front/request_head.ts";
import { ADMINISTRATOR } from "../../../src/apiserver/identity/user.ts";
import { readBody } from "../../../src/apiserver/request/body.ts";
import { openPortStreams } from "../../../src/streams/spdy/port_streams.ts";
import { SPDY } from "../../../src/streams/spdy/protocol.ts";
import { SpdyRequest } from "../../../src/streams/spdy/upgrade.ts";
import { Random } from "../../support/random.ts";
import { dataFrame, SpdyClient } from "../../support/spdy_client.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const PROTOCOL = "portforward.k8s.io";

const HEAD = [
  "POST /echo HTTP/1.1",
  "Host: 127.0.0.1",
  "Authorization: Bearer t",
  "Connection: Upgrade",
  "Content-Length: 0",
  `Upgrade: ${SPDY}`,
  `X-Stream-Protocol-Version: ${PROTOCOL}`,
  "",
  "",
].join("\r\n");

/** What comes first, and what is found in it. */
const heads: readonly [string, string, "other" | "incomplete" | "found"][] = [
  ["a request for SPDY", HEAD, "found"],
  ["one in other letters", HEAD.replace("Upgrade: SPDY", "uPGRADE:spdy"), "found"],
  ["one by GET", HEAD.replace("POST", "GET"), "found"],
  ["one with frames behind it", `${HEAD}\x80\x03`, "found"],
  ["one without its end", HEAD.slice(0, -1), "incomplete"],
  ["nothing", "", "incomplete"],
  ["a word", "POS", "incomplete"],
  ["a WebSocket", HEAD.replace(SPDY, "websocket"), "other"],
  ["one with a body", HEAD.replace("Length: 0", "Length: 1"), "other"],
  ["one in chunks", HEAD.replace("Content-Length: 0", "Transfer-Encoding: chunked"), "other"],
  ["an older HTTP", HEAD.replace("/1.1", "/1.0"), "other"],
  ["a header without a name", HEAD.replace("Host", "Ho st"), "other"],
  ["a header that goes on", HEAD.replace("Host: ", "Host:\r\n "), "other"],
  ["another method", HEAD.replace("POST", "PUT"), "other"],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "other"],
  ["a head without an end", `POST /${"a".repeat(70_000)}`, "other"],
  ["bytes", "\x16\x03\x01", "other"],
];
for (const [what, text, expected] of heads) {
  Deno.test(`findSpdyRequest() of ${what}`, () => {
    const found = findSpdyRequest(Uint8Array.from(text, (it) => it.charCodeAt(0)), SPDY);
    equal(typeof found === "string" ? found : "found", expected);
    if (typeof found !== "string") equal(found.length, text.indexOf("\r\n\r\n") + 4);
  });
}

async function startServer() {
  const certificate = await createCertificate({ names: ["127.0.0.1"], now: Date.now() });
  const closing = new AbortController();
  const faults: unknown[] = [];
  let open = 0;
  const server = listen({
    hostname: "127.0.0.1",
    port: 0,
    certificate,
    authenticate: (headers) =>
      headers.get("authorization") === "Bearer t"
        ? Promise.resolve(ADMINISTRATOR)
        : Promise.reject(new ApiError("Unauthorized", "Unauthorized")),
    names: ["127.0.0.1"],
    handle: async (request) => {
      if (request.url.endsWith("/limited")) {
        return new Response(String((await readBody(request)).length));
      }
      if (request.url.endsWith("/endless")) {
        open++;
        const start = (to: ReadableStreamDefaultController) => to.enqueue(encode("begins"));
        return new Response(new ReadableStream({ start, cancel: () => void open-- }));
      }
      if (!(request instanceof SpdyRequest)) {
        return new Response(`${request.method} ${(await request.bytes()).length}`);
      }
      if (request.choose([PROTOCOL]) === undefined) return new Response("none", { status: 400 });
      openPortStreams(request.upgrade(PROTOCOL), {
        forward: async ({ readable, writable, end }) => {
          await readable.pipeTo(writable);
          await end();
        },
        onFault: (error) => faults.push(error),
        closing: closing.signal,
      });
      return new Response();
    },
  });
  const caCerts = [certificate.cert];
  return {
    faults,
    /** Answers without an end that go on. */
    countOpen: () => open,
    url: server.url,
    caCerts,
    connect: () =>
      Deno.connectTls({ hostname: "127.0.0.1", port: Number(new URL(server.url).port), caCerts }),
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await server.close();
    },
  };
}

async function readAll(connection: Deno.Conn): Promise<string> {
  let text = "";
  const bytes = new Uint8Array(1 << 14);
  for (let count; (count = await connection.read(bytes)) !== null;) {
    text += new TextDecoder("latin1").decode(bytes.subarray(0, count));
  }
  connection.close();
  return text;
}

Deno.test("a body that is too large is answered, however its sender goes on", async () => {
  await using server = await startServer();
  for (const http2 of [false, true]) {
    const client = Deno.createHttpClient({ caCerts: server.caCerts, http1: !http2, http2 });
    const ask = async (body: BodyInit) => {
      const response = await fetch(`${server.url}/limited`, {
        client,
        method: "POST",
        headers: { authorization: "Bearer t" },
        body,
      });
      const text = await response.text();
      return [response.status, response.ok ? text : JSON.parse(text).message];
    };
    const limit = 3 * 1024 * 1024;
    const refused = [413, `Request entity too large: limit is ${limit}`];
    deepEqual(await ask(new Uint8Array(limit)), [200, String(limit)]);
    deepEqual(await ask(new Uint8Array(limit + 1)), refused);
    // 100 MB that come in pieces, without a length before them.
    const piece = new Uint8Array(1 << 20);
    const pieces = ReadableStream.from(Array.from({ length: 100 }, () => piece));
    deepEqual(await ask(pieces), refused, `HTTP/${http2 ? 2 : 1.1}`);
    // The connection is as good as before.
    deepEqual(await ask("abc"), [200, "3"]);
    client.close();
  }
});

Deno.test("an answer without an end goes on until its client leaves, SPDY or not", async () => {
  await using server = await startServer();
  const head = HEAD.replace("POST /echo", "GET /endless");
  for (const text of [head, head.replace(/Connection: .*\r\n|Upgrade: .*\r\n/g, "")]) {
    const connection = await server.connect();
    await connection.write(encode(text));
    let seen = "";
    const bytes = new Uint8Array(1 << 14);
    while (!seen.includes("begins")) {
      seen += new TextDecoder().decode(bytes.subarray(0, (await connection.read(bytes))!));
    }
    equal(server.countOpen(), 1);
    connection.close();
    for (const end = Date.now() + 30_000; server.countOpen() > 0;) {
      equal(Date.now() < end, true, "the answer goes on without its client");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

Deno.test("a body that breaks off is the fault of its sender", async () => {
  await using server = await startServer();
  const head = [
    ...["POST /limited HTTP/1.1", "Host: 127.0.0.1", "Authorization: Bearer t"],
    ...["Content-Length: 9", "", "half"],
  ];
  const connection = await server.connect();
  await connection.write(encode(head.join("\r\n")));
  await connection.closeWrite();
  match(await readAll(connection), /^HTTP\/1\.1 400 .*"the body of the request broke off: /s);
});

Deno.test("a Host that is none is refused in words", async () => {
  await using server = await startServer();
  const connection = await server.connect();
  await connection.write(encode("GET / HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n"));
  match(await readAll(connection), /^HTTP\/1\.1 400 .*malformed Host header/s);
});

Deno.test("requests by HTTP/1.1 and HTTP/2 are answered, with large bodies too", async () => {
  await using server = await startServer();
  for (const http2 of [false, true]) {
    const client = Deno.createHttpClient({
      caCerts: server.caCerts,
      http1: !http2,
      http2,
    });
    const ask = async (size: number) => {
      const response = await fetch(`${server.url}/a`, {
        client,
        method: "POST",
        headers: { authorization: "Bearer t" },
        body: new Uint8Array(size),
      });
      return await response.text();
    };
    deepEqual(await Promise.all([ask(0), ask(3_000_000), ask(5)]), [
      "POST 0",
      "POST 3000000",
      "POST 5",
    ]);
    client.close();
  }
});

Deno.test("a connection becomes SPDY, with what was sent behind the request", async () => {
  await using server = await startServer();
  const client = new SpdyClient();
  const error = await client.open({ streamtype: "error", requestid: "1", port: "1" }, true);
  const data = await client.open({ streamtype: "data", requestid: "1", port: "1" });
  const connection = await server.connect();
  await connection.write(encode(HEAD));
  await connection.write(error.frame);
  await connection.write(data.frame);
  await connection.write(dataFrame(data.id, "echo", true));
  let head = "";
  const bytes = new Uint8Array(1 << 14);
  while (!client.of(error.id).isEnded) {
    const count = await connection.read(bytes);
    if (count === null) break;
    let at = 0;
    while (!head.endsWith("\r\n\r\n") && at < count) head += String.fromCharCode(bytes[at++]!);
    client.receive(bytes.slice(at, count));
  }
  match(head, /^HTTP\/1\.1 101 .*\r\nConnection: Upgrade\r\nUpgrade: SPDY\/3\.1\r\n/);
  deepEqual(client.of(data.id), { text: "echo", isEnded: true });
  connection.close();
  await client.close();
});

Deno.test("who asks for SPDY needs the token and a protocol, as with any request", async () => {
  await using server = await startServer();
  const ask = async (head: string) => {
    const connection = await server.connect();
    await connection.write(encode(head));
    return (await readAll(connection)).split("\r\n")[0];
  };
  equal(await ask(HEAD.replace("Bearer t", "Bearer x")), "HTTP/1.1 401 ");
  equal(await ask(HEAD.replace("127.0.0.1", "evil.example")), "HTTP/1.1 403 ");
  equal(await ask(HEAD.replace("127.0.0.1", "")), "HTTP/1.1 403 ");
  equal(await ask(HEAD.replace("Host", "Origin: https://evil.example\r\nHost")), "HTTP/1.1 403 ");
  equal(await ask(HEAD.replace(PROTOCOL, "other")), "HTTP/1.1 400 ");
});

Deno.test("garbage, half a head and half-open connections do not hinder others", async () => {
  const server = await startServer();
  const random = new Random(3);
  const held: Deno.Conn[] = [];
  const { hostname, port } = new URL(server.url);
  for (let i = 0; i < 20; i++) {
    // Without TLS, with half a request, and with garbage behind the upgrade.
    held.push(await Deno.connect({ hostname, port: Number(port) }));
    const half = await server.connect();
    await half.write(encode(HEAD.slice(0, random.integer(1, HEAD.length - 1))));
    held.push(half);
    const garbage = await server.connect();
    await garbage.write(encode(HEAD));
    await garbage.write(Uint8Array.from({ length: 200 }, () => random.integer(0, 255)));
    held.push(garbage);
  }
  await held[0]!.write(encode("GET / HTTP/1.1\r\n\r\n"));
  const client = Deno.createHttpClient({ caCerts: server.caCerts });
  const headers = { authorization: "Bearer t" };
  equal(await (await fetch(`${server.url}/a`, { client, headers })).text(), "GET 0");
  client.close();
  // The end of the server ends them all.
  await server[Symbol.asyncDispose]();
  for (const connection of held) connection.close();
});
