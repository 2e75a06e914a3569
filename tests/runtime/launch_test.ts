/** From a container's configuration to its script: quoting, escapes, order; the words are tried on the real programs. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  formatAssignments,
  formatFstab,
  formatLaunch,
  groupByDepth,
  type LaunchPlan,
  type LaunchView,
  quote,
  type ViewMount,
} from "../../src/runtime/launch.ts";
import { readElfMachine } from "../../src/runtime/program.ts";

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
    ]),
    "/a\\040b /c\\011d none bind 0 0\n" +
      "/\\043x /back\\134slash\\012line none bind 0 0\n" +
      "tmpfs /t tmpfs mode=755 0 0\n",
  );
});

const at = (target: string): ViewMount => ({
  source: "/s",
  target,
  kind: "directory",
  options: "bind",
});
const groups: [name: string, targets: string[], groups: string[][]][] = [
  ["none", [], []],
  ["beside each other", ["/b", "/a"], [["/b", "/a"]]],
  ["below one another, in any order", ["/a/b/c", "/a", "/a/b"], [["/a"], ["/a/b"], ["/a/b/c"]]],
  ["names that only begin alike", ["/a", "/ab", "/a b"], [["/a", "/ab", "/a b"]]],
  ["two trees", ["/x/y", "/a", "/x", "/a/b"], [["/a", "/x"], ["/x/y", "/a/b"]]],
];
for (const [name, targets, wanted] of groups) {
  Deno.test(`groupByDepth(): ${name}`, () => {
    deepEqual(
      groupByDepth(targets.map(at)).map((level) => level.map(({ target }) => target)),
      wanted,
    );
  });
}

const tools = {
  mount: "MOUNT",
  umount: "UMOUNT",
  pivot_root: "PIVOT",
  mkdir: "MKDIR",
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
  mark: undefined,
  openFiles: 1024,
  resetSignals: false,
  ...change,
});
const view = (change: Partial<LaunchView>): LaunchView => (
  { root: "/view", mounts: [entry("overlay", "/view")], viewMounts: [], readOnly: [], ...change }
);

/** Lines of a script that begin with one of the words. */
const linesWith = (script: string, ...words: string[]) =>
  script.split("\n").filter((line) => words.some((word) => line.includes(word)));

Deno.test("formatLaunch() without a view only goes where the link is", () => {
  const { script, tables } = formatLaunch(plan({ mark: 4711 }));
  deepEqual(tables, []);
  deepEqual(linesWith(script, "MOUNT", "PIVOT", "MKDIR", "OD"), []);
  deepEqual(linesWith(script, "cd ", "ulimit"), [
    `cd '/run/it'\\''s' || fail "cannot reach NONCE"`,
    "ulimit -S -n 1024",
    "ulimit -t 4711",
  ]);
  equal(
    script.split("\n").at(-1),
    `exec "$link" -i -C '/work dir' -S ''\\''A'\\''=\${P0} '\\''PATH'\\''=\${P1}' "$@"`,
  );
});

Deno.test("formatLaunch() for the host's own files makes nothing", () => {
  const mounts = [entry("proc", "/proc", "proc", "nosuid")];
  const { script, tables } = formatLaunch(
    plan({ view: view({ root: "/", mounts, viewMounts: [at("/v")] }) }),
  );
  deepEqual(tables, ["proc /proc proc nosuid 0 0\n", "/s /v none bind 0 0\n"]);
  deepEqual(linesWith(script, "PIVOT", "MKDIR", "UMOUNT"), []);
  deepEqual(linesWith(script, "[ -e"), [
    `[ -e '/v' ] || fail 'there is no /v on this machine to mount on'`,
  ]);
});

Deno.test("formatLaunch() for a private view mounts level by level and leaves the host's root", () => {
  const file: ViewMount = { source: "/f", target: "/v/x/file", kind: "file", options: "bind,ro" };
  const { script, tables } = formatLaunch(
    plan({ view: view({ viewMounts: [file, at("/v")], readOnly: ["/", "/usr"] }) }),
  );
  deepEqual(tables, [
    "overlay /view none bind 0 0\n",
    "/.podling/s /v none bind 0 0\n",
    "/.podling/f /v/x/file none bind,ro 0 0\n",
  ]);
  const steps = linesWith(script, "MOUNT'", "PIVOT", "MKDIR", ": >").map((line) =>
    line.split(" ||")[0]
  );
  deepEqual(steps, [
    "'MOUNT' -n -a -T '/run/it'\\''s/fstab0'",
    "cd '/view' && 'PIVOT' . ./.podling",
    "'MKDIR' -p -- '/v'",
    "'MOUNT' -n -a -T '/.podling/run/it'\\''s/fstab1'",
    "'MKDIR' -p -- '/v/x'",
    "[ -e '/v/x/file' ]",
    "'MOUNT' -n -a -T '/.podling/run/it'\\''s/fstab2'",
    "[ -d '/work dir' ]",
    "'MOUNT' -n -o remount,bind,ro '/'",
    "'MOUNT' -n -o remount,bind,ro '/usr'",
    "cd '/.podling/run/it'\\''s' && 'UMOUNT' -n -l /.podling",
  ]);
});

Deno.test("formatLaunch() is a script that every shell can read, whatever is in it", async () => {
  const odd = WORDS.join("/");
  const { script } = formatLaunch(plan({
    view: view({ viewMounts: [at(`/${odd}`)], readOnly: [odd] }),
    workingDir: odd,
    variables: WORDS,
    mark: 1,
    check: readElfMachine(),
    resetSignals: true,
  }));
  for (const shell of ["sh", "dash", "bash"]) {
    if ((await outputOf("sh", ["-c", `command -v ${shell}`])) === "") continue;
    equal(await outputOf(shell, ["-n", "-c", script], { PATH: "/usr/bin:/bin" }), "", shell);
  }
});
