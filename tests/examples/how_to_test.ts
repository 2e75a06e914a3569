/** The scripts of `docs/how-to-*.md` do what stands below them. */
import { ok, strictEqual as equal } from "node:assert/strict";
import { parseYaml } from "../../src/api/manifest/yaml.ts";
import { attempt } from "../support/attempts.ts";
import { PODLING } from "../support/program.ts";

const DOCS = new URL("../../docs/", import.meta.url).pathname;

/** A fenced block. */
interface Block {
  readonly kind: string;
  /** What stands behind the kind: the name of a file. */
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

function readBlocks(page: string): Block[] {
  const blocks = page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm);
  return [...blocks].map(({ 1: kind = "", 2: name = "", 3: text = "", index }) => ({
    kind,
    name,
    text,
    line: page.slice(0, index).split("\n").length,
  }));
}

/** A folder with the files of a page, and the command. */
class Workshop implements AsyncDisposable {
  private constructor(private readonly root: string, private readonly folder: string) {}

  static async open(blocks: readonly Block[]): Promise<Workshop> {
    const root = await Deno.makeTempDir({ prefix: "podling-how-to-" });
    const folder = `${root}/work`;
    for (const name of ["work", "state", "data", "bin"]) {
      await Deno.mkdir(`${root}/${name}`, { mode: 0o700 });
    }
    for (const { kind, name, text } of blocks) {
      if (kind === "yaml" && name.endsWith(".yaml")) {
        await Deno.writeTextFile(`${folder}/${name}`, text);
      }
    }
    const words = PODLING.map((it) => `'${it}'`).join(" ");
    await Deno.writeTextFile(`${root}/bin/podling`, `#!/bin/sh\nexec ${words} "$@"\n`, {
      mode: 0o755,
    });
    return new Workshop(root, folder);
  }

  /** What a script prints, errors included; it ends at the first command that fails. */
  async run(script: string): Promise<string> {
    const { stdout, code } = await new Deno.Command("sh", {
      args: ["-eu", "-c", `exec 2>&1\n${script}`],
      cwd: this.folder,
      env: {
        PATH: `${this.root}/bin:${Deno.env.get("PATH")}`,
        PODLING_STATE: `${this.root}/state`,
        PODLING_DATA: `${this.root}/data`,
        NO_COLOR: "1",
      },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    equal(code, 0, text);
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

/** Whether lines are as they are written: `…` stands for anything, alone for any lines. */
function isAsWritten(seen: string, written: string): boolean {
  const pattern = written.trimEnd().split("\n")
    .map((line) => line === "…" ? "[^]*" : line.split("…").map(escape).join("[^\\n]*"));
  return new RegExp(`^${pattern.join("\\n")}$`).test(seen.trimEnd());
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The commands of a workflow for GitHub, but for those that fetch the program. */
function stepsOf(workflow: string): string[] {
  const [document] = parseYaml(workflow);
  const { jobs } = document!.value as {
    readonly jobs: Readonly<
      Record<string, { readonly steps: readonly { name?: string; run?: string; if?: string }[] }>
    >;
  };
  return Object.values(jobs).flatMap(({ steps }) => steps).flatMap((step) =>
    step.run === undefined || step.if !== undefined || step.name === "Install podling"
      ? []
      : [step.run]
  );
}

/** A script of a page, or the commands of a workflow, and what is printed. */
interface Script {
  readonly name: string;
  readonly commands: readonly string[];
  /** Undefined: anything. */
  readonly printed?: string;
}

function scriptsOf(blocks: readonly Block[]): Script[] {
  return blocks.flatMap(({ kind, name, text, line }, index): Script[] => {
    if (kind === "yaml" && name === "workflow") {
      const commands = stepsOf(text);
      ok(commands.length >= 4);
      return [{ name: `the workflow of line ${line}`, commands }];
    }
    if (kind !== "sh") return [];
    const below = blocks[index + 1];
    equal(below?.kind, "text", `what the script of line ${line} prints stands below it`);
    return [{ name: `the script of line ${line}`, commands: [text], printed: below!.text }];
  });
}

async function runScript({ commands, printed }: Script, workshop: Workshop): Promise<void> {
  await attempt(async () => {
    for (const command of commands) {
      const seen = await workshop.run(command);
      ok(printed === undefined || isAsWritten(seen, printed), seen);
    }
  });
}

/** Pages, and whether a script goes on with the files of those before it. */
const pages = [["how-to-scripts.md", false], ["how-to-ci.md", true]] as const;
for (const [page, goesOn] of pages) {
  Deno.test(`the scripts of docs/${page} do what stands below them`, async (context) => {
    const blocks = readBlocks(await Deno.readTextFile(DOCS + page));
    const scripts = scriptsOf(blocks);
    ok(scripts.length >= 6);
    await using shared = await Workshop.open(blocks);
    // They wait for most of their time.
    const running = goesOn ? [] : scripts.map(async (script) => {
      await using own = await Workshop.open(blocks);
      await runScript(script, own);
    });
    for (const it of running) it.catch(() => {}); // Reported where it is awaited.
    for (const [index, script] of scripts.entries()) {
      await context.step(script.name, () => running[index] ?? runScript(script, shared));
    }
  });
}
