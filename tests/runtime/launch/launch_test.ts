/**
 * From a container's configuration to its script: quoting, escapes, order; the text is run by the
 * real programs.
 */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  formatAssignments,
  formatCarriers,
  formatEnter,
  formatEntry,
  formatGo,
  formatPreparation,
  type LaunchPlan,
  type LaunchView,
  type ProgramStreams,
} from "../../../src/runtime/launch/launch.ts";
import { quote } from "../../../src/runtime/launch/shell_words.ts";
import {
  formatFstab,
  type FstabEntry,
  type PinnedMount,
  type ViewStep,
} from "../../../src/runtime/launch/view_steps.ts";
import { CONTAINER_EXITED } from "../../../src/runtime/handler_text.ts";
import { readElfMachine } from "../../../src/runtime/machine/executable.ts";

const WORDS = [
  "",
  " ",
  "plain",
  "two  words",
  "it's",
  '"double"',
  "$HOME ${HOME} $(id) `id`",
  "back\\slash\\",
  "\\n\\c\\_",
  "#hash",
  "a#b",
  "new\nline\n",
  "tab\t",
  "tls.crt",
  "-n",
  "--",
  "*?[a]~!",
  "größe ☃",
];

async function outputOf(program: string, args: string[], env: Record<string, string> = {}) {
  const { stdout, stderr } = await new Deno.Command(program, { args, env, clearEnv: true })
    .output();
  const text = new TextDecoder();
  return text.decode(stdout) + text.decode(stderr);
}

Deno.test("quote() gives a shell back what it was given", async () => {
  const script = `printf '%s\\0' ${WORDS.map(quote).join(" ")}`;
  deepEqual((await outputOf("sh", ["-c", script])).split("\0").slice(0, -1), WORDS);
});

Deno.test("formatAssignments() gives env names with any character but = and NUL", async () => {
  const names = WORDS.filter((word) => word !== "");
  const values = Object.fromEntries(names.map((name, index) => [`P${index}`, `value of ${name}`]));
  const args = ["-i", "-S", `${formatAssignments(names)} cat /proc/self/environ`];
  const variables = (await outputOf("env", args, values)).split("\0").slice(0, -1);
  deepEqual(variables, names.map((name) => `${name}=value of ${name}`));
});

Deno.test("formatAssignments() hands values on as they are", async () => {
  const values = Object.fromEntries(WORDS.map((word, index) => [`P${index}`, word]));
  const names = WORDS.map((_, index) => `N${index}`);
  const args = ["-i", "-S", `${formatAssignments(names)} cat /proc/self/environ`];
  const variables = (await outputOf("env", args, values)).split("\0").slice(0, -1);
  deepEqual(variables, WORDS.map((word, index) => `N${index}=${word}`));
});

const entry = (source: string, target: string, type = "none", options = "bind") => (
  { source, target, type, options }
);

Deno.test("formatFstab() escapes what separates fields", () => {
  equal(
    formatFstab([
      entry("/a b", "/c\td"),
      entry("/#x", "/back\\slash\nline"),
      entry("tmpfs", "/t", "tmpfs", "mode=755"),
      entry("/\u00a0\u1680\u2028\u3000\ufeff", "/é\r\v\f"),
    ]),
    "/a\\040b /c\\011d none bind 0 0\n" +
      "/\\043x /back\\134slash\\012line none bind 0 0\n" +
      "tmpfs /t tmpfs mode=755 0 0\n" +
      "/\u00a0\u1680\u2028\u3000\ufeff /é\r\v\f none bind 0 0\n",
  );
});

const tools = {
  sh: "SH",
  unshare: "UNSHARE",
  nsenter: "NSENTER",
  readlink: "READLINK",
  stat: "STAT",
  setpriv: "SETPRIV",
  chroot: "CHROOT",
  mount: "MOUNT",
  umount: "UMOUNT",
  pivot_root: "PIVOT",
  mkdir: "MKDIR",
  chmod: "CHMOD",
  od: "OD",
  wc: "WC",
};
const plan = (change: Partial<LaunchPlan>): LaunchPlan => ({
  linkDirectory: "/run/it's",
  nonce: "NONCE",
  view: undefined,
  workingDir: "/work dir",
  tools,
  check: undefined,
  variables: ["A", "PATH"],
  cgroups: [],
  ownCgroups: false,
  sandboxRoot: "/sandbox",
  oomScoreAdj: 1000,
  watched: false,
  mark: undefined,
  openFiles: 1024,
  opensPipes: false,
  resetSignals: false,
  ...change,
});
const mounting = (mount: FstabEntry): ViewStep => ({ type: "mount", mount });
const view = (change: Partial<LaunchView>): LaunchView => ({
  root: "/view",
  steps: [mounting(entry("overlay", "/view"))],
  denied: [],
  toolsPlace: "/.tools",
  tools: { libraries: "/usr/lib", canName: true },
  credentials: {
    outside: [["setpriv", "BOUND"], ["chroot", "."]],
    inside: [["unshare", "OWN"]],
  },
  ...change,
});
const pinned: PinnedMount = {
  source: { base: "/s", names: ["a b", "c"] },
  mode: "2777",
  target: { base: "/view/v", names: ["x"] },
  stage: "/run/stage0",
  options: "bind,ro",
  over: [],
  readOnly: [],
  isSpecial: false,
  fault: "cannot mount it",
};

/** The parts of a launch, and as one text. */
function formatLaunch(plan: LaunchPlan, streams: ProgramStreams = "empty") {
  const entered = formatEnter(plan);
  const files = formatPreparation(plan);
  const prepared = files.at(-1)!.text;
  const values = plan.variables.map((name) => `value of ${name}`);
  const go = formatGo(plan, { argv: ["PROGRAM", "it's"], values, streams });
  const script = [entered, prepared, go].join("\n");
  return { entered, prepared, go, script, tables: files.slice(0, -1) };
}

/** What the third part ends with, before the end of its function and the call of that. */
const lastCommand = (script: string) => script.split("\n").at(-4);

/** Lines of a script that begin with one of the words. */
const linesWith = (script: string, ...words: string[]) =>
  script.split("\n").filter((line) => words.some((word) => line.includes(word)));

Deno.test("a launch without a view only goes where the link is", () => {
  const { script, tables } = formatLaunch(plan({ mark: 4711 }));
  deepEqual(tables, []);
  deepEqual(linesWith(script, "MOUNT", "PIVOT", "MKDIR", "OD", "SETPRIV"), []);
  deepEqual(linesWith(script, "cd ", "read -r _", "ulimit"), [
    `read -r _ && . '/run/it'\\''s/prepare'`,
    `cd '/run/it'\\''s' || fail "cannot reach NONCE"`,
    "ulimit -S -n 1024",
    "ulimit -t 4711",
  ]);
  equal(
    lastCommand(script),
    `exec "$link" -i -C '/work dir' -S ''\\''A'\\''=\${P0} '\\''PATH'\\''=\${P1}' "$@"`,
  );
});

/** A program of the view begins with these words. */
const LOADED = "'/.tools/ld.so' '--library-path' '/.tools/lib:/.tools/more'";

/**
 * The commands of a script, without the handling of their failures, and without the quotes of a
 * script within it.
 */
const steps = (script: string, ...words: string[]) =>
  linesWith(script.replaceAll(`'\\''`, "'"), ...words).map((line) => line.split(" ||")[0]);

Deno.test("a launch makes a view by its steps in their order, mounts that follow each other at once, then leaves the host, then its power", () => {
  const { script, tables } = formatLaunch(plan({
    linkDirectory: "/run/c",
    view: view({
      steps: [
        mounting(entry("overlay", "/view")),
        mounting(entry("/usr", "/view/usr")),
        { type: "readOnly", path: "/view/usr" },
        mounting(entry("/late", "/view/late")),
      ],
    }),
  }));
  deepEqual(tables, [
    {
      name: "fstab0",
      text: "overlay /view none bind 0 0\n/usr /view/usr none bind 0 0\n",
    },
    { name: "fstab1", text: "/late /view/late none bind 0 0\n" },
  ]);
  deepEqual(steps(script, "MOUNT'", "PIVOT", "$parent/", "exec ", ". /proc"), [
    "'MOUNT' -n -c -a -T '/run/c/fstab0'",
    "'MOUNT' -n -o remount,bind,ro '/view/usr'",
    "'MOUNT' -n -c -a -T '/run/c/fstab1'",
    "exec 'UNSHARE' --root='/sandbox' --wd=/ -- 'SH' -c '# NONCE",
    "'NSENTER' --mount=/proc/self/ns/mnt 'PIVOT' '/view' '/view/.tools/old' </dev/null",
    'cd "/proc/$parent/root"',
    "'UMOUNT' -n -l -c './.tools/old'",
    ". /proc/self/fd/0",
    "exec <'./.tools/null'",
    `exec 'SETPRIV' 'BOUND' 'CHROOT' '.' ${LOADED} '/.tools/unshare' 'OWN' ${LOADED} ` +
    "'--argv0' 'NONCE' '/.tools/env' -i -C '/work dir' -S ''A'=${P0} 'PATH'=${P1}' \"$@\"",
  ]);
});

Deno.test("a launch goes along what others can change step by step, at both ends of a mount", () => {
  const { script } = formatLaunch(plan({
    view: view({
      steps: [
        { type: "pinnedMount", mount: pinned },
        { type: "pinnedDirectory", path: { base: "/view/v", names: ["work"] } },
      ],
    }),
  }));
  deepEqual(steps(script, "hold d 2", "(hold d 7", "hold $kind", "stage='", '"$stage"'), [
    "hold d 2777 '/s' 'a b' 'c'",
    "stage='/run/stage0'.$kind",
    `'MOUNT' -n -c -o bind,ro "$pinned" "$stage"`,
    "hold $kind 755 '/view/v' 'x'",
    `'MOUNT' -n -c -o rbind "$stage" "$pinned"`,
    "(hold d 755 '/view/v' 'work') 2>/dev/null",
  ]);
});

Deno.test("a launch goes on where its last step, a directory in a volume, cannot be made", async () => {
  const folder = await Deno.makeTempDir({ prefix: "podling-test-" });
  try {
    const launched = plan({
      linkDirectory: folder,
      tools: { ...tools, unshare: "echo" },
      view: view({
        steps: [{ type: "pinnedDirectory", path: { base: "/dev/null", names: ["work"] } }],
      }),
    });
    for (const { name, text } of formatPreparation(launched)) {
      await Deno.writeTextFile(`${folder}/${name}`, text.replace(/^exec 'echo'/m, "echo REACHED"));
    }
    const entering = 'echo | sh -c "$1" NONCE';
    const output = await outputOf("sh", ["-c", entering, "sh", formatEnter(launched)]);
    equal(output.startsWith("REACHED"), true, output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a launch leaves the host's files before its power where others can see it", () => {
  const { script } = formatLaunch(plan({ view: view({}), watched: true }));
  const [last = ""] = steps(script, "exec 'NSENTER'");
  const loaded = "'/ld.so' '--library-path' '/lib:/more'";
  const outside = `${loaded} '/setpriv' 'BOUND' ${loaded} '/chroot' '.'`;
  const enter = `exec 'NSENTER' --root='./.tools' --wd=. ${outside} ${LOADED} '/.tools/unshare'`;
  equal(last.slice(0, enter.length), enter);
});

Deno.test("a launch joins its cgroups first, and makes them the topmost ones while it is prepared", () => {
  const launched = plan({ view: view({}), cgroups: ["/cg/memory", "/cg/it's"], ownCgroups: true });
  const { entered, prepared, go } = formatLaunch(launched);
  deepEqual(linesWith(entered, "MOUNT", "UNSHARE"), []);
  deepEqual(
    steps(entered + prepared, "echo 0", "'MOUNT'", "--cgroup").map((line) => line?.slice(0, 23)),
    [
      "echo 0 >'/cg/memory'",
      "echo 0 >'/cg/it's'",
      "'MOUNT' -n -c -a -T '/r",
      "exec 'UNSHARE' --cgroup",
    ],
  );
  deepEqual(linesWith(go, "cg", "--cgroup"), []);
  const entry = formatEntry(launched, { pid: 1, startTime: "2" });
  equal(steps(entry, "exec 'UNSHARE' --cgroup 'SETPRIV'").length, 1);
});

Deno.test("a launch has joined its cgroups before it makes them the topmost ones", () => {
  const cgroups = ["/cg/cgroup.procs"];
  const waits = (shown: LaunchView | undefined) =>
    steps(
      formatLaunch(plan({ view: shown, cgroups, ownCgroups: true })).script,
      "wait $join",
      "--cgroup",
      'echo "$0 $pid',
    )
      .map((line) => line?.split(" ")[0]);
  deepEqual(waits(view({})), ["wait", "exec", "echo"]);
  deepEqual(waits(undefined), ["wait", "echo"]);
});

Deno.test("a launch looks at an unknown program inside the view, without power", () => {
  const { script } = formatLaunch(plan({ view: view({}), check: readElfMachine() }));
  const [last = ""] = steps(script, "exec 'SETPRIV'");
  equal(last.includes(`${LOADED} '/.tools/unshare' 'OWN' ${LOADED} '/.tools/sh' -c `), true);
  deepEqual(linesWith(script, "OD", "WC"), []);
});

Deno.test("formatEntry() goes into the view of the process that it was given, and no other", () => {
  const script = formatEntry(plan({ view: view({}) }), { pid: 4711, startTime: "123456" });
  deepEqual(steps(script, "4711", "123456"), [
    "cd /proc/4711/root 2>/dev/null",
    "{ read -r stat </proc/4711/stat; } 2>/dev/null",
    `case $stat in *" 123456 "*) ;; *) fail "${CONTAINER_EXITED}" ;; esac`,
  ]);
  deepEqual(linesWith(script, "MOUNT", "PIVOT"), []);
});

Deno.test("a launch opens pipes to other users, and a terminal to none", () => {
  const chmodsOf = (opensPipes: boolean, terminal?: string) =>
    linesWith(
      formatLaunch(
        plan({ view: view({}), opensPipes }),
        terminal === undefined ? "empty" : { terminal },
      ).script,
      "CHMOD",
    );
  deepEqual(chmodsOf(true), ["'CHMOD' 666 /proc/self/fd/1 /proc/self/fd/2"]);
  deepEqual([chmodsOf(false), chmodsOf(true, "/dev/pts/7")], [[], []]);
  const entered = plan({ view: view({}), opensPipes: true });
  deepEqual(linesWith(formatEntry(entered, { pid: 1, startTime: "2" }, "inherited"), "CHMOD"), [
    "'CHMOD' 666 /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2",
  ]);
});

Deno.test("a launch opens a terminal last of all, and leaves it the program's errors", () => {
  for (const shown of [undefined, view({})]) {
    const { script } = formatLaunch(plan({ view: shown }), { terminal: "/dev/pts/7" });
    const lines = script.split("\n");
    const marker = lines.indexOf('echo "$0 $pid $parent" >&2');
    const opening = lines.indexOf("exec <>'/dev/pts/7' >&0");
    equal(opening > 0 && opening < marker, true);
    equal(lastCommand(script)?.endsWith('"$@" 2>&0'), true);
  }
});

Deno.test("a view's program reads nothing from a /dev/null that it cannot change", () => {
  const launched = plan({ view: view({}) });
  const openings = (script: string) => linesWith(script, "exec <");
  const own = [`exec <'.${launched.view!.toolsPlace}/null' || fail "cannot open /dev/null"`];
  deepEqual(openings(formatLaunch(launched).script), own);
  deepEqual(openings(formatEntry(launched, { pid: 1, startTime: "2" })), own);
  deepEqual(openings(formatEntry(launched, { pid: 1, startTime: "2" }, "inherited")), []);
  deepEqual(openings(formatLaunch(launched, "input").script), ["exec <&3 3<&-"]);
  deepEqual(openings(formatLaunch(plan({ view: undefined })).script), [
    `exec <'/dev/null' || fail "cannot open /dev/null"`,
  ]);
});

Deno.test("a launch is scripts that every shell can read, whatever is in it", async () => {
  const odd = WORDS.join("/");
  const { entered, prepared, go } = formatLaunch(plan({
    linkDirectory: odd,
    cgroups: WORDS,
    view: view({
      steps: [
        { type: "pinnedMount", mount: { ...pinned, source: { base: odd, names: WORDS } } },
        { type: "readOnly", path: odd },
      ],
      credentials: { outside: [["chroot", odd]], inside: [["setpriv", odd]] },
    }),
    workingDir: odd,
    variables: WORDS,
    mark: 1,
    check: readElfMachine(),
    resetSignals: true,
  }));
  // What the second part hands on to a shell of its own.
  const [, last = ""] = prepared.split("-- 'SH' -c ");
  const handedOn = await outputOf("sh", ["-c", `printf '%s\n' ${last}`, "NONCE"]);
  equal(handedOn.startsWith("# NONCE\n") && handedOn.endsWith("exit 126\nNONCE\n"), true);
  for (const shell of ["sh", "dash", "bash"]) {
    if ((await outputOf("sh", ["-c", `command -v ${shell}`])) === "") continue;
    for (const script of [entered, prepared, handedOn, go]) {
      equal(await outputOf(shell, ["-n", "-c", script], { PATH: "/usr/bin:/bin" }), "", shell);
    }
  }
});

Deno.test("a launch hands thousands of names on outside of any argument", () => {
  const variables = Array.from({ length: 20_000 }, (_, index) => `VARIABLE_${index}`);
  deepEqual(formatPreparation(plan({ variables })), formatPreparation(plan({ variables: [] })));
  const carriers = formatCarriers({ variables }, variables.map(() => "x"));
  equal(Object.keys(carriers).length, 20_080);
  equal(Object.values(carriers).every(({ length }) => length < 128 * 1024), true);
  equal(carriers.N0!.startsWith(`set -- 'VARIABLE_0'="$P0" `), true);
});

Deno.test("a launch that is cut off on its way executes nothing", async () => {
  const launched = plan({ linkDirectory: "/", variables: ["A"] });
  const go = formatGo(launched, { argv: ["x"], values: ["it's"], streams: "empty" })
    .replaceAll("exec ", "echo EXECUTED ");
  for (let length = 0; length < go.length - 1; length++) {
    equal((await outputOf("sh", ["-c", go.slice(0, length)])).includes("EXECUTED"), false);
  }
});
