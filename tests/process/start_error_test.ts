/**
 * What cannot be executed is distinguished with certainty from a program that ends with 126 or 127
 * itself (R-EXIT-2).
 */
import { match, strictEqual as equal } from "node:assert/strict";
import { canRun, canSandbox, type Mode, Place, type PodOutcome, runPod } from "./support.ts";

/** Programs of the table, made in the working directory. */
async function makePrograms(folder: string): Promise<void> {
  const elf = Deno.readFileSync("/bin/true");
  const foreign = elf.slice();
  foreign[18] = elf[18]! ^ 0xff;
  const files: [name: string, content: string | Uint8Array, mode: number][] = [
    ["plain", "#!/bin/sh\nexit 0\n", 0o644],
    ["no-interpreter", "#!/nope\n", 0o755],
    ["blank-interpreter", "#!  \necho run by a shell\n", 0o755],
    ["text-interpreter", "#!text\necho run by a shell\n", 0o755],
    ["text", "echo run by a shell\n", 0o755],
    ["empty", "", 0o755],
    ["magic-only", "\x7fELF", 0o755],
    ["header-only", elf.slice(0, 64), 0o755],
    ["other-machine", foreign, 0o755],
    ["object-file", elf.with(16, 1), 0o755],
    ["a=b", "#!/bin/sh\nexit 0\n", 0o755],
    // The last word of each is what a launcher would say.
    ["says-126", '#!/bin/sh\necho "n0: exec: /nope: permission denied" >&2\nexit 126\n', 0o755],
    ["says-127", '#!/bin/sh\necho "./n0: ‘x’: No such file or directory" >&2\nexit 127\n', 0o755],
    ["spaced #! $name", "#! /bin/sh -u\nexit 3\n", 0o755],
    ["nested", "#!./spaced #!\nexit 0\n", 0o755],
  ];
  for (const [name, content, mode] of files) {
    const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${folder}/${name}`, data);
    await Deno.chmod(`${folder}/${name}`, mode);
  }
  // As an interpreter it needs an absolute path.
  await Deno.writeTextFile(`${folder}/text-interpreter`, `#!${folder}/text\necho run by a shell\n`);
  await Deno.symlink("loop", `${folder}/loop`);
  await Deno.mkdir(`${folder}/directory`);
}

type Row = [name: string, command: string[], answer: number | RegExp];

/**
 * The answer is an exit code, or the message of a start that failed. `HERE` is where the programs
 * are.
 */
const rows: Row[] = [
  ["missing", ["/nope"], /exec: "\/nope": stat \/nope: no such file or directory$/],
  [
    "not-on-path",
    ["no-such-program"],
    /exec: "no-such-program": executable file not found in \$PATH$/,
  ],
  ["below-a-file", ["HERE/text/x"], /exec: "HERE\/text\/x": stat HERE\/text\/x: /],
  ["loop", ["HERE/loop"], /exec: "HERE\/loop": stat HERE\/loop: /],
  ["directory", ["HERE/directory"], /exec: "HERE\/directory": permission denied$/],
  ["empty-name", [""], /exec: "": executable file not found in \$PATH$/],
  ["not-executable", ["HERE/plain"], /exec: "HERE\/plain": permission denied$/],
  [
    "no-interpreter",
    ["HERE/no-interpreter"],
    /exec HERE\/no-interpreter: no such file or directory$/,
  ],
  [
    "blank-interpreter",
    ["HERE/blank-interpreter"],
    /exec HERE\/blank-interpreter: exec format error$/,
  ],
  [
    "text-interpreter",
    ["HERE/text-interpreter"],
    /exec HERE\/text-interpreter: exec format error$/,
  ],
  ["text", ["HERE/text"], /exec HERE\/text: exec format error$/],
  ["relative-text", ["./text"], /exec .*text: exec format error$/],
  ["empty", ["HERE/empty"], /exec HERE\/empty: exec format error$/],
  ["magic-only", ["HERE/magic-only"], /exec HERE\/magic-only: exec format error$/],
  ["header-only", ["HERE/header-only"], /exec HERE\/header-only: exec format error$/],
  ["other-machine", ["HERE/other-machine"], /exec HERE\/other-machine: exec format error$/],
  ["object-file", ["HERE/object-file"], /exec HERE\/object-file: exec format error$/],
  ["equals-sign", ["HERE/a=b"], /exec: "HERE\/a=b": /],
  ["too-long", ["/bin/true", "x".repeat(200_000)], /argument list too long$/],
  ["says-126", ["HERE/says-126"], 126],
  ["says-127", ["HERE/says-127"], 127],
  ["shell-126", ["sh", "-c", "exec 'HERE/plain'"], 126],
  ["shell-127", ["sh", "-c", "exec /nope"], 127],
  ["odd-name", ["./spaced #! $name"], 3],
  ["dashes", ["env", "--", "sh", "-c", "exit 4"], 4],
];

async function runTable(place: Place, mode: Mode, sh: string, here: string): Promise<PodOutcome> {
  await Deno.mkdir(`${place.folder}/bin`);
  // In a `bin` of its own: busybox looks at the name it is called by.
  await Deno.symlink(sh, `${place.folder}/bin/sh`);
  const volume = here === place.work ? [] : [{ name: "here", mountPath: here }];
  const containers = Object.fromEntries(rows.map(([name, command]) => [name, {
    command: command.map((word) => word.replace("HERE", here)),
    volumeMounts: volume,
    workingDir: here,
  }]));
  return await runPod(place, {
    containers,
    mode,
    spec: { volumes: [{ name: "here", hostPath: { path: place.work } }] },
    env: { PATH: `${place.folder}/bin:${Deno.env.get("PATH")}` },
  });
}

function testTable(title: string, mode: Mode, sh: string, inVolume: boolean): void {
  const path = `/bin/${sh}`;
  const ignore = !canRun(mode) || !exists(path);
  Deno.test({ name: `start errors: ${title}`, ignore }, async (test) => {
    await using place = await Place.open();
    await makePrograms(place.work);
    const here = inVolume ? "/in a volume" : place.work;
    const outcome = await runTable(place, mode, path, here);
    for (const [name, command, answer] of rows) {
      await test.step(`${name}`, () => {
        const { exitCode, reason, message, started, stdout, stderr } = outcome.of(name);
        equal(stdout, "", "nothing of it may run");
        if (typeof answer === "number") {
          equal(exitCode, answer, `${message ?? outcome.stderr} ${stderr}`);
          equal(started, true);
          equal(reason, "Error");
        } else {
          equal(exitCode, 128, `${command} ${message ?? outcome.stderr} ${stderr}`);
          equal(reason, "StartError");
          equal(started, false);
          const wanted = new RegExp(answer.source.replaceAll("HERE", here));
          equal(wanted.test(message ?? ""), true, `${message} is not ${wanted}`);
        }
      });
    }
  });
}

for (const sh of ["dash", "bash", "busybox"]) {
  testTable(`${sh}, in a sandbox`, "sandbox", sh, false);
}
testTable("bash, in shared namespaces", "shared", "bash", false);
testTable("dash, without a sandbox", "process", "dash", false);
testTable("busybox, without a sandbox", "process", "busybox", false);
for (const sh of ["dash", "busybox"]) {
  testTable(`${sh}, where only the container can look`, "sandbox", sh, true);
}

Deno.test(
  { name: "start errors: a script of a volume's own root", ignore: !canSandbox },
  async () => {
    await using place = await Place.open();
    // Written by one container, executed by the next: the node has never seen it.
    const volumeMounts = [{ name: "v", mountPath: "/v" }];
    const outcome = await runPod(place, {
      containers: { main: { command: ["/v/text"], volumeMounts } },
      spec: {
        volumes: [{ name: "v", emptyDir: {} }],
        initContainers: [{
          name: "init",
          image: "none",
          command: ["sh", "-c", "echo 'echo run by a shell' >/v/text; chmod 755 /v/text"],
          volumeMounts,
        }],
      },
    });
    equal(outcome.of("main").reason, "StartError");
    equal(outcome.code, 128);
  },
);

Deno.test(
  { name: "start errors: a working directory that is none", ignore: !canSandbox },
  async () => {
    await using place = await Place.open();
    const volumeMounts = [{ name: "v", mountPath: "/v" }];
    const pwd = (workingDir: string, more = {}) => ({
      command: ["pwd"],
      workingDir,
      volumeMounts,
      ...more,
    });
    const outcome = await runPod(place, {
      containers: {
        file: pwd("/etc/passwd"),
        relative: pwd("some/where"),
        "below-a-file": pwd("/etc/passwd/x"),
        "in-proc": pwd("/proc/nothing"),
        "file-in-volume": pwd("/v/file"),
        "link-out-of-volume": pwd("/v/link"),
        "link-to-nothing": pwd("/v/dangling/x"),
        "closed": pwd("/v/closed", { securityContext: { runAsUser: Deno.uid() === 0 ? 1 : 0 } }),
        "made-in-volume": pwd("/v/made/here"),
      },
      spec: {
        volumes: [{ name: "v", emptyDir: {} }],
        initContainers: [{
          name: "init",
          image: "none",
          command: [
            "sh",
            "-c",
            ": >/v/file; ln -s /etc /v/link; ln -s nothing /v/dangling; mkdir -m 700 /v/closed",
          ],
          volumeMounts,
        }],
      },
    });
    const messageOf = (name: string) => outcome.of(name).message?.replace(/^.* started: /, "");
    equal(messageOf("file"), "error during container init: mkdir /etc/passwd: not a directory");
    equal(messageOf("relative"), 'workingDir "some/where" is not an absolute path');
    equal(
      messageOf("below-a-file"),
      "error during container init: mkdir /etc/passwd/x: not a directory",
    );
    equal(
      messageOf("in-proc"),
      "error during container init: mkdir /proc/nothing: no such file or directory",
    );
    equal(
      messageOf("file-in-volume"),
      "error during container init: mkdir /v/file: not a directory",
    );
    equal(
      messageOf("link-to-nothing"),
      "error during container init: mkdir /v/dangling/x: no such file or directory",
    );
    if (Deno.uid() === 0) {
      equal(
        messageOf("closed"),
        'error during container init: chdir to cwd ("/v/closed") set in config.json failed: permission denied',
      );
    }
    equal(outcome.of("file").reason, "StartError");
    equal(outcome.of("link-out-of-volume").stdout, "/etc\n");
    equal(outcome.of("made-in-volume").stdout, "/v/made/here\n");
  },
);

Deno.test(
  { name: "start errors: volumes that do not fit where they are mounted", ignore: !canSandbox },
  async () => {
    await using place = await Place.open();
    const mount = (...mounts: (readonly [name: string, mountPath: string])[]) => ({
      command: ["true"],
      volumeMounts: mounts.map(([name, mountPath]) => ({ name, mountPath })),
    });
    await Deno.writeTextFile(`${place.work}/file`, "");
    const outcome = await runPod(place, {
      containers: {
        "folder-on-file": mount(["v", "/etc/passwd"]),
        "file-on-folder": mount(["file", "/etc"]),
        "below-a-file": mount(["v", "/etc/passwd/x"]),
        "on-a-file-of-a-volume": mount(["here", "/here"], ["v", "/here/file"]),
        "on-the-root": mount(["v", "/"]),
      },
      spec: {
        volumes: [
          { name: "v", emptyDir: {} },
          { name: "here", hostPath: { path: place.work } },
          { name: "file", hostPath: { path: `${place.work}/file` } },
        ],
      },
    });
    const rows: [name: string, message: RegExp][] = [
      ["folder-on-file", /error mounting ".*" to rootfs at "\/etc\/passwd": not a directory$/],
      ["file-on-folder", /error mounting ".*\/file" to rootfs at "\/etc": is a directory$/],
      ["below-a-file", /error mounting ".*" to rootfs at "\/etc\/passwd\/x": not a directory$/],
      ["on-a-file-of-a-volume", /error mounting to rootfs at "\/here\/file": .*not a directory/],
      ["on-the-root", /error mounting ".*" to rootfs at "\/": the mount would hide/],
    ];
    for (const [name, message] of rows) {
      const { exitCode, reason, started, message: seen } = outcome.of(name);
      equal(`${exitCode} ${reason} ${started}`, "128 StartError false", name);
      match(seen ?? "", /could not be started: error during container init: /);
      match(seen ?? "", message);
    }
    equal(outcome.code, 128);
  },
);

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
