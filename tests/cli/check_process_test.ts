/** `check` with real processes: outcomes, exit statuses, forms, and what is left behind. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { PODLING } from "../support/program.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

async function check(words: readonly string[], cwd = ROOT, input = "") {
  const [program, ...start] = PODLING;
  const child = new Deno.Command(program, {
    args: [...start, "check", ...words],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A command that needs no input may be over before.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Without what depends on the machine. */
const outcomes = (stdout: string) =>
  stdout.split("\n").filter((line) => /^(ok|FAILED|refused|skipped) /.test(line))
    .map((line) => line.split(":")[0]!.replace(/ +/, " "));

const POD = `---
apiVersion: v1
kind: Pod
metadata: { name: shop }
spec:
  restartPolicy: Never
  containers: [{ name: web, image: busybox, command: [sh, -c, echo hello; exit 3] }]
`;

/** In a folder of these files. */
async function inFolder(
  files: Readonly<Record<string, string>>,
  act: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [how, words] of [["for real", ["--isolation", "process"]], ["simulated", [
    "--simulate",
  ]]] as const
) {
  Deno.test(`check: the examples hold, ${how}`, async () => {
    const { code, stdout, stderr } = await check(["examples/checks", ...words]);
    deepEqual([outcomes(stdout), stderr], [
      ["init-fails-never", "restart-onfailure", "rolling-update", "stdin"]
        .map((name) => `ok examples/checks/${name}.yaml`),
      "",
    ], stdout);
    equal(code, 0);
  });
}

Deno.test("check: a container without a program acts its part, for real", () =>
  inFolder({
    "s.yaml": `about: acted
script: { containers: { web: { runs: [{ exit: 3, output: it is acted }, SIGKILL, 0], after: 1s } } }
crashBackoff: 1s,2s
exits: { web: [3, 137, 0] }
output: { web: [it is acted] }
${
      POD.replace("Never", "OnFailure").replace(/, command: \[.*?\]/, "").replace(
        "busybox",
        "no-such",
      )
    }`,
  }, async (folder) => {
    const { code, stdout } = await check(["s.yaml", "--isolation", "process"], folder);
    equal(code, 0, stdout);
  }));

Deno.test("check: a real failure is 1, with its line and the run around it", () =>
  inFolder({
    "right.yaml": `about: right\noutput: { web: [hello] }\n${POD}`,
    "wrong.yaml": `about: wrong\nexits: { web: 3 }\nexitStatus: 0\n${POD}`,
    "left.yaml": `about: left out\nphase: Failed\nscript: { sandboxes: { shop: [{}] } }\n${POD}`,
  }, async (folder) => {
    const { code, stdout } = await check([".", "--isolation", "process"], folder);
    deepEqual(outcomes(stdout), ["skipped left.yaml", "ok right.yaml", "FAILED wrong.yaml"]);
    match(stdout, /wrong\.yaml:3:1: exitStatus\n {4}expected {2}0\n {4}seen {6}3\n/);
    match(stdout, /\n {4}web +\S*exit 3|\n {4}web .*3/);
    match(stdout, /\n3 files: 1 passed, 1 failed, 1 skipped \(\d+\.\d s\)\n$/);
    equal(code, 1);
  }));

Deno.test("check: what cannot be run is 125, and so is a check of nothing", () =>
  inFolder({
    "empty.yaml": "",
    "left.yaml": `about: left out\nphase: Failed\nscript: { sandboxes: { shop: [{}] } }\n${POD}`,
  }, async (folder) => {
    const refused = await check(["empty.yaml", "gone.yaml", "--simulate"], folder);
    equal(refused.code, 125);
    deepEqual(outcomes(refused.stdout), ["refused empty.yaml", "refused gone.yaml"]);
    equal((await check(["left.yaml"], folder)).code, 125);
    for (
      const [words, message] of [
        [[], /No scenario file given/],
        [["-", "-"], /Standard input can be read only once/],
        [["--update", "-"], /--update: standard input is not a file/],
        [["--update", "-o", "tap", "left.yaml"], /--update shows a difference/],
        [["--jobs", "0", "left.yaml"], /--jobs: "0" is not a whole number above 0/],
      ] as const
    ) {
      const { code, stdout, stderr } = await check(words, folder);
      deepEqual([code, stdout], [125, ""]);
      match(stderr, message);
    }
  }));

Deno.test("check --update writes what happened, and then it holds", () =>
  inFolder({
    "s.yaml":
      `about: x # why\nexits: { web: [1] } # so\nnever: [container.started]\ntrace: ""\n${POD}`,
  }, async (folder) => {
    const words = ["--simulate", "s.yaml"];
    const first = await check([...words, "--update"], folder);
    equal(first.code, 1, "an event that may not happen has to be mended by hand");
    match(
      first.stdout,
      /\n {2}-exits: \{ web: \[1\] \} # so\n {2}\+exits: \{ web: \[0\] \} # so\n/,
    );
    const text = await Deno.readTextFile(`${folder}/s.yaml`);
    ok(text.startsWith("about: x # why\nexits: { web: [0] } # so\nnever: [container.started]\n"));
    match(text, /\ntrace: \|\n {2}at 0s container\.started web \(R-ACT-3\)\n/);
    await Deno.writeTextFile(`${folder}/s.yaml`, text.replace(/never.*\n/, ""));
    deepEqual((await check(words, folder)).code, 0);
  }));

Deno.test("check reads standard input, and the manifest that it names from where the user stands", () =>
  inFolder({ "pod.yaml": POD.slice(4) }, async (folder) => {
    const text = "about: x\nexits: { web: 3 }\nmanifest: pod.yaml\n";
    const { code, stdout } = await check(["-", "--isolation", "process"], folder, text);
    deepEqual([code, outcomes(stdout)], [0, ["ok -"]]);
  }));

Deno.test("check --schema prints the schema", async () => {
  const { code, stdout } = await check(["--schema"]);
  equal(code, 0);
  equal(JSON.parse(stdout).title, "podling scenario");
});

/** Whether a process runs with this among its arguments. */
function isRunning(argument: string): boolean {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).some(
    ({ name }) => {
      try {
        return Deno.readTextFileSync(`/proc/${name}/cmdline`).split("\0").includes(argument);
      } catch {
        return false; // It has ended meanwhile.
      }
    },
  );
}

async function waitUntil(condition: () => boolean): Promise<void> {
  const until = performance.now() + 60_000;
  while (!condition()) {
    ok(performance.now() < until, "it takes too long");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("check: a signal ends what runs, and nothing is left", () => {
  const mark = `${Deno.pid}00000.75`;
  const pod = POD.replace("[sh, -c, echo hello; exit 3]", `[sleep, "${mark}"]`);
  return inFolder(
    { "s.yaml": `about: endless\nphase: Succeeded\n${pod}` },
    async (folder) => {
      const [program, ...start] = PODLING;
      const child = new Deno.Command(program, {
        args: [...start, "check", "s.yaml", "--isolation", "process"],
        cwd: folder,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      await waitUntil(() => isRunning(mark));
      child.kill("SIGTERM");
      equal((await child.status).code, 143);
      await waitUntil(() => !isRunning(mark));
    },
  );
});

Deno.test("check does not wait for a pipe that lies in a folder", async () => {
  await inFolder({ "a.yaml": "about: nothing" }, async (folder) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/b.yaml`] }).output();
    const { code, stderr } = await check(["--simulate", folder]);
    equal(code, 125);
    match(stderr, /b\.yaml cannot be read: it is a pipe, a socket or a device, not a file/);
  });
});

Deno.test("check refuses a manifest that is a pipe, in the line that names it", async () => {
  const text = "about: a pipe\nphase: Failed\nmanifest: pipe\n";
  await inFolder({ "a.yaml": text }, async (folder) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    const { code, stdout } = await check(["--simulate", "a.yaml"], folder);
    equal(code, 125);
    match(stdout, /a\.yaml:3:\d+: .*pipe cannot be read: it is a pipe, a socket or a device/);
  });
});
