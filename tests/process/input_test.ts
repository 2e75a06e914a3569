/** Standard input of containers without a terminal. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { canRun, MODES, Place, read, runPod, type TestContainer } from "./support.ts";

/** `$$` would be read as an escaped `$` (R-ENV-3). */
const shell = (script: string, fields: Record<string, unknown> = {}): TestContainer => (
  { command: ["sh", "-c", script.replaceAll("$", () => "$$")], stdin: true, ...fields }
);

/** Reads a line and fails, until there is none. */
const LINE_BY_LINE = 'read -r line || { echo end; exit 0; }; echo "<$line>"; exit 1';

for (const mode of MODES) {
  Deno.test({
    name: `each run goes on where the last one has stopped, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const outcome = await runPod(place, {
        mode,
        containers: { main: shell(LINE_BY_LINE) },
        spec: { restartPolicy: "OnFailure" },
        input: "one\ntwo\n",
      });
      equal(outcome.of("main").stdout, "<one>\n<two>\nend\n", outcome.stderr);
    },
  });
}

Deno.test("with stdinOnce all runs but the first find standard input at its end", async () => {
  await using place = await Place.open();
  const outcome = await runPod(place, {
    containers: { main: shell(LINE_BY_LINE, { stdinOnce: true }) },
    spec: { restartPolicy: "OnFailure" },
    input: "one\ntwo\n",
  });
  equal(outcome.of("main").stdout, "<one>\nend\n");
});

Deno.test("the first container reads it, and a line reports that the others do not", async () => {
  await using place = await Place.open();
  const outcome = await runPod(place, {
    containers: { plain: shell("cat", { stdin: false }), a: shell("cat"), b: shell("cat") },
    input: "text\n",
  });
  deepEqual(["plain", "a", "b"].map((name) => outcome.of(name).stdout), ["", "text\n", ""]);
  const ignored = outcome.events.filter(({ type }) => type === "field.ignored");
  deepEqual(ignored.map(({ message }) => message), [
    "spec.containers[2].stdin is not enforced: " +
    'standard input is read by container "a" of Pod "default/pod"',
  ]);
});

Deno.test("much of it comes whole, also to a program that opens it again", async () => {
  await using place = await Place.open();
  const input = Array.from({ length: 200_000 }, (_, index) => `${index}\n`).join("");
  const outcome = await runPod(place, {
    containers: { main: shell("read -r first; wc -c </dev/stdin") },
    input,
  });
  equal(Number(outcome.of("main").stdout), input.length - "0\n".length);
});

Deno.test({
  name: "a container can change nothing through it that it was not given",
  ignore: !canRun("sandbox"),
  fn: async () => {
    await using place = await Place.open();
    const file = `${place.folder}/input`;
    await Deno.writeTextFile(file, "mine\n");
    const outcome = await runPod(place, {
      mode: "sandbox",
      containers: {
        main: shell("cat; for f in /proc/self/fd/0 /proc/1/fd/0; do echo changed >$f; done"),
      },
      prefix: ["sh", "-c", 'exec "$@" <"$0"', file],
    });
    equal(outcome.of("main").stdout, "mine\n");
    equal(read(file), "mine\n");
  },
});

Deno.test("nothing is left of it for containers where the manifest came from there", async () => {
  await using place = await Place.open();
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "other" },
    spec: {
      restartPolicy: "Never",
      containers: [{ name: "cat", image: "none", command: ["cat"], stdin: true }],
    },
  };
  const outcome = await runPod(place, {
    containers: { main: shell("cat", { stdin: false }) },
    args: ["-"],
    input: JSON.stringify(manifest),
  });
  deepEqual([outcome.code, outcome.of("cat").stdout, outcome.of("cat").exitCode], [0, "", 0]);
});
