/** A pause process that dies takes its sandbox with it, and nothing is started in there any more. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { canRun, exists, MODES, Place, read, runPod, startPod, until } from "./support.ts";

for (const mode of MODES) {
  Deno.test({
    name: `R-SANDBOX-5: a killed pause process, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const events = `${place.folder}/events`;
      const child = await startPod(place, {
        mode,
        spec: { restartPolicy: "OnFailure" },
        containers: {
          app: {
            command: ["sh", "-c", "[ -e ran ] && exit; touch ran; exec sleep 60", place.token],
          },
        },
        args: [`--events-file=${events}`],
      });
      const ended = child.output();
      await until(() => exists(`${place.work}/ran`));
      const pause = parse(read(events)).find(({ type }) => type === "sandbox.started");
      Deno.kill(pause?.pid as number, "SIGKILL");
      equal((await ended).code, 0);
      const told = parse(read(events)).filter(({ type }) => /^(sandbox|container)/.test(`${type}`));
      deepEqual(
        told.map(({ type, attempt, restartCount, exitCode }) =>
          [type, attempt ?? restartCount, exitCode].filter((it) => it !== undefined).join(" ")
        ),
        [
          "sandbox.started 0",
          "container.started 0",
          "sandbox.exited 0",
          "container.exited 0 137",
          "sandbox.started 1",
          "container.started 1",
          "container.exited 1 0",
          "sandbox.exited 1",
        ],
      );
    },
  });
}

Deno.test({
  name: "R-SANDBOX-5: a container that ends its own pause process",
  ignore: !canRun("shared"),
  fn: async () => {
    await using place = await Place.open();
    const { code, events } = await runPod(place, {
      mode: "shared",
      spec: { restartPolicy: "OnFailure" },
      containers: {
        app: { command: ["sh", "-c", "[ -e ran ] && exit; touch ran; kill 1; exec sleep 60"] },
      },
    });
    equal(code, 0);
    deepEqual(events.filter(({ type }) => type === "container.waiting"), []);
  },
});

function parse(lines: string): Record<string, unknown>[] {
  return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}
