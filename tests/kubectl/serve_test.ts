/** The program `serve` itself: its door, its files and its end. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { podBody } from "../support/api_server.ts";
import { serveNode, until } from "../support/served_node.ts";

const PODS = "/api/v1/namespaces/default/pods";

Deno.test("serve runs Pods that a client creates, and ends them at its own end", async () => {
  await using node = await serveNode(["--isolation", "process"]);
  equal((await Deno.stat(node.kubeconfig)).mode! & 0o777, 0o600);
  const body = (name: string, command: string[]) =>
    JSON.stringify({
      ...podBody(name),
      spec: { restartPolicy: "Never", containers: [{ name: "c", image: "none", command }] },
    });
  for (const [name, command] of [["short", ["true"]], ["long", ["sleep", "1000"]]] as const) {
    const created = await node.fetch(PODS, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: body(name, [...command]),
    });
    equal(created.status, 201, await created.text());
  }
  const phaseOf = async (name: string) =>
    (await (await node.fetch(`${PODS}/${name}`)).json()).status?.phase;
  await until(async () => await phaseOf("short") === "Succeeded", "short succeeds");
  await until(async () => await phaseOf("long") === "Running", "long runs");
  const { code, stdout, stderr } = await node.end("SIGTERM");
  deepEqual([code, stdout], [0, `export KUBECONFIG=${node.kubeconfig}\n`]);
  equal(stderr, "");
});

Deno.test("serve answers only to its own name, with its token, and to no web page", async () => {
  await using node = await serveNode(["--isolation", "process"]);
  const ask = async (headers: Record<string, string>, url = `${node.url}/version`) => {
    const response = await fetch(url, { headers, client: node.client });
    const body = await response.json();
    return [response.status, body.reason];
  };
  const authorization = `Bearer ${node.token}`;
  deepEqual(await ask({ authorization }), [200, undefined]);
  deepEqual(await ask({}), [401, "Unauthorized"]);
  deepEqual(await ask({ authorization: "Bearer x" }), [401, "Unauthorized"]);
  deepEqual(await ask({ authorization, origin: "https://evil.example" }), [403, "Forbidden"]);
  deepEqual(await ask({ authorization }, `${node.url.replace("127.0.0.1", "localhost")}/version`), [
    200,
    undefined,
  ]);
});

Deno.test("serve refuses a port that is taken, and a kubeconfig that is not its own", async () => {
  await using node = await serveNode(["--isolation", "process"]);
  const attempt = async (...words: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "-A", "src/main.ts", "serve", "--isolation", "process", ...words],
      env: { PODLING_DATA: `${node.folder}/other`, NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    return [code, decoder.decode(stdout), decoder.decode(stderr)] as const;
  };
  const [code, stdout, stderr] = await attempt("--listen", new URL(node.url).host);
  deepEqual([code, stdout], [125, ""]);
  match(
    stderr,
    /^podling: --listen: 127\.0\.0\.1:\d+ is not available: .*; port 0 picks a free one\n$/,
  );

  const foreign = `${node.folder}/foreign`;
  await Deno.writeTextFile(foreign, "apiVersion: v1\nkind: Config\n");
  const [refused, , why] = await attempt("--listen", "127.0.0.1:0", "--kubeconfig", foreign);
  equal(refused, 125);
  match(why, /^podling: --kubeconfig: .*\/foreign was not written by podling serve, and is left/);
  equal(await Deno.readTextFile(foreign), "apiVersion: v1\nkind: Config\n");
});
