/** `lab` without a terminal, and on the virtual clock. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { course } from "../../src/lab/course.ts";
import { shownManifest } from "../../src/lab/lesson/lesson.ts";
import { PODLING } from "../support/program.ts";

async function lab(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [program, ...start] = PODLING;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...start, "lab", ...words],
    env: { LC_ALL: "C", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("lab --all --answers --simulate: every lesson happens as it says", async () => {
  const { code, stdout, stderr } = await lab(["--all", "--answers", "--simulate"]);
  equal(stderr, "");
  const lines = stdout.trimEnd().split("\n");
  deepEqual(lines.slice(0, -1).map((it) => it.split(/ +/).slice(0, 3)), [
    ...course.map(({ name, number }) => ["ok", String(number), name]),
  ]);
  equal(lines.at(-1), `${course.length} of ${course.length} lessons happened as they say`);
  equal(code, 0);
});

Deno.test("lab lists its lessons, in the language of the locale", async () => {
  const languages = [
    [{}, "What the pause process does"],
    [{ LC_ALL: "zh_CN.UTF-8" }, "pause 进程做什么"],
    [{ LC_ALL: "", LC_MESSAGES: "zh_TW.UTF-8", LANG: "en_US.UTF-8" }, "pause 进程做什么"],
    [{ LC_ALL: "", LC_MESSAGES: "", LANG: "de_DE.UTF-8" }, "What the pause process does"],
  ] as const;
  for (const [env, title] of languages) {
    const { code, stdout } = await lab([], env);
    equal(code, 0);
    equal(stdout.split("\n").filter((line) => /^ +\d+ /.test(line)).length, course.length);
    match(stdout, new RegExp(`^ +1  pause +${title}$`, "m"));
  }
});

Deno.test("lab --print gives the manifest, for a copy", async () => {
  const { stdout } = await lab(["storage", "--print"]);
  equal(stdout, shownManifest(course.find(({ name }) => name === "storage")!.lesson));
});

Deno.test("lab LESSON --predict grades predictions by the run", async () => {
  const words = ["always", "--simulate", "--predict", "normal=Running", "--predict", "restarts=1"];
  const { code, stdout } = await lab(words);
  match(stdout, /Running {2}✓ right\n/);
  match(stdout, /2 {2}✗ you said 1\n/);
  match(stdout, /1 of 2 predictions right/);
  equal(code, 1);
});

Deno.test("lab LESSON --manifest runs a copy, and the run decides what is right", async () => {
  const copy = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    const manifest = shownManifest(course.find(({ name }) => name === "never")!.lesson);
    await Deno.writeTextFile(copy, manifest.replaceAll("Never", "OnFailure"));
    const words = ["never", "--simulate", "--manifest", copy, "--predict", "normal=Succeeded"];
    const { code, stdout } = await lab(words);
    match(stdout, /restartPolicy: OnFailure/);
    match(stdout, /In this run: /);
    equal(code, 0);
    await Deno.writeTextFile(copy, "kind: [Pod");
    const broken = await lab(words);
    equal(broken.code, 1);
    match(broken.stdout, /Nothing was started\.\n.*:1:\d+: /);
  } finally {
    await Deno.remove(copy);
  }
});

const refused = [
  [["nonsense"], /There is no lesson "nonsense" \(did you mean/],
  [["never", "always"], /lab takes one lesson, got never and always/],
  [["never"], /cannot ask for predictions without a terminal; --answers .* --predict "normal=Succ/],
  [["--all"], /lab --all cannot ask for predictions without a terminal; with --answers/],
  [["--all", "never"], /--all means every lesson; leave out never or --all/],
  [["--answers"], /--answers needs a lesson, or --all/],
  [["--print"], /--print needs the lesson that it is about/],
  [["--manifest", "x.yaml"], /--manifest needs the lesson/],
  [["--predict", "normal=Running"], /--predict needs the lesson/],
  [["never", "--predict", "normal"], /"normal" is not QUESTION=ANSWER/],
  [["never", "--predict", "norm=1"], /lesson never has no question "norm" \(did you mean "normal"/],
  [["never", "--predict", "__proto__=1"], /lesson never has no question "__proto__"/],
  [["never", "--predict", "code=many"], /"many" does not answer code: expected a number/],
  [["never", "--predict", "normal=Done"], /"Done" does not answer normal: expected one of Pending/],
  [["never", "--answers", "--predict", "code=3"], /give one of them/],
  [["never", "--answers", "--manifest", "/no/such.yaml"], /--manifest: \/no\/such\.yaml cannot/],
  [["--lang", "fr"], /"fr" is not one of en, zh/],
] as const;
for (const [words, message] of refused) {
  Deno.test(`lab refuses ${words.join(" ")}`, async () => {
    const { code, stdout, stderr } = await lab(words);
    deepEqual([code, stdout], [125, ""]);
    match(stderr, message);
    ok(stderr.startsWith("podling: ") && stderr.split("\n").length === 2);
  });
}
