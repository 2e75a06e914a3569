/** What a runtime of this machine answers when it is asked: list, logs, dial, stats. */
import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import {
  type LogOptions,
  type PodStats,
  type Runtime,
  RuntimeError,
} from "../../src/runtime/runtime.ts";
import { Asked, LEVELS, NEVER } from "./asked.ts";
import { canSandbox } from "./support.ts";

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The log of container `a`, to its end. */
async function textOf({ runtime }: Asked, options: LogOptions): Promise<string> {
  return (await Array.fromAsync(await runtime.logs("u1", "a", options, NEVER))).map(decode).join(
    "",
  );
}

/** The names and states of all containers. */
async function statesOf(runtime: Runtime): Promise<string[]> {
  return (await runtime.list()).containers.map(({ name, restartCount, state }) =>
    `${name}/${restartCount} ${state}`
  );
}

/** Reads the statistics of pod `u1` until they are as expected. */
async function statsOnce({ runtime }: Asked, isAsExpected: (stats: PodStats) => boolean) {
  for (;;) {
    const [stats, ...others] = await runtime.stats("u1");
    equal(others.length, 0);
    if (isAsExpected(stats!)) return stats!;
    await delay(10);
  }
}

for (const [level, cgroups] of LEVELS.flatMap((it) => [[it, true], [it, false]] as const)) {
  Deno.test({
    name: `stats of a busy and an idle container (${level}, ${cgroups ? "with" : "no"} cgroups)`,
    ignore: level === "sandbox" && !canSandbox,
    async fn() {
      await using asked = await Asked.open(level, cgroups);
      const before = Date.now();
      const idle = await asked.start("exec sleep 1000", { name: "idle" });
      await asked.start("sleep 1000 & while :; do :; done", { name: "busy", restartCount: 2 });
      const usageOf = ({ containers }: PodStats, name: string) =>
        containers.find((it) => it.name === name)!.usage;
      const first = await statsOnce(asked, (it) => usageOf(it, "busy").cpuUsageNs > 100_000_000);
      const second = await statsOnce(
        asked,
        (it) => usageOf(it, "busy").cpuUsageNs > usageOf(first, "busy").cpuUsageNs + 100_000_000,
      );
      deepEqual(
        second.containers.map(({ podUid, name, restartCount }) => [podUid, name, restartCount]),
        [["u1", "idle", 0], ["u1", "busy", 2]],
      );
      ok(first.time >= before && second.time >= first.time && second.time <= Date.now());
      const growth = usageOf(second, "idle").cpuUsageNs - usageOf(first, "idle").cpuUsageNs;
      ok(growth >= 0 && growth < 50_000_000, `${growth} ns`);
      equal(usageOf(second, "idle").pids, 1);
      equal(usageOf(second, "busy").pids, 2);
      for (const usage of [usageOf(second, "idle"), usageOf(second, "busy"), second.usage]) {
        ok(usage.workingSetBytes > 0 && usage.workingSetBytes <= usage.memoryUsageBytes);
        ok(usage.rssBytes > 0);
      }
      ok(second.usage.cpuUsageNs >= usageOf(second, "busy").cpuUsageNs);
      ok(second.usage.pids >= 3);
      await asked.runtime.signalContainer(idle, "SIGKILL");
      await asked.exitOf(idle);
      const [rest] = await asked.runtime.stats();
      deepEqual(rest?.containers.map(({ name }) => name), ["busy"]);
      deepEqual(await asked.runtime.stats("unknown"), []);
      await asked.runtime.stopPodSandbox(asked.sandboxId);
      deepEqual(await asked.runtime.stats(), []);
    },
  });
}

for (const level of LEVELS) {
  const ignore = level === "sandbox" && !canSandbox;

  Deno.test({
    name: `list follows a container from its creation to its removal (${level})`,
    ignore,
    async fn() {
      await using asked = await Asked.open(level);
      const { runtime } = asked;
      const [sandbox] = (await runtime.list()).sandboxes;
      deepEqual(
        [sandbox?.podUid, sandbox?.namespace, sandbox?.podName, sandbox?.attempt],
        ["u1", "default", "web", 0],
      );
      equal(sandbox?.sandboxId, asked.sandboxId);
      const id = await asked.create("exec sleep 1000", { name: "a" });
      const other = await asked.start("exit 3", { name: "b", restartCount: 2 });
      equal(await asked.exitOf(other), 3);
      deepEqual(await statesOf(runtime), ["a/0 created", "b/2 exited"]);
      await runtime.startContainer(id);
      deepEqual(await statesOf(runtime), ["a/0 running", "b/2 exited"]);
      await runtime.removeContainer(other);
      await runtime.stopPodSandbox(asked.sandboxId);
      deepEqual((await runtime.list()).sandboxes, []);
      deepEqual(await statesOf(runtime), ["a/0 exited"]);
    },
  });

  Deno.test({
    name: `logs follow a run to its end, and the next one by itself (${level})`,
    ignore,
    async fn() {
      await using asked = await Asked.open(level);
      const first = await asked.start("echo one; read line; echo two", { restartCount: 0 });
      const followed = await asked.runtime.logs("u1", "a", { follow: true }, NEVER);
      const lines = followed[Symbol.asyncIterator]();
      equal(decode((await lines.next()).value!), "one\n");
      // Standard input is at its end: the program goes on by itself.
      equal(decode((await lines.next()).value!), "two\n");
      equal((await lines.next()).done, true);
      equal(await asked.exitOf(first), 0);
      await asked.runtime.removeContainer(first);
      const second = await asked.start("echo three; exec sleep 1000", { restartCount: 1 });
      const stop = new AbortController();
      const rest = (await asked.runtime.logs("u1", "a", { follow: true }, stop.signal))
        [Symbol.asyncIterator]();
      equal(decode((await rest.next()).value!), "three\n");
      stop.abort();
      equal((await rest.next()).done, true);
      equal(await textOf(asked, { previous: true }), "one\ntwo\n");
      equal(await textOf(asked, { follow: true, previous: true }), "one\ntwo\n");
      await asked.runtime.signalContainer(second, "SIGKILL");
      await asked.exitOf(second);
      equal(await textOf(asked, { follow: true }), "three\n");
    },
  });

  Deno.test({
    name: `logs of what there is not are refused (${level})`,
    ignore,
    async fn() {
      await using asked = await Asked.open(level);
      const refused = (error: unknown) => error instanceof RuntimeError && error.reason === "Logs";
      await rejects(asked.runtime.logs("u1", "a", {}, NEVER), refused);
      await rejects(asked.runtime.logs("u1", "../x", {}, NEVER), refused);
      await rejects(asked.runtime.logs("unknown", "a", {}, NEVER), refused);
      await asked.exitOf(await asked.start("echo 1"));
      await rejects(asked.runtime.logs("u1", "a", { previous: true }, NEVER), refused);
      equal(await textOf(asked, {}), "1\n");
    },
  });

  Deno.test({
    name: `dial reaches a program of the pod, and a closed port is refused (${level})`,
    ignore,
    async fn() {
      await using asked = await Asked.open(level);
      using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = server.addr as Deno.NetAddr;
      const [connection, accepted] = await Promise.all([
        asked.runtime.dial("u1", port),
        server.accept(),
      ]);
      const writer = connection.writable.getWriter();
      await writer.write(new TextEncoder().encode("ping"));
      await writer.close();
      const chunk = new Uint8Array(16);
      equal(new TextDecoder().decode(chunk.subarray(0, await accepted.read(chunk) ?? 0)), "ping");
      equal(await accepted.read(chunk), null);
      // The end of what was sent is not the end of the answer.
      await accepted.write(new TextEncoder().encode("pong"));
      accepted.close();
      equal(await new Response(connection.readable).text(), "pong");
      connection.close();
      connection.close();
      server.close();
      const refused = (error: unknown) =>
        error instanceof RuntimeError && error.reason === "PortForward";
      // A port that was free a moment ago may have another listener by now.
      await rejects(asked.runtime.dial("u1", 1), refused);
      await rejects(asked.runtime.dial("unknown", port), refused);
      await asked.runtime.stopPodSandbox(asked.sandboxId);
      await rejects(asked.runtime.dial("u1", port), refused);
    },
  });
}
