/** The program: reads the arguments, picks a command, sets the exit status. */
import { escapeControls } from "./base/control_characters.ts";
import { type Invocation, parseInvocation } from "./cli/arguments/arguments.ts";
import { print, printError } from "./cli/output/print.ts";
import { UsageError } from "./base/usage_error.ts";
import { DIALER_WORD } from "./runtime/network/dial/dialer_word.ts";
import { PROXY_WORD } from "./runtime/service/proxy_word.ts";

/** Nothing was decided by the workload. */
const UNDECIDED = 125;

/** The folder of `deno.json`. */
const PROJECT = new URL("..", import.meta.url).pathname.replace(/(?<=.)\/$/, "");

/** Each command is loaded when it is called, and nothing else. */
async function perform(invocation: Invocation): Promise<number> {
  switch (invocation.type) {
    case "version": {
      const { default: settings } = await import("../deno.json", { with: { type: "json" } });
      await print(settings.version);
      return 0;
    }
    case "help": {
      const { formatCommandHelp, formatProgramHelp } = await import("./cli/arguments/help.ts");
      const { readLineWidth } = await import("./cli/output/columns.ts");
      const { command } = invocation;
      const width = readLineWidth();
      const help = command === undefined
        ? formatProgramHelp(width)
        : formatCommandHelp(command, width);
      await print(help.trimEnd());
      return 0;
    }
    case "command":
      switch (invocation.command) {
        case "run":
          return await (await import("./cli/run.ts")).run(invocation.words, PROJECT);
        case "validate":
          return await (await import("./cli/validate.ts")).validate(invocation.words, PROJECT);
        case "simulate":
          return await (await import("./cli/simulate.ts")).simulate(invocation.words, PROJECT);
        case "serve":
          return await (await import("./cli/serve.ts")).serve(invocation.words, PROJECT);
        case "doctor":
          return await (await import("./cli/doctor.ts")).doctor(invocation.words);
        case "explain":
          return await (await import("./cli/explain.ts")).explain(invocation.words, PROJECT);
        case "experiment":
          return await (await import("./cli/experiment.ts")).experiment(invocation.words);
        case "check":
          return await (await import("./cli/check.ts")).check(invocation.words, PROJECT);
        case "lab":
          return await (await import("./cli/lab.ts")).lab(invocation.words, PROJECT);
        case "timeline":
          return await (await import("./cli/timeline.ts")).timeline(invocation.words, PROJECT);
      }
  }
}

async function fail(error: unknown): Promise<never> {
  const text = error instanceof UsageError
    ? `podling: ${escapeControls(error.message)}`
    : `podling: internal error: ${error instanceof Error ? error.stack : error}`;
  // Where it cannot be read, the exit status is all there is.
  await printError(text).catch(() => {});
  Deno.exit(UNDECIDED);
}

globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  void fail(event.reason);
});

try {
  const [word, path] = Deno.args;
  if (word === DIALER_WORD) {
    await (await import("./runtime/network/dial/dialer.ts")).dial(path ?? "");
  }
  if (word === PROXY_WORD) {
    await (await import("./runtime/service/proxy_program.ts")).serveServices(path ?? "");
  }
  Deno.exit(await perform(parseInvocation(Deno.args)));
} catch (error) {
  await fail(error);
}
