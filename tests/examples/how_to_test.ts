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

for (const page of ["how-to-scripts.md", "how-to-ci.md"]) {
  Deno.test(`the scripts of docs/${page} do what stands below them`, async (context) => {
    const blocks = readBlocks(await Deno.readTextFile(DOCS + page));
    ok(blocks.filter(({ kind }) => kind === "sh").length >= 4);
    await using workshop = await Workshop.open(blocks);
    for (const [index, { kind, name, text, line }] of blocks.entries()) {
      if (kind === "yaml" && name === "workflow") {
        const steps = stepsOf(text);
        ok(steps.length >= 4);
        await context.step(`the workflow of line ${line}`, async () => {
          for (const step of steps) await workshop.run(step);
        });
      }
      if (kind !== "sh") continue;
      const written = blocks[index + 1];
      await context.step(`the script of line ${line}`, async () => {
        equal(written?.kind, "text", "what it prints stands below it");
        await attempt(async () => {
          const seen = await workshop.run(text);
          ok(isAsWritten(seen, written!.text), seen);
        });
      });
    }
  });
}
