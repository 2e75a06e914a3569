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

Deno.test("serve --kubectl ends with the shell of the user, in which clients know the node", async () => {
  const folder = await Deno.makeTempDir({ prefix: "podling-shell-" });
  try {
    await Deno.writeTextFile(`${folder}/kubectl`, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const attempt = async (path: string, shell: string, script: string) => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "-A", "src/main.ts", "serve", "--isolation", "process"]
          .concat("--listen", "127.0.0.1:0", "--in-memory", "--kubectl"),
        env: {
          PODLING_DATA: `${folder}/data`,
          PODLING_STATE: `${folder}/state`,
          NO_COLOR: "1",
          PATH: path,
          SHELL: shell,
        },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(script));
      await writer.close();
      const { code, stdout, stderr } = await child.output();
      const decoder = new TextDecoder();
      return [code, decoder.decode(stdout), decoder.decode(stderr)] as const;
    };
    const path = `${folder}:${Deno.env.get("PATH")}`;
    const [code, stdout, stderr] = await attempt(
      path,
      "/bin/sh",
      'grep -c \'"server": "https://127\' "$KUBECONFIG"; exit 7\n',
    );
    const lines = stdout.trim().split("\n").toSorted();
    deepEqual([code, lines, stderr], [7, ["1", `export KUBECONFIG=${folder}/data/kubeconfig`], ""]);
    const [lacking, , what] = await attempt("/nowhere", "/bin/sh", "exit 0\n");
    deepEqual([lacking, /^podling: --kubectl: kubectl is not on PATH; /.test(what)], [125, true]);
    const [wrong, , why] = await attempt(path, "/nowhere/sh", "exit 0\n");
    deepEqual([wrong, /SHELL is \/nowhere\/sh, which is not an exec/.test(why)], [125, true]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
