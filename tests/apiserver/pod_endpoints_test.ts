/** What the API passes on to the node. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { podBody, startApi } from "../support/api_server.ts";

const PODS = "/api/v1/namespaces/default/pods";
const containers = (...names: string[]) =>
  names.map((name) => ({ name, image: "none", command: ["true"] }));

/** The containers of the Pod, the path below it, and what the node is asked, or the refusal. */
const rows: readonly [readonly string[], string, string][] = [
  [["c"], "log?tailLines=1", "/containerLogs/default/p/c?tailLines=1"],
  [["c", "d"], "log?container=d", "/containerLogs/default/p/d?container=d"],
  [["c"], "log?container=i", "/containerLogs/default/p/i?container=i"],
  [["c"], "exec?command=a&command=b%20c", "/exec/default/p/c?command=a&command=b+c"],
  [["c"], "attach?stdin=true", "/attach/default/p/c?stdin=true"],
  [["c", "d"], "portforward", "/portForward/default/p?"],
  [["c"], "log?container=z", "400 container z is not valid for pod p"],
  [
    ["c", "d"],
    "log",
    "400 a container name must be specified for pod p, choose one of: [c d] or one of the init " +
    "containers: [i]",
  ],
];
for (const [names, path, expected] of rows) {
  Deno.test(`of a Pod with ${names}: ${path}`, async () => {
    const asked: string[] = [];
    const api = startApi({
      askNode: (path) => {
        asked.push(path);
        return Promise.resolve(new Response("ok"));
      },
    });
    const spec = {
      nodeName: "n",
      containers: containers(...names),
      initContainers: containers("i"),
    };
    await api.ask("POST", PODS, { body: { ...podBody("p"), spec } });
    const { code, body } = await api.ask("GET", `${PODS}/p/${path}`);
    equal(asked[0] ?? `${code} ${body.message}`, expected);
  });
}

Deno.test("the node's refusals are Status objects, and a Pod without a node has no log", async () => {
  let answer = new Response("");
  const api = startApi({ askNode: () => Promise.resolve(answer) });
  await api.ask("POST", PODS, { body: podBody("free") });
  equal((await api.ask("GET", `${PODS}/free/log`)).code, 200);
  const { code, body } = await api.ask("GET", `${PODS}/free/exec?command=a`);
  deepEqual([code, body.message], [400, "pod free does not have a host assigned"]);
  await api.ask("POST", PODS, {
    body: { ...podBody("p"), spec: { nodeName: "n", containers: containers("c") } },
  });
  for (
    const [status, reason] of [[400, "BadRequest"], [404, "NotFound"], [422, "Invalid"]] as const
  ) {
    answer = new Response("why not\n", { status });
    const { code, body } = await api.ask("GET", `${PODS}/p/log`);
    deepEqual([code, body.kind, body.reason, body.message], [status, "Status", reason, "why not"]);
  }
  equal((await api.ask("POST", `${PODS}/p/log`)).code, 405);
  equal((await api.ask("GET", `${PODS}/none/log`)).code, 404);
});
