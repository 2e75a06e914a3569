/**
 * A pause process that dies takes its sandbox with it, and nothing is started in there any more.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  canRun,
  exists,
  MODES,
  Place,
  processes,
  read,
  runPod,
  startPod,
  until,
} from "./support.ts";

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
      const shown = parse(read(events)).filter(({ type }) =>
        /^(sandbox|container)/.test(`${type}`) &&
        // Where the end of the container comes to light late, it is stopped first.
        type !== "container.killing"
      );
      deepEqual(
        shown.map(({ type, attempt, restartCount, exitCode }) =>
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

Deno.test({
  name: "a container that stops what reads for its pause process does not outlive the program",
  ignore: !canRun("shared"),
  fn: async () => {
    await using place = await Place.open();
    const hostname = `stopped-${Deno.pid}`;
    const child = await startPod(place, {
      mode: "shared",
      spec: { hostname },
      containers: {
        app: {
          command: [
            "sh",
            "-c",
            `for p in /proc/[0-9]*; do
              ! grep -q "pause[.]sh" "$$p/cmdline" || kill -STOP "$\{p#/proc/}"
            done 2>/dev/null
            : >up; sleep 1000 & wait`,
            hostname,
          ],
        },
      },
    });
    const ended = child.output();
    await until(() => exists(`${place.work}/up`));
    const left = () => processes().filter((pid) => read(`/proc/${pid}/cmdline`).includes(hostname));
    child.kill("SIGKILL");
    await ended;
    await until(() => left().length === 0, 1.5);
  },
});

function parse(lines: string): Record<string, unknown>[] {
  return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}
