/** What stock kubectl does with containers that run: streams, logs, debugging, other amounts. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { ignore, inSession, POD, SPDY } from "../support/kubectl_session.ts";

Deno.test({
  name: "kubectl: exec, attach, cp and port-forward in SPDY",
  ignore,
  fn: () =>
    inSession(async (kubectl, node) => {
      const server = "import http.server,socketserver as s\n" +
        "t=s.TCPServer(('127.0.0.1',0),http.server.SimpleHTTPRequestHandler)\n" +
        "print(t.server_address[1],flush=True)\nt.serve_forever()";
      const pod = JSON.parse(POD("a", ["python3", "-c", server]));
      pod.spec.containers.push({
        name: "i",
        image: "none",
        command: ["sh", "-c", "read l; echo got $l"],
        stdin: true,
      });
      await kubectl.run("create -f -", "pod/a created\n", { stdin: JSON.stringify(pod) });
      await kubectl.run("wait --for=condition=Ready pod/a", /met/);
      const spdy = { env: SPDY };
      const both = "exec a -c c -- sh -c echo·hi;·echo·bad·>&2;·exit·7";
      await kubectl.run(both, "hi\n", { ...spdy, code: 7 });
      await kubectl.run(both, /^bad\ncommand terminated with exit code 7\n$/, {
        ...spdy,
        code: 7,
        isError: true,
      });
      const large = "0123456789abcdef".repeat(200_000);
      await kubectl.run("exec -i a -c c -- wc -c", "3200000\n", { ...spdy, stdin: large });
      await kubectl.run("exec -i a -c c -- cat", large, { ...spdy, stdin: large });
      await kubectl.run("exec a -c c -- /no/such", /no such file|not found/, {
        ...spdy,
        code: 1,
        isError: true,
      });
      await kubectl.run("exec a -c nope -- true", /container nope is not valid for pod a/, {
        ...spdy,
        code: 1,
        isError: true,
      });
      // A program that reads later than its client sends holds that client back.
      const flood = { stdin: "y".repeat(100_000_000) };
      const slow = "exec -i a -c c -- sh -c sleep·1;·wc·-c";
      await kubectl.run(slow, "100000000\n", flood);
      await kubectl.run(slow, "100000000\n", { ...spdy, ...flood });
      await kubectl.run("exec -i a -c c -- sh -c sleep·1;·echo·over", "over\n", flood);
      await kubectl.run("attach -i a -c i", "got typed\n", { ...spdy, stdin: "typed\n" });
      await Deno.writeTextFile(`${node.folder}/large`, large);
      const there = `a:/${node.folder}/there`;
      await kubectl.run(`cp -c c ${node.folder}/large ${there}`, "", spdy);
      await kubectl.run(`cp -c c ${there} ${node.folder}/back`, /^tar: Removing|^$/, spdy);
      equal(await Deno.readTextFile(`${node.folder}/back`), large);

      const port = (await kubectl.run("logs a -c c", /^\d+\n$/)).trim();
      const forward = node.startKubectl(["port-forward", "a", `:${port}`], SPDY);
      const lines = forward.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (!text.includes("\n")) text += (await lines.read()).value;
      const local = /127\.0\.0\.1:(\d+) -> /.exec(text)![1];
      const fetches = Array.from({ length: 4 }, () => fetch(`http://127.0.0.1:${local}/nothing`));
      for (const response of await Promise.all(fetches)) {
        equal(response.status, 404);
        await response.body?.cancel();
      }
      forward.kill();
      await lines.cancel();
      await forward.stderr.cancel();
      await forward.status;
    }),
});

Deno.test({
  name: "kubectl: debug",
  ignore,
  fn: () =>
    inSession(async (kubectl) => {
      await kubectl.run("create -f -", "pod/a created\n", { stdin: POD("a", ["sleep", "1000"]) });
      await kubectl.run("wait --for=condition=Ready pod/a", /met/);
      const words = "debug a -i --image=busybox -c d --target=c -- sh -c read·l;·echo·got·$l";
      await kubectl.run(words, /^Targeting container "c"[^]*\ngot typed\n$/, { stdin: "typed\n" });
      const state = "{.status.ephemeralContainerStatuses[0].state.terminated.exitCode}";
      await kubectl.run(`wait --for=jsonpath=${state}=0 pod/a`, /condition met/);
      await kubectl.run("logs a -c d", "got typed\n");
      // Refused at once, which kubectl must not miss.
      await kubectl.run("exec a -c d -- true", /container "d" of pod "a" is not running/, {
        code: 1,
        isError: true,
      });
      await kubectl.run("get pod a", /\na +1\/1 +Running +0 /);
      await kubectl.run(
        "debug a --image=busybox --target=z -- true",
        /targetContainerName: Not found: "z"/,
        { code: 1, isError: true },
      );
      await kubectl.run("debug a --copy-to=b --image=busybox -c d -- sleep 1000", "");
      await kubectl.run("wait --for=condition=Ready pod/b", /met/);
      await kubectl.run("get pod b -o jsonpath={.spec.containers[*].name}", "c d");
    }),
});

Deno.test({
  name: "kubectl: other amounts for a Pod that runs",
  ignore,
  fn: () =>
    inSession(async (kubectl) => {
      const resources = { requests: { cpu: "100m" }, limits: { cpu: "200m" } };
      const pod = POD("a", ["sleep", "1000"], { resources });
      await kubectl.run("create -f -", "pod/a created\n", { stdin: pod });
      await kubectl.run("wait --for=condition=Ready pod/a", /met/);
      const patch =
        '{"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"150m"}}}]}}';
      await kubectl.run(`patch pod a --subresource resize -p ${patch}`, "pod/a patched\n");
      const state = "{.status.containerStatuses[0].resources.requests.cpu}";
      await kubectl.run(`wait --for=jsonpath=${state}=150m pod/a`, /met/);
      await kubectl.run("get pod a -o jsonpath={.status.containerStatuses[0].restartCount}", "0");
      await kubectl.run("events --for=pod/a", /ResizeStarted[^]*ResizeCompleted/);
    }),
});

/** A container that ends twice and then stays, another one, and an init container. */
const LOGGING = () => {
  const pod = JSON.parse(POD("a", ["sh", "-c", "echo a1; echo a2; exec sleep 1000"]));
  pod.spec.containers.push({
    name: "d",
    image: "none",
    command: ["sh", "-c", "echo d; [ -e $0 ] && exec sleep 1000; >$0; exit 1"],
  });
  pod.spec.initContainers = [{ name: "i", image: "none", command: ["echo", "init"] }];
  return pod;
};

Deno.test({
  name: "kubectl: logs, with every flag",
  ignore,
  fn: () =>
    inSession(async (kubectl, node) => {
      const pod = LOGGING();
      pod.spec.containers[1].command.push(`${node.folder}/once`);
      await kubectl.run("create -f -", "pod/a created\n", { stdin: JSON.stringify(pod) });
      await kubectl.run("wait --for=condition=Ready pod/a", /met/);
      await kubectl.run("logs a -c c", "a1\na2\n");
      await kubectl.run("logs a", /^Defaulted container "c" out of: c, d, i \(init\)\n$/, {
        isError: true,
      });
      // kubectl takes the containers in no order.
      const sorted = (text: string) => text.trim().split("\n").toSorted();
      const all = await kubectl.run("logs a --all-containers", /init\n/);
      deepEqual(sorted(all), ["a1", "a2", "d", "init"]);
      const named = await kubectl.run("logs a --all-containers --prefix", /init\n/);
      deepEqual(sorted(named), ["[pod/a/c] a1", "[pod/a/c] a2", "[pod/a/d] d", "[pod/a/i] init"]);
      await kubectl.run("logs -l app=a --all-containers --tail=1", /^(?:init\n|a2\n|d\n){3}$/);
      await kubectl.run("logs a -c c --timestamps", /^\d{4}-\S+\.\d{9}Z a1\n\d{4}-\S+Z a2\n$/);
      await kubectl.run("logs a -c c --tail=1", "a2\n");
      await kubectl.run("logs a -c c --tail=0", "");
      await kubectl.run("logs a -c c --limit-bytes=4", "a1\na");
      await kubectl.run("logs a -c c --since=1h", "a1\na2\n");
      await kubectl.run("logs a -c c --since-time=2000-01-01T00:00:00Z", "a1\na2\n");
      await kubectl.run("logs a -c c --since-time=2100-01-01T00:00:00Z", "");
      await kubectl.run("logs a -c d --previous", "d\n");
      await kubectl.run(
        "logs a -c c -p",
        /previous terminated container "c" in pod "a" not found/,
        {
          code: 1,
          isError: true,
        },
      );
      await kubectl.run("logs a -c z", /container z is not valid for pod a/, {
        code: 1,
        isError: true,
      });
    }),
});

Deno.test({
  name: "kubectl: a log that is followed ends with its run, and the next run has its own",
  ignore,
  fn: () =>
    inSession(async (kubectl, node) => {
      const go = `${node.folder}/go`;
      const script = `echo start; while [ ! -e ${go} ]; do sleep 0.05; done; rm ${go}; exit 1`;
      await kubectl.run("create -f -", /created/, { stdin: POD("a", ["sh", "-c", script]) });
      await kubectl.run("wait --for=condition=Ready pod/a", /met/);
      const follow = node.startKubectl(["logs", "-f", "a"]);
      const lines = follow.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      while (text !== "start\n") text += (await lines.read()).value;
      await Deno.writeTextFile(go, "");
      for (let next; !(next = await lines.read()).done;) text += next.value;
      await follow.stderr.cancel();
      equal((await follow.status).code, 0);
      equal(text, "start\n");
      const count = "{.status.containerStatuses[0].restartCount}";
      await kubectl.run(`wait --for=jsonpath=${count}=1 pod/a`, /met/);
      await kubectl.run("logs a -p", "start\n");
    }),
});
