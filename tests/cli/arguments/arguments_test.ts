import {
  deepStrictEqual as deepEqual,
  match,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import { parseInvocation, parseOptions } from "../../../src/cli/arguments/arguments.ts";
import { formatCommandHelp, formatProgramHelp } from "../../../src/cli/arguments/help.ts";
import { commands, runOptions } from "../../../src/cli/arguments/options.ts";
import { UsageError } from "../../../src/base/usage_error.ts";

const run = (...words: string[]) => parseOptions(runOptions, words);

const invocations = [
  [["run", "x.yaml"], { type: "command", command: "run", words: ["x.yaml"] }],
  [["--", "run", "x"], { type: "command", command: "run", words: ["x"] }],
  [["--version"], { type: "version" }],
  [["run", "--version"], { type: "version" }],
  [["--help"], { type: "help" }],
  [["-h"], { type: "help" }],
  [["help"], { type: "help" }],
  [["help", "run"], { type: "help", command: "run" }],
  [["--help", "run"], { type: "help", command: "run" }],
  [["run", "x.yaml", "--help"], { type: "help", command: "run" }],
  [["run", "--", "--help"], { type: "command", command: "run", words: ["--", "--help"] }],
] as const;
for (const [args, expected] of invocations) {
  Deno.test(`parseInvocation() reads ${args.join(" ")}`, () => {
    deepEqual(parseInvocation(args), expected);
  });
}
const wrong = [
  [[], /No command given/],
  [["rnu"], /Unknown command "rnu" \(did you mean "run"\?/],
  [["valdate", "x"], /did you mean "validate"/],
  [["toString"], /Unknown command "toString"/],
  [["xyzzy"], /--help lists them all/],
  [["--verison"], /Unknown option --verison \(did you mean --version\?/],
] as const;
for (const [args, message] of wrong) {
  Deno.test(`parseInvocation() refuses ${args.join(" ") || "nothing"}`, () => {
    throws(() => parseInvocation(args), { name: "UsageError", message });
  });
}

Deno.test("parseOptions() has defaults", () => {
  const { values, operands } = run();
  deepEqual(operands, []);
  equal(values.output, "text");
  equal(values.quiet, false);
  equal(values.timeout, undefined);
  deepEqual(values["crash-backoff"], { baseMs: 10_000, maxMs: 300_000 });
  deepEqual(values.image, []);
});

for (
  const words of [["-o", "ndjson"], ["-ondjson"], ["--output=ndjson"], ["--output", "ndjson"], [
    "-qo",
    "ndjson",
  ], ["-o", "text", "-o", "ndjson"]]
) {
  Deno.test(`parseOptions() reads ${words.join(" ")}`, () => {
    equal(run("x", ...words, "y").values.output, "ndjson");
    deepEqual(run("x", ...words, "y").operands, ["x", "y"]);
  });
}

Deno.test("parseOptions() mixes options and operands, and ends at --", () => {
  const { values, operands } = run("a", "-q", "b", "-", "--keep", "--", "-x", "--timeout=3s");
  deepEqual(operands, ["a", "b", "-", "-x", "--timeout=3s"]);
  equal(values.quiet && values.keep, true);
  equal(values.timeout, undefined);
});

Deno.test("parseOptions() collects what may be repeated", () => {
  const { values } = run("--set-env", "a:X=1", "--set-env=b:Y=2=3", "--image", "w=sleep 1");
  deepEqual(values["set-env"], [
    { container: "a", name: "X", value: "1" },
    { container: "b", name: "Y", value: "2=3" },
  ]);
  deepEqual(values.image, [{ image: "w", argv: ["sleep", "1"] }]);
});

Deno.test("parseOptions() takes manifests as kubectl does", () => {
  const { values, operands } = run("-f", "a.yaml", "-fb", "--filename=-", "-f", "-", "c");
  deepEqual(values.filename, ["a.yaml", "b", "-", "-"]);
  deepEqual(operands, ["c"]);
});

const refused = [
  [["--timout", "3s"], /Unknown option --timout \(did you mean --timeout\?/],
  [["--nothing-like-it"], /--help lists them all/],
  [["-x"], /Unknown option -x/],
  [["--timeout"], /--timeout needs a value: --timeout DURATION/],
  [["--timeout="], /--timeout needs a value/],
  [["--timeout", "--quiet"], /--timeout needs a value/],
  [["--timeout", "5"], /--timeout: "5" is not a duration/],
  [["--output", "jsno"], /--output: "jsno" is not one of text, ndjson/],
  [["--quiet=yes"], /--quiet takes no value/],
  [["--until", "ready"], /did you mean "Ready"/],
  [["--time.out=3s"], /Unknown option --time.out/],
  [["--timeout:3s"], /Unknown option --timeout:3s/],
  [["--no-quiet"], /Unknown option --no-quiet/],
  [["--speed", "0"], /--speed: "0" is not a number above 0/],
  [
    ["--events-file", "-"],
    /--events-file: expects a file; to write events to standard output use -o ndjson/,
  ],
] as const;
for (const [words, message] of refused) {
  Deno.test(`parseOptions() refuses ${words.join(" ")}`, () => {
    throws(
      () => run(...words),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

Deno.test("--help names every command, option and default", () => {
  const program = formatProgramHelp(Infinity);
  for (const [name, command] of Object.entries(commands)) {
    match(program, new RegExp(`^  ${name} .*${command.summary}$`, "m"));
    const help = formatCommandHelp(name as keyof typeof commands, Infinity);
    for (const option of Object.keys(command.options)) match(help, new RegExp(`--${option}\\b`));
  }
  match(formatCommandHelp("run", Infinity), /-o, --output text\|ndjson .*\(default text\)/);
});
