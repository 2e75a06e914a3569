/**
 * `simulate`, started as a person or a script would; with no more permissions than its task has.
 */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import settings from "../../deno.json" with { type: "json" };

const ROOT = new URL("../..", import.meta.url).pathname;

const POD = `
apiVersion: v1
kind: Pod
metadata: { name: shop }
spec:
  restartPolicy: OnFailure
  initContainers: [{ name: prepare, image: anything }]
  containers: [{ name: web, image: nginx }, { name: db, image: postgres }]
`;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the task's own command in a folder with a Pod and other files. */
async function simulate(
  words: readonly string[],
  { files = {}, read = [], lines }: {
    readonly files?: Readonly<Record<string, string>>;
    readonly read?: readonly string[];
    /** As many are read from standard output, and no more. */
    readonly lines?: number;
  } = {},
): Promise<Result & { readonly files: readonly string[] }> {
  const folder = await Deno.makeTempDir({ prefix: "podling-cli-" });
  try {
    for (const [name, text] of Object.entries({ "pod.yaml": POD, ...files })) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const [, , ...task] = settings.tasks.simulate.split(" ");
    const args = task.map((it) => it === "src/main.ts" ? `${ROOT}${it}` : it);
    const deno = [Deno.execPath(), "run", "--quiet", "--no-prompt", ...args, ...words];
    const pipe = `"$@" | head -n ${lines}; exit "\${PIPESTATUS[0]}"`;
    const [program = "", ...rest] = lines === undefined
      ? deno
      : ["bash", "-c", pipe, "bash", ...deno];
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: rest,
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder();
    return {
      code,
      stdout: text.decode(stdout),
      stderr: text.decode(stderr),
      files: read.map((name) => Deno.readTextFileSync(`${folder}/${name}`)),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("simulate: the lines and the status that run would give", async () => {
  const { code, stdout, stderr } = await simulate([
    "pod.yaml",
    ..."--restart-policy Never --exit web=0 --exit db=3 --after 2s --after prepare=500ms".split(
      " ",
    ),
  ]);
  equal(stdout, "");
  equal(
    stderr,
    [
      "   0.000s  shop     Sandbox 0 started: simulated",
      "   0.000s  prepare  Init container prepare started",
      "   0.500s  prepare  Init container prepare exited with code 0 after 0.5 s",
      "   0.500s  web      Container web started",
      "   0.500s  db       Container db started",
      "   0.500s  shop     Pod is Running",
      "   0.500s  shop     Pod is ready",
      "   2.500s  web      Container web exited with code 0 after 2 s",
      "   2.500s  db       Container db exited with code 3 after 2 s",
      "   2.500s  shop     Pod is Failed",
      "   2.500s  shop     Sandbox 0 stopped",
      "   2.500s  shop     Pod Failed, exit status 3",
      "",
    ].join("\n"),
  );
  equal(code, 3);
});

Deno.test("simulate: of several Pods none is said to have ended with the status of another", async () => {
  const second = POD.replace("shop", "shed").replaceAll("web", "www");
  const { code, stderr } = await simulate(
    ["pod.yaml", "second.yaml", "--restart-policy", "Never", "--exit", "www=3"],
    { files: { "second.yaml": second } },
  );
  match(
    stderr,
    / shop +Pod Succeeded, the run's exit status 3\n.* shed +Pod Failed, the run's exit status 3\n/,
  );
  equal(code, 3);
});

Deno.test("simulate: Pods of one name are distinguished by their namespaces", async () => {
  const second = POD.replace("name: shop", "name: shop, namespace: prod");
  const { stderr } = await simulate(["pod.yaml", "second.yaml"], {
    files: { "second.yaml": second },
  });
  match(stderr, / default\/shop\/web +Container web started\n/);
  match(stderr, / prod\/shop +Pod Succeeded/);
});

Deno.test("simulate: the same words give the same events to the byte, on every output", async () => {
  const words = ["pod.yaml", "-o", "ndjson", "--events-file", "events", "--status-file", "status"];
  const read = ["events", "status"];
  const first = await simulate([...words, "--exit", "web=1,oom,0"], { read });
  deepEqual(await simulate([...words, "--exit", "web=1,oom,0"], { read }), first);
  equal(first.code, 0);
  // The opening line, which names the format's version, is the file's alone.
  equal(first.stdout, first.files[0]!.slice(first.files[0]!.indexOf("\n") + 1));
  const events = first.stdout.trim().split("\n").map((line) => JSON.parse(line));
  deepEqual(
    events.filter(({ type, container }) => type === "container.exited" && container === "web")
      .map(({ at, exitCode, reason }) => [at, exitCode, reason]),
    [[2000, 1, "Error"], [3000, 137, "OOMKilled"], [14_000, 0, "Completed"]],
  );
  equal(events[0].time, "2026-01-01T00:00:00.000000Z");
  equal(JSON.parse(first.files[1]!).status.phase, "Succeeded");
});

Deno.test("simulate: a life without an end is ended, and said to be", async () => {
  const words = ["pod.yaml", "-q", "--restart-policy", "Always"];
  const { code, stderr } = await simulate(words);
  equal(code, 124);
  equal(
    stderr,
    "podling: Pods still running after 1h of simulated time; change the limit with --timeout\n",
  );
  deepEqual(await simulate([...words, "--timeout", "3s"]), {
    code: 124,
    stdout: "",
    stderr: "",
    files: [],
  });
});

Deno.test("simulate: a loop without any wait ends too", async () => {
  const words = ["pod.yaml", "-q", "--restart-policy", "Always", "--crash-backoff", "0"];
  const { code } = await simulate([...words, "--exit", "web=StartError", "--timeout", "10s"]);
  equal(code, 124);
});

Deno.test("simulate: a reader that goes away ends it", async () => {
  const words =
    "pod.yaml -o ndjson --exit web=1 --restart-policy Always --crash-backoff 0 --timeout 2h";
  const { code, stdout } = await simulate(words.split(" "), { lines: 1 });
  equal(stdout.split("\n").length, 2);
  equal(code, 141);
});

Deno.test("simulate: a script file, with deletions", async () => {
  const files = {
    "script.yaml": `
containers:
  web: { runs: [running], onStop: { exit: 0, after: 1s } }
  db: { runs: [running], onStop: ignore }
deletions: [{ at: 10s, pod: shop, grace: 4s }]
`,
  };
  const { code, stderr } = await simulate(["pod.yaml", "--script", "script.yaml"], { files });
  match(stderr, /10\.000s {2}web {6}Stopping container web with SIGTERM; it has 4 s/);
  match(stderr, /11\.000s {2}web {6}Container web exited with code 0/);
  match(stderr, /14\.000s {2}db {7}Container db was ended by SIGKILL \(137\)/);
  equal(code, 137);
});

Deno.test("simulate: --until is reached, and left gracefully", async () => {
  const { code, stderr } = await simulate([
    "pod.yaml",
    "--exit",
    "web=running",
    "--until",
    "Ready",
  ]);
  match(stderr, /Stopping container web with SIGTERM/);
  equal(code, 0);
});

const refusals: [name: string, words: string[], files: Record<string, string>, message: RegExp][] =
  [
    ["an unknown container", ["pod.yaml", "--exit", "wbe=1"], {}, /--exit: .*did you mean "web"\?/],
    ["an unknown end", ["pod.yaml", "--exit", "web=x"], {}, /--exit: "x" is not the end of a run/],
    ["a duration without a unit", ["pod.yaml", "--after", "2"], {}, /did you mean "2s"\?/],
    ["no script", ["pod.yaml", "--script", "s"], {}, /--script: s cannot be read: no such file/],
    [
      "what is wrong in a script",
      ["pod.yaml", "--script", "s"],
      { s: "containers:\n  wbe: {}" },
      /^s:2:3: containers\.wbe: there is no container "wbe"/,
    ],
    ["an invalid manifest", ["s"], { s: POD.replace("shop", "S") }, /^s:4:13: metadata.name: Inv/],
    ["an option of run", ["pod.yaml", "--keep"], {}, /Unknown option --keep/],
  ];
for (const [name, words, files, message] of refusals) {
  Deno.test(`simulate: ${name} is refused`, async () => {
    const { code, stdout, stderr } = await simulate(words, { files });
    match(stderr, message);
    equal(code, 125);
    equal(stdout, "");
  });
}

Deno.test("that Always is the default is reported where it has started a container again, and only there", async () => {
  const pod = (fields: string) => `
apiVersion: v1
kind: Pod
metadata: { name: shop }
spec: { containers: [{ name: web, image: nginx, ${fields} }] }
`;
  const hints = async (fields: string, ...words: string[]) => {
    const args = ["pod.yaml", "--exit", "web=1,running", "--timeout", "1m", ...words];
    const { stderr } = await simulate(args, { files: { "pod.yaml": pod(fields) } });
    equal(stderr.includes("started again (restart 1)"), true);
    return stderr.includes("restartPolicy is Always by default");
  };
  const probe = 'livenessProbe: { exec: { command: ["x"] }, failureThreshold: 1 }';
  equal(await hints(""), true);
  equal(await hints("restartPolicy: OnFailure"), false);
  equal(await hints(probe, "--exit", "web=running", "--probe", "web:liveness=fail@0s..15s"), false);
});
