/** `run` with real processes: the program is started as a person or a script would. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { PODLING } from "../support/program.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const [DENO, ...START] = PODLING;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function spawn(args: readonly string[], options: Deno.CommandOptions = {}): Deno.ChildProcess {
  return new Deno.Command(DENO, {
    args: [...START, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...options,
  }).spawn();
}

async function outcome(child: Deno.ChildProcess): Promise<Result> {
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

const podling = (args: readonly string[], options?: Deno.CommandOptions) =>
  outcome(spawn(args, options));

/** A folder of its own for each test. */
function test(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test(`run: ${name}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "podling-cli-" });
    try {
      await body(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

interface PodOptions {
  readonly policy?: string;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Writes a Pod whose containers are shell scripts. */
async function writePod(
  folder: string,
  scripts: Readonly<Record<string, string>>,
  { policy = "Never", spec = {} }: PodOptions = {},
): Promise<string> {
  const containers = Object.entries(scripts).map(([name, script]) => ({
    name,
    image: "busybox",
    command: ["sh", "-c", script],
  }));
  const restart = policy === "" ? {} : { restartPolicy: policy };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { ...restart, containers, ...spec },
  };
  const path = `${folder}/pod.yaml`;
  await Deno.writeTextFile(path, JSON.stringify(pod));
  return path;
}

/** Reads until the text has come. */
async function waitForText(stream: ReadableStream<Uint8Array>, wanted: string): Promise<string> {
  let text = "";
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`"${wanted}" never came; this did: ${text}`);
    text += value;
  }
  reader.releaseLock();
  return text;
}

const OBEDIENT = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done";
const STUBBORN = "trap '' TERM; echo up; while :; do sleep 0.05; done";

/** A program that is PID 1 of its namespace ignores SIGTERM unless it has a handler. */
const QUICK: PodOptions = { spec: { terminationGracePeriodSeconds: 1 } };

test("the container's streams and its code are the program's", async (folder) => {
  const pod = await writePod(folder, { web: "printf 'no end'; echo err >&2; exit 42" });
  const { code, stdout, stderr } = await podling(["run", "-q", pod]);
  deepEqual({ code, stdout, stderr }, { code: 42, stdout: "no end", stderr: "err\n" });
});

test("several containers have prefixes, and lifecycle lines are on standard error", async (folder) => {
  const pod = await writePod(folder, { a: "echo 1; exit 3", b: "echo 2" });
  const { code, stdout, stderr } = await podling(["run", pod]);
  equal(code, 3);
  deepEqual(stdout.trimEnd().split("\n").sort(), ["[a] 1", "[b] 2"]);
  match(stderr, /Container a exited with code 3/);
});

test("ndjson has nothing but events, in order", async (folder) => {
  const pod = await writePod(folder, { web: "echo one; echo 'tw\"o'; exit 7" });
  const { code, stdout, stderr } = await podling(["run", "-o", "ndjson", pod]);
  equal(code, 7);
  equal(stderr, "");
  const events = stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  for (const event of events) {
    match(event.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    equal(typeof event.at, "number");
    equal(event.pod, "default/p");
    ok(event.type && event.uid && event.message);
  }
  const logs = events.filter((it) => it.type === "log");
  deepEqual(logs.map((it) => it.line), ["one", 'tw"o']);
  const types = events.map((it) => it.type);
  ok(types.lastIndexOf("log") < types.indexOf("container.exited"));
  const { type, phase, exitCode } = events.at(-1);
  deepEqual({ type, phase, exitCode }, { type: "pod.finished", phase: "Failed", exitCode: 7 });
});

test("the events file and the status file report the end", async (folder) => {
  const pod = await writePod(folder, { web: "exit 5" });
  const args = ["--events-file", "events", "--status-file", "status", "pod.yaml"];
  equal((await podling(["run", "-q", ...args], { cwd: folder })).code, 5);
  const status = JSON.parse(await Deno.readTextFile(`${folder}/status`));
  equal(status.kind, "Pod");
  equal(status.status.phase, "Failed");
  equal(status.status.containerStatuses[0].state.terminated.exitCode, 5);
  const events = (await Deno.readTextFile(`${folder}/events`)).trimEnd().split("\n");
  equal(JSON.parse(events.at(-1)!).exitCode, 5);
  deepEqual([...Deno.readDirSync(folder)].map((it) => it.name).sort(), [
    "events",
    "pod.yaml",
    "status",
  ]);
  ok(pod);
});

for (const [signal, status] of [["SIGTERM", 143], ["SIGINT", 130], ["SIGHUP", 129]] as const) {
  test(`${signal} ends the pod gracefully with ${status}`, async (folder) => {
    const child = spawn(["run", "-q", await writePod(folder, { web: OBEDIENT })]);
    const [seen, rest] = child.stdout.tee();
    await waitForText(seen, "up");
    child.kill(signal);
    child.kill(signal);
    equal(await new Response(rest).text(), "up\nbye\n");
    await child.stderr.cancel();
    equal((await child.status).code, status);
  });
}

test("a signal to the whole process group is as graceful", async (folder) => {
  const pod = await writePod(folder, { web: OBEDIENT });
  // In a group of its own, as a terminal's foreground job is.
  const child = new Deno.Command("setsid", {
    args: [...PODLING, "run", "-o", "ndjson", pod],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const [seen, rest] = child.stdout.tee();
  await waitForText(seen, '"line":"up"');
  Deno.kill(-child.pid, "SIGINT");
  const text = await new Response(rest).text();
  match(text, /"line":"bye"/);
  equal((await child.status).code, 130);
});

test("what nohup has started outlives its terminal", async (folder) => {
  const pod = await writePod(folder, { web: OBEDIENT });
  const child = new Deno.Command("sh", {
    args: ["-c", "trap '' HUP; exec \"$@\"", "sh", ...PODLING, "run", "-o", "ndjson", pod],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const [seen, rest] = child.stdout.tee();
  await waitForText(seen, '"line":"up"');
  child.kill("SIGHUP");
  child.kill("SIGTERM");
  match(await new Response(rest).text(), /"line":"bye"/);
  equal((await child.status).code, 143);
});

test("a second signal a second later ends it at once", async (folder) => {
  const pod = await writePod(folder, { web: STUBBORN });
  const files = ["--status-file", `${folder}/status`, "--events-file", `${folder}/events`];
  const child = spawn(["run", ...files, pod]);
  const said = new Response(child.stderr).text();
  await waitForText(child.stdout, "up");
  child.kill("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  child.kill("SIGTERM");
  equal((await child.status).code, 143);
  match(
    await said,
    /Killing container web\n[^]*was ended by SIGKILL \(137\)[^]*Pod Failed, exit status 143\n$/,
  );

  const { status } = JSON.parse(await Deno.readTextFile(`${folder}/status`));
  equal(status.phase, "Failed");
  equal(status.containerStatuses[0].state.terminated.exitCode, 137);
  const untrue = ["Ready", "ContainersReady", "PodReadyToStartContainers"];
  for (const type of untrue) {
    const isType = (it: { readonly type: string }) => it.type === type;
    equal(status.conditions.find(isType).status, "False", type);
  }
  const events = (await Deno.readTextFile(`${folder}/events`)).trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  const exited = events.find(({ type }) => type === "container.exited");
  deepEqual([exited.signal, exited.exitCode], ["SIGKILL", 137]);
  const { type, phase, exitCode } = events.at(-1);
  deepEqual({ type, phase, exitCode }, { type: "pod.finished", phase: "Failed", exitCode: 143 });
});

test("--timeout ends with 124, --until with 0, or 1 when it can no longer be", async (folder) => {
  const pod = await writePod(folder, { web: OBEDIENT });
  const timeout = await podling(["run", "-q", "--timeout", "2s", pod]);
  deepEqual([timeout.code, timeout.stdout], [124, "up\nbye\n"]);
  equal((await podling(["run", "-q", "--until", "Running", pod])).code, 0);
  const short = await writePod(folder, { web: "exit 0" });
  equal((await podling(["run", "-q", "--until", "Failed", short])).code, 1);
});

test("the Pod's own deadline ends with 124", async (folder) => {
  const pod = await writePod(folder, { web: OBEDIENT }, { spec: { activeDeadlineSeconds: 1 } });
  equal((await podling(["run", "-q", pod])).code, 124);
});

test("a reader that goes away ends it with 141", async (folder) => {
  const child = spawn(["run", "-q", await writePod(folder, { web: "yes" }, QUICK)]);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  await child.stderr.cancel();
  equal((await child.status).code, 141);
});

test("a reader that goes away waits for no grace of 30 s", async (folder) => {
  const script = "trap '' TERM; while :; do echo up; sleep 0.05; done";
  const child = spawn(["run", await writePod(folder, { web: script })]);
  const said = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  equal((await child.status).code, 141);
  match(await said, /Stopping container web with SIGTERM; it has 2 s/);
});

test("a signal says what is waited for, and what ends it at once", async (folder) => {
  const child = spawn(["run", await writePod(folder, { web: OBEDIENT })]);
  const said = new Response(child.stderr).text();
  await waitForText(child.stdout, "up");
  child.kill("SIGINT");
  equal((await child.status).code, 130);
  match(
    await said,
    /^podling: Waiting at most 30 s for container web to end; a second Ctrl-C ends it at once$/m,
  );
});

test("a reader that goes away ends it also where nothing is left to read", async (folder) => {
  const child = spawn(["run", "-q", await writePod(folder, { web: OBEDIENT }, QUICK)]);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  await child.stderr.cancel();
  equal((await child.status).code, 141);
});

test("a reader that stops does not hold back a signal", async (folder) => {
  const child = spawn(["run", "-q", await writePod(folder, { web: "yes" }, QUICK)]);
  const reader = child.stdout.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.kill("SIGTERM");
  equal((await child.status).code, 143);
  await reader.cancel();
  await child.stderr.cancel();
});

test("an invalid manifest is refused with every error, and nothing is started", async (folder) => {
  const path = `${folder}/bad.yaml`;
  const lines = [
    "apiVersion: v1",
    "kind: Pod",
    "metadata: {name: Bad_Name}",
    "spec:",
    "  containers:",
    "  - {name: a, image: busybox, comand: [touch, here]}",
    "  - {name: a, image: busybox, command: [touch, here]}",
  ];
  await Deno.writeTextFile(path, lines.join("\n"));
  const { code, stdout, stderr } = await podling(["run", "bad.yaml"], { cwd: folder });
  equal(code, 125);
  equal(stdout, "");
  const errors = stderr.trimEnd().split("\n");
  for (const line of errors) match(line, /^bad\.yaml:\d+:\d+: \S+: /);
  match(stderr, /^bad\.yaml:3:\d+: metadata\.name: Invalid value: "Bad_Name"/m);
  match(stderr, /^bad\.yaml:6:\d+: spec\.containers\[0\]\.comand: .*did you mean "command"\?/m);
  match(stderr, /^bad\.yaml:7:\d+: spec\.containers\[1\]\.name: Duplicate value: "a"/m);
  equal((await podling(["validate", path])).code, 1);
});

const badLines: [name: string, args: string[], message: RegExp][] = [
  ["no manifest", ["run"], /No manifest given/],
  ["a missing file", ["run", "nothing.yaml"], /nothing\.yaml: cannot be read/],
  ["an unknown option", ["run", "--timout", "3s"], /did you mean --timeout\?/],
  ["an unknown command", ["rnu"], /did you mean "run"\?/],
  ["an unknown container", ["run", "pod.yaml", "--exit-code-from", "x"], /no container "x"/],
  ["a network that only a sandbox has", [
    "run",
    "pod.yaml",
    "--network",
    "pod",
    "--isolation",
    "process",
  ], /--network pod is not available here: .+; .+/],
  [
    "a working directory that is a file",
    ["run", "pod.yaml", "--workdir", "pod.yaml"],
    /--workdir: pod\.yaml cannot be made: file exists/,
  ],
  [
    "a status file that is none",
    ["run", "pod.yaml", "--status-file", "."],
    /--status-file: \. cannot be written: it is not a regular file/,
  ],
  [
    "one file for two things",
    ["run", "pod.yaml", "--status-file", "f", "--events-file", "./f"],
    /--status-file: f is the --events-file already/,
  ],
  [
    "a log directory below a file",
    ["run", "pod.yaml", "--log-dir", "pod.yaml/logs"],
    /--log-dir: pod\.yaml\/logs cannot be made: not a directory/,
  ],
];
for (const [name, args, message] of badLines) {
  test(`${name} is an error with 125`, async (folder) => {
    await writePod(folder, { web: "exit 0" });
    const { code, stderr } = await podling(args, { cwd: folder });
    equal(code, 125);
    match(stderr, message);
  });
}

test("--workdir is made where it is not there, and stays", async (folder) => {
  await writePod(folder, { web: "pwd; echo x > made" });
  const args = ["run", "-q", "pod.yaml", "--workdir", "new/work"];
  const { code, stdout } = await podling(args, { cwd: folder });
  deepEqual([code, stdout], [0, `${folder}/new/work\n`]);
  equal(await Deno.readTextFile(`${folder}/new/work/made`), "x\n");
});

for (const [mask, mode] of [["077", 0o600], ["000", 0o666]] as const) {
  test(`files are written with the caller's mask ${mask}`, async (folder) => {
    const pod = await writePod(folder, { web: "umask" });
    const files = ["--events-file", `${folder}/e`, "--status-file", `${folder}/s`];
    const child = new Deno.Command("sh", {
      args: ["-c", `umask ${mask}; exec "$@"`, "sh", ...PODLING, "run", "-q", pod, ...files],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    equal((await outcome(child)).stdout, "0022\n");
    for (const file of ["e", "s"]) equal(Deno.statSync(`${folder}/${file}`).mode! & 0o777, mode);
  });
}

test("an events file belongs to one run at a time", async (folder) => {
  const pod = await writePod(folder, { web: "echo up; until [ -e go ]; do sleep 0.02; done" });
  const args = ["run", "-q", pod, "--workdir", folder, "--events-file", `${folder}/events`];
  const first = spawn(args, { stderr: "null" });
  await waitForText(first.stdout, "up");
  const second = await podling(args);
  equal(second.code, 125);
  match(second.stderr, /^podling: --events-file: .* is being written by another run; name another/);
  await Deno.writeTextFile(`${folder}/go`, "");
  equal((await first.status).code, 0);
  const lines = (await Deno.readTextFile(`${folder}/events`)).trim().split("\n");
  const types = lines.map((line) => JSON.parse(line).type);
  deepEqual([types[0], types.at(-1)], ["log.opened", "pod.finished"]);
});

test("an unknown image is refused, and --image explains it", async (folder) => {
  const spec = { containers: [{ name: "web", image: "example.com/unknown:1", args: ["hi"] }] };
  const pod = await writePod(folder, {}, { spec });
  const refused = await podling(["run", pod]);
  equal(refused.code, 125);
  match(refused.stderr, /--image example\.com\/unknown:1=/);
  const given = await podling(["run", "-q", "--image", "example.com/unknown:1=echo 'a  b'", pod]);
  deepEqual([given.code, given.stdout], [0, "a  b hi\n"]);
});

test("variables come from the command line, the caller and a file, unexpanded", async (folder) => {
  const pod = await writePod(folder, { web: 'echo "$A,$B,$C,$D"' });
  await Deno.writeTextFile(`${folder}/env`, "A=file\nB=file # $(A)\n");
  const args = ["--env-file", `${folder}/env`, "--set-env", "web:A=$(B) $$x", "--set-env", "web:C"];
  const { stdout } = await podling(["run", "-q", pod, ...args], { env: { C: "own", D: "hidden" } });
  equal(stdout, "$(B) $$x,file # $(A),own,\n");
});

test("what can never be configured is named, with 125", async (folder) => {
  const valueFrom = { configMapKeyRef: { name: "missing", key: "k" } };
  const spec = {
    containers: [{
      name: "web",
      image: "busybox",
      command: ["true"],
      env: [{ name: "A", valueFrom }],
    }],
  };
  const { code, stderr } = await podling(["run", "-q", await writePod(folder, {}, { spec })]);
  equal(code, 125);
  match(stderr, /container "web": CreateContainerConfigError: configmap "missing" not found/);
});

test("a Pod runs beside objects of other kinds, each with a line", async (folder) => {
  const pod = await writePod(folder, { web: "exit 0" });
  const others = `${folder}/others.yaml`;
  const metadata = { name: "x" };
  const spec = { ports: [{ port: 80 }], selector: { app: "web" } };
  const service = { apiVersion: "v1", kind: "Service", metadata, spec };
  const ingress = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata };
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata };
  const lines = [service, ingress, role].map((it) => JSON.stringify(it));
  await Deno.writeTextFile(others, lines.join("\n"));
  const { code, stdout } = await podling(["run", "-o", "ndjson", "-f", pod, "-f", others]);
  const events = stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  const ignored = events.filter(({ type }) => type === "object.ignored");
  deepEqual(ignored.map(({ object, pod }) => [object, pod]), [
    ["Ingress default/x", undefined],
    ["Role default/x", undefined],
  ]);
  equal(code, 0);
  equal((await podling(["run", "--strict", "-f", pod, "-f", others])).code, 125);
});

test("a container finds its namespace, and no token, in the folder of its account", async (folder) => {
  const script = "cd /var/run/secrets/kubernetes.io/serviceaccount && cat namespace && ls";
  const found = await podling(["run", "-q", await writePod(folder, { web: script })]);
  deepEqual([found.code, found.stdout], [0, "defaultnamespace\n"]);
  const spec = { automountServiceAccountToken: false };
  const without = await podling(["run", "-q", await writePod(folder, { web: script }, { spec })]);
  equal(without.stdout, "");
  equal(without.code === 0, false);
});

test("a program that cannot be started is named also where no lifecycle lines are", async (folder) => {
  const containers = [{ name: "web", image: "busybox", command: ["no-such-program"] }];
  const { code, stderr } = await podling([
    "run",
    "-q",
    await writePod(folder, {}, { spec: { containers } }),
  ]);
  equal(code, 128);
  match(stderr, /^podling: Container web could not be started: .*no-such-program.*\n$/);
});

test("a silent restart policy is explained once", async (folder) => {
  const pod = await writePod(folder, { web: "exit 0" }, { policy: "" });
  const args = ["--crash-backoff", "0", "--timeout", "3s", pod];
  const { code, stderr } = await podling(["run", ...args]);
  equal(code, 124);
  equal(stderr.match(/restartPolicy is Always by default/g)?.length, 1);
});

test("a Pod that its deadline ends gets no hint about restarts", async (folder) => {
  const pod = await writePod(folder, { web: OBEDIENT }, {
    policy: "",
    spec: { activeDeadlineSeconds: 1 },
  });
  const { code, stderr } = await podling(["run", pod]);
  equal(code, 124);
  equal(stderr.includes("restartPolicy"), false);
});

test("the image deno is the Deno that runs us", async (folder) => {
  const pod = await writePod(folder, {}, {
    spec: {
      containers: [{
        name: "web",
        image: "docker.io/denoland/deno:2.9.6",
        args: ["eval", "console.log(Deno.version.deno)"],
      }],
    },
  });
  const { code, stdout } = await podling(["run", "-q", pod], { env: { PATH: "/usr/bin:/bin" } });
  deepEqual([code, stdout], [0, `${Deno.version.deno}\n`]);
});

test("manifests come from standard input and from directories", async (folder) => {
  const pod = await writePod(folder, { web: "echo here" });
  equal((await podling(["run", "-q", folder])).stdout, "here\n");
  const child = spawn(["run", "-q", "-"], { stdin: "piped" });
  const writer = child.stdin.getWriter();
  await writer.write(await Deno.readFile(pod));
  await writer.close();
  equal((await outcome(child)).stdout, "here\n");
});

/** As a person would, from elsewhere, in a shell of an npm script with a directory of its own. */
function spawnTask(folder: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "--config", `${ROOT}deno.json`, "run", ...args],
    cwd: folder,
    env: { INIT_CWD: "/usr" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

test("paths are the caller's under deno task", async (folder) => {
  await writePod(folder, { web: "echo here" });
  const { code, stdout } = await outcome(spawnTask(folder, "-q", "--status-file", "s", "pod.yaml"));
  deepEqual([code, stdout], [0, "here\n"]);
  ok((await Deno.stat(`${folder}/s`)).isFile);
});

test("a launcher that is killed takes the pod with it", async (folder) => {
  await writePod(folder, { web: OBEDIENT });
  const child = spawnTask(folder, "-q", "pod.yaml", "--events-file", "events");
  const [seen, rest] = child.stdout.tee();
  await waitForText(seen, "up");
  child.kill("SIGKILL");
  // The pipe closes with its last holder: the program itself.
  equal(await new Response(rest).text(), "up\nbye\n");
  await child.stderr.cancel();
  await child.status;
  const last = (await Deno.readTextFile(`${folder}/events`)).trimEnd().split("\n").at(-1)!;
  equal(JSON.parse(last).exitCode, 129);
});
