/**
 * Faults on purpose with real processes: what is reported is the fault's, and the process is really
 * gone.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { canRun, type Mode, MODES, Place, runPod } from "./support.ts";

/** Obeys SIGTERM, and has a child. */
const SERVER = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

const faults = [
  {
    name: "an exit code",
    args: ["--inject", "web:exit=3@200ms"],
    end: { exitCode: 3, reason: "Error" },
    status: 3,
  },
  {
    name: "an OOM kill",
    args: ["--inject", "web:oom"],
    end: { exitCode: 137, reason: "OOMKilled", signal: "SIGKILL" },
    status: 137,
  },
  {
    name: "a stop signal that does not arrive",
    args: ["--inject", "web:hang-on-term", "--until", "Ready"],
    end: { exitCode: 137, reason: "Error", signal: "SIGKILL" },
    status: 0,
  },
] as const;

for (const { name, args, end, status } of faults) {
  Deno.test(`injected: ${name}`, async (context) => {
    const test = (mode: Mode) => async () => {
      await using place = await Place.open();
      const command = [...SERVER, place.token];
      const { code, of } = await runPod(place, { containers: { web: { command } }, mode, args });
      const { exitCode, reason, signal } = of("web");
      deepEqual({ exitCode, reason, ...(signal && { signal }) }, end);
      equal(code, status);
    };
    await Promise.all(MODES.map((mode) =>
      context.step({
        name: mode,
        ignore: !canRun(mode),
        fn: test(mode),
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      })
    ));
  });
}
