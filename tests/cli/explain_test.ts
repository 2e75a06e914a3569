import { match, strictEqual as equal, throws } from "node:assert/strict";
import settings from "../../deno.json" with { type: "json" };
import { explainText } from "../../src/cli/explain.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const EVENT = { type: "pod.phase", at: 5, pod: "default/p", uid: "u", message: "Pod is Running" };
const POD = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [] } };

Deno.test("explainText() distinguishes events from Pods", () => {
  const json = JSON.stringify;
  match(explainText(json(EVENT), "f")[0]!, /^Pod default\/p: .*the log ends there/);
  match(explainText(`${json(EVENT)}\n\n${json(EVENT)}\n`, "f")[0]!, /^Pod default\/p: /);
  match(explainText(json(POD, undefined), "f")[0]!, /^Pod default\/p: Pending/);
  const list = { kind: "List", items: [POD, { ...POD, metadata: { name: "q" } }] };
  equal(
    explainText(JSON.stringify(list, null, 2), "f").filter((it) => it.startsWith("Pod ")).length,
    2,
  );
});

const refused = [
  ["", /^f: no events found$/],
  ["hello", /^f:1: expected an event, got "hello"$/],
  [`${JSON.stringify(EVENT)}\n{"type": "log"}`, /^f:2: expected an event/],
  ['{"kind": "Secret"}', /^f: expected a Pod with a status, got Secret$/],
  ['{"kind": "List", "items": [7]}', /^f: expected a Pod with a status, got "7"$/],
  ['{"type":"log.opened","version":2}\n', /^f:1: the event log has version 2; this podling reads /],
  ["x".repeat(100), /^f:1: expected an event, got "x{59}…"$/],
] as const;
for (const [text, message] of refused) {
  Deno.test(`explainText() refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
    throws(() => explainText(text, "f"), { name: "UsageError", message });
  });
}

/** Runs the task's own command. */
async function explain(...words: readonly string[]) {
  const [, , ...task] = settings.tasks.explain.split(" ");
  const args = task.map((it) => it === "src/main.ts" ? `${ROOT}${it}` : it);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...args, ...words],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

const commands: readonly [words: readonly string[], code: number, said: RegExp][] = [
  [["137", "OOMKilled"], 0, /SIGKILL ended the program[^]*\n\nOOMKilled, reason/],
  [["sigkill"], 0, /^Exit code 137 of a container: SIGKILL/],
  [["SIGSEGV"], 0, /^Exit code 139 of a container: SIGSEGV/],
  [["R-PHASE-4"], 0, /^R-PHASE-4: /],
  [[], 125, /Nothing to explain: give a reason, an exit code, or a file/],
  [["256"], 125, /256 is not an exit code/],
  [["CrashLopBackOf"], 125, /did you mean "CrashLoopBackOff"\?/],
  [["R-TERM5"], 125, /did you mean "R-TERM-5"\?/],
  [["no/such.ndjson"], 125, /no\/such\.ndjson cannot be read: there is no such file/],
  [["-"], 125, /-: no events found/],
];
for (const [words, code, said] of commands) {
  Deno.test(`explain ${words.join(" ")}`, async () => {
    const outcome = await explain(...words);
    match(code === 0 ? outcome.stdout : outcome.stderr, said);
    equal(outcome.code, code);
  });
}
