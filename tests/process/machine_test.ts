/** Machines that lack something: one line, the cause, what would do, and nothing left. */
import { match, strictEqual as equal } from "node:assert/strict";
import { canRun, canSandbox, isRoot, MODES, Place, runPod, succeeds } from "./support.ts";

for (const mode of MODES) {
  Deno.test({ name: `20,000 variables start (${mode})`, ignore: !canRun(mode) }, async () => {
    await using place = await Place.open();
    const env = Array.from({ length: 20_000 }, (_, index) => ({ name: `V_${index}`, value: "x" }));
    const outcome = await runPod(place, {
      mode,
      containers: {
        main: { command: ["sh", "-c", "env | grep -c ^V_; env | grep -c '^[PN][0-9]'"], env },
      },
    });
    equal(outcome.of("main").stdout, "20000\n0\n", outcome.stderr);
  });
}

const noSetgid = ["setpriv", "--bounding-set=-setgid", "--inh-caps=-setgid"];
Deno.test({
  name: "root without CAP_SETGID: the container cannot be created, and why",
  ignore: !isRoot || !canSandbox || !await succeeds([...noSetgid, "true"]),
}, async () => {
  await using place = await Place.open();
  const outcome = await runPod(place, {
    mode: "sandbox",
    prefix: noSetgid,
    args: ["--timeout", "5s"],
    containers: { main: { command: ["true"] } },
  });
  equal(outcome.code, 125, outcome.stderr);
  match(outcome.stderr, /root has no CAP_SETGID here/);
});

Deno.test({
  name: "/proc of another PID namespace is refused",
  ignore: !isRoot || !canSandbox,
}, async () => {
  await using place = await Place.open();
  const outcome = await runPod(place, {
    mode: "sandbox",
    prefix: ["unshare", "--pid", "--fork"],
    containers: { main: { command: ["sh", "-c", "exit 7"] } },
  });
  equal(outcome.code, 125, outcome.stderr);
  match(outcome.stderr, /another PID namespace/);
});

Deno.test({
  name: "a state that is read-only is reported, and which variable names another",
  ignore: !isRoot || !canSandbox,
}, async () => {
  await using place = await Place.open();
  const script =
    'mkdir -p "$1/runs"; mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';
  const outcome = await runPod(place, {
    mode: "process",
    prefix: ["unshare", "--mount", "sh", "-c", script, "sh", place.env.PODLING_STATE],
    containers: { main: { command: ["true"] } },
  });
  equal(outcome.code, 125, outcome.stderr);
  match(outcome.stderr, /Cannot make .*Read-only file system.*PODLING_STATE/);
  equal(/internal error|\n +at /.test(outcome.stderr), false, outcome.stderr);
});
