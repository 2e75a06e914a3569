/** Completion in the shells themselves; one that is not installed is left out. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { formatCompletion, type Shell } from "../../packaging/completion.ts";
import { commands } from "../../src/cli/arguments/options.ts";

const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

async function output(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(program, { args }).output();
  const complaint = new TextDecoder().decode(stderr);
  ok(success, complaint);
  equal(complaint, "");
  return new TextDecoder().decode(stdout);
}

const missing = new Set<Shell>();
for (const shell of SHELLS) {
  const found = await new Deno.Command("sh", { args: ["-c", `command -v ${shell}`] }).output();
  if (!found.success) missing.add(shell);
}

for (const shell of SHELLS) {
  Deno.test(`${shell}: every command and option is in it`, () => {
    const text = formatCompletion(shell, "a test's");
    for (const [name, { options }] of Object.entries(commands)) {
      ok(text.includes(name));
      for (const option of Object.keys(options)) {
        ok(text.includes(shell === "fish" ? `-l ${option} ` : `--${option}`), option);
      }
    }
  });

  Deno.test({
    name: `${shell}: it is a script of that shell`,
    ignore: missing.has(shell),
    async fn() {
      await output(shell, "-n", "-c", formatCompletion(shell, "a test's"));
    },
  });
}

/** What bash offers where the last word stands. */
async function completeInBash(...words: string[]): Promise<string[]> {
  const script = `${formatCompletion("bash", "a test's")}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_podling
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = await output("bash", "-c", script, "bash", ...words);
  return text.split("\n").filter((line) => line !== "").toSorted();
}

const rows: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [["podling", "sim"], ["simulate"]],
  [["podling", "--v"], ["--version"]],
  [["podling", "run", "--iso"], ["--isolation"]],
  [["podling", "run", "--isolation", ""], ["auto", "process", "sandbox"]],
  [["podling", "run", "--isolation", "="], ["auto", "process", "sandbox"]],
  [["podling", "run", "--isolation", "=", "p"], ["process"]],
  [["podling", "run", "-o", "n"], ["ndjson"]],
  [["podling", "validate", "-o", ""], ["json", "text"]],
  [["podling", "run", "--timeout", ""], []],
  [["podling", "lab", "n"], ["network", "never"]],
  [["podling", "lab", "--lang", ""], ["en", "zh"]],
  [["podling", "lab", "--al"], ["--all"]],
  [["podling", "run", "/etc/host"], ["/etc/hostname", "/etc/hosts"]],
  [["podling", "run", "--quiet", "-f", "/etc/passw"], ["/etc/passwd"]],
];
for (const [words, offered] of rows) {
  Deno.test({
    name: `bash: ${JSON.stringify(words.join(" "))} is completed`,
    ignore: missing.has("bash"),
    async fn() {
      const found = await completeInBash(...words);
      const extra = words.at(-1)!.startsWith("/etc/");
      deepEqual(extra ? offered.filter((it) => found.includes(it)) : found, offered.filter(exists));
    },
  });
}

function exists(word: string): boolean {
  if (!word.startsWith("/")) return true;
  try {
    return Deno.statSync(word).isFile;
  } catch {
    return false;
  }
}

Deno.test({
  name: "fish: commands, options and their values are offered",
  ignore: missing.has("fish"),
  async fn() {
    const offer = async (line: string) =>
      (await output(
        "fish",
        "--no-config",
        "-c",
        `${formatCompletion("fish", "a test's")}\ncomplete -C ${JSON.stringify(line)}`,
      )).split("\n").map((it) => it.split("\t")[0]).filter((it) => it !== "");
    deepEqual(await offer("podling sim"), ["simulate"]);
    deepEqual(await offer("podling run --isol"), ["--isolation"]);
    deepEqual(await offer("podling run --isolation p"), ["process"]);
    deepEqual(await offer("podling lab stor"), ["storage"]);
  },
});
