import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { VirtualClock } from "../../src/base/clock.ts";
import { SimulatedRuntime } from "../../src/runtime/simulated/simulated_runtime.ts";
import type {
  ContainerScript,
  SimulationScript,
} from "../../src/runtime/simulated/simulation_script.ts";
import { containerConfigOf, sandboxConfigOf } from "../support/runtime_configs.ts";

const sandboxConfig = sandboxConfigOf();
const containerConfig = containerConfigOf();

function setUp(script: SimulationScript) {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const runtime = new SimulatedRuntime({
    clock,
    script,
    listener: {
      onEvent: (event) => {
        seen.push(
          event.type === "containerExited"
            ? `${event.finishedAt} ${event.name} ${event.exitCode} ${event.signal ?? ""}`.trim()
            : `${event.at} ${event.type}`,
        );
      },
      onOutput: ({ stream, chunk }) => {
        seen.push(`${stream}: ${new TextDecoder().decode(chunk)}`);
        return Promise.resolve();
      },
      onWarning: (line) => seen.push(`warning: ${line}`),
    },
  });
  return { clock, runtime, seen };
}

async function start(runtime: SimulatedRuntime): Promise<string> {
  const { sandboxId } = await runtime.runPodSandbox(sandboxConfig);
  const containerId = await runtime.createContainer(sandboxId, containerConfig);
  await runtime.startContainer(containerId);
  return containerId;
}

const fates: readonly [string, ContainerScript, Deno.Signal[], string[]][] = [
  ["an end by itself", { exitAfterMs: 5, exit: { exitCode: 3 } }, [], ["5 a 3"]],
  ["a death of its own", { exitAfterMs: 5, exit: { signal: "SIGSEGV" } }, [], ["5 a 139 SIGSEGV"]],
  ["a stop", {}, ["SIGTERM"], ["10 a 143 SIGTERM"]],
  ["a kill", { onStopSignal: "ignore" }, ["SIGTERM", "SIGKILL"], ["20 a 137 SIGKILL"]],
  [
    "an end in its own way and time",
    { onStopSignal: { afterMs: 4, exit: { exitCode: 0 } } },
    ["SIGTERM", "SIGKILL"],
    ["14 a 0"],
  ],
  [
    "its words before its end",
    {
      exitAfterMs: 0,
      output: [{ stream: "stdout", text: "hi" }, { stream: "stderr", text: "oh" }],
    },
    [],
    ["stdout: hi\n", "stderr: oh\n", "0 a 0"],
  ],
];
for (const [name, script, signals, expected] of fates) {
  Deno.test(`SimulatedRuntime plays ${name}`, async () => {
    const { clock, runtime, seen } = setUp({ container: () => script });
    const containerId = await start(runtime);
    for (const signal of signals) {
      await clock.advance(10);
      await runtime.signalContainer(containerId, signal);
    }
    await clock.runUntilIdle();
    deepEqual(seen, expected);
    equal(runtime.alive.containers, 0);
  });
}

Deno.test("SimulatedRuntime ends all containers with their sandbox: after one that dies, before one that is stopped", async () => {
  for (
    const [script, ends] of [
      [{ sandbox: () => ({ exitAfterMs: 7 }) }, ["7 sandboxExited", "7 a 137 SIGKILL"]],
      [{}, ["7 a 137 SIGKILL", "7 sandboxExited"]],
    ] as const
  ) {
    const { clock, runtime, seen } = setUp(script);
    await start(runtime);
    await clock.advance(7);
    await runtime.stopPodSandbox("simulated://u1/0");
    await runtime.stopPodSandbox("simulated://u1/0"); // may be repeated
    deepEqual(seen, ends);
    await rejects(runtime.createContainer("simulated://u1/0", containerConfig), {
      reason: "CreateContainerError",
    });
  }
});

Deno.test("SimulatedRuntime refuses what its script says", async () => {
  const volumes = setUp({ volumeError: () => "full" }).runtime;
  await rejects(volumes.prepareVolumes("u1", []), { reason: "FailedMount", message: "full" });
  const sandbox = setUp({ sandbox: () => ({ error: "no" }) }).runtime;
  await rejects(sandbox.runPodSandbox(sandboxConfig), { reason: "FailedCreatePodSandBox" });
  const create = setUp({ container: () => ({ createError: "no" }) }).runtime;
  await rejects(start(create), { reason: "CreateContainerError", message: "no" });
  const begin = setUp({ container: () => ({ startError: "no" }) }).runtime;
  await rejects(start(begin), { reason: "StartError", message: "no" });
});

Deno.test("SimulatedRuntime invents the same numbers for the same play", async () => {
  const play = async () => {
    const { runtime } = setUp({});
    const first = await runtime.runPodSandbox(sandboxConfig);
    const second = await runtime.runPodSandbox({ ...sandboxConfig, podUid: "u2" });
    return [first, second];
  };
  const [first, second] = await play();
  deepEqual([first, second], await play());
  equal(first!.podIP !== second!.podIP && first!.pid !== second!.pid, true);
});

const probe = { purpose: "liveness", handler: { type: "exec", argv: ["ready"] } } as const;
const never = new AbortController().signal;

Deno.test("SimulatedRuntime answers as its script says, when it says", async () => {
  const { clock, runtime } = setUp({
    container: () => ({
      handler: (_request, at) =>
        at < 5000 ? {} : { outcome: "failure", output: "not well", afterMs: 700 },
    }),
  });
  const id = await start(runtime);
  deepEqual(await runtime.runHandler(id, probe, never), { outcome: "success", output: "" });
  await clock.advance(5000);
  const answer = runtime.runHandler(id, probe, never);
  await clock.advance(700);
  deepEqual(await answer, { outcome: "failure", output: "not well" });
  const late = runtime.runHandler(id, { ...probe, timeoutMs: 500 }, never);
  await clock.advance(500);
  deepEqual(await late, {
    outcome: "failure",
    output: 'command timed out: "ready" timed out after 500ms',
  });
});

Deno.test("SimulatedRuntime: a container that ends gives no answer, nor does one that has ended", async () => {
  const { clock, runtime } = setUp({ container: () => ({ handler: () => ({ afterMs: 1000 }) }) });
  const id = await start(runtime);
  const asked = runtime.runHandler(id, probe, never);
  await runtime.signalContainer(id, "SIGKILL");
  const output = "rpc error: code = Unknown desc = failed to exec in container: " +
    "container is in CONTAINER_EXITED state";
  deepEqual(await asked, { outcome: "error", output });
  deepEqual(await runtime.runHandler(id, probe, never), { outcome: "error", output });
  equal(clock.nextWake, undefined);
});

Deno.test("list names what is on the stage, and nothing of a script can be dialled or attached to", async () => {
  const { runtime } = setUp({ container: () => ({}) });
  await start(runtime);
  const { sandboxes, containers } = await runtime.list();
  deepEqual(sandboxes.map(({ podUid, attempt, podIP }) => [podUid, attempt, podIP]), [
    ["u1", 0, "127.64.0.1"],
  ]);
  deepEqual(containers.map(({ name, restartCount, state }) => [name, restartCount, state]), [
    ["a", 0, "running"],
  ]);
  await rejects(runtime.dial("u1", 80), { reason: "PortForward" });
  await rejects(runtime.logs("u1", "a"), { reason: "Logs" });
  await rejects(runtime.stats(), { reason: "NotSupported" });
  await rejects(runtime.exec("simulated://u1/a/0", { command: ["true"] }), {
    reason: "NotSupported",
    message:
      'Cannot execute "true" in container "simulated://u1/a/0": the containers are simulated',
  });
  await rejects(runtime.attach(containers[0]!.containerId), { reason: "NotSupported" });
});
