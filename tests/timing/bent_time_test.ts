/** Time that is bent: real processes, and waits of lifecycle time (R-BACKOFF-3). */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { outcomeOf, Place, ROOT } from "../process/support.ts";
import { attempt } from "../support/attempts.ts";
import { PODLING } from "../support/program.ts";

const SPEED = 200;

Deno.test("eight crashes wait 0, 10, 20, 40, 80, 160, 300 and 300 s of lifecycle time (R-BACKOFF-3)", () =>
  // A machine that stands still for three seconds makes a run of ten minutes, and no wait after it.
  attempt((failures) => checkDelays(SPEED / 2 ** failures)));

async function checkDelays(speed: number): Promise<void> {
  await using place = await Place.open();
  const [program, ...start] = PODLING;
  const words = ["run", "--output=ndjson", `--speed=${speed}`, `${ROOT}examples/bent-time.yaml`];
  const { code, events } = await outcomeOf(
    new Deno.Command(program, {
      args: [...start, ...words],
      env: place.env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
  equal(code, 0);
  const of = (type: string) => events.filter((event) => event.type === type);
  deepEqual(of("container.exited").map(({ exitCode }) => exitCode), [1, 1, 1, 1, 1, 1, 1, 1, 0]);
  const delays = [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000];
  const restarts = of("container.started").slice(1);
  deepEqual(restarts.map(({ delayMs }) => delayMs), delays);
  for (const [index, { at }] of restarts.entries()) {
    const since = Number(at) - Number(of("container.exited")[index]!.at);
    ok(since >= delays[index]!, `restart ${index + 1} came ${since} ms after the end`);
  }
}
