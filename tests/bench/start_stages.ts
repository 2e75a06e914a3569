/**
 * A program of its own, so that all is done for the first time: the parts of a start that no
 * process is seen in.
 */
import { strictEqual as equal } from "node:assert/strict";

if (import.meta.main) {
  const [manifest = ""] = Deno.args;
  const stages: Record<string, number> = {};
  let before = performance.now();
  const mark = (stage: string) => {
    const now = performance.now();
    stages[stage] = now - before;
    before = now;
  };
  const { parseOptions } = await import("../../src/cli/arguments/arguments.ts");
  const { runOptions } = await import("../../src/cli/arguments/options.ts");
  mark("modules of the command line");
  await import("../../src/api/manifest/manifest.ts");
  await import("../../src/api/validate/validate.ts");
  mark("modules of the API: YAML, defaults, validation");
  await import("../../src/runtime/linux/linux_runtime.ts");
  mark("modules of the runtime");
  await import("../../src/cluster.ts");
  mark("modules of node, store and lifecycle");
  await import("../../src/cli/run.ts");
  mark("modules of run itself");
  const { readPlan } = await import("../../src/cli/manifest/plan.ts");
  const { readIsolation } = await import("../../src/runtime/linux/isolation.ts");
  const { values: options, operands } = parseOptions(runOptions, [manifest]);
  mark("first parsing of the command line");
  const request = { options, directory: "/", resolveImage: () => undefined };
  const plan = await readPlan(operands, request);
  equal(plan.errors.length, 0);
  mark("first reading of the manifest: YAML, defaults, validation");
  await readPlan(operands, request);
  mark("the same again");
  await readIsolation();
  mark("probes of the machine (run has them beside the manifest)");
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(stages)));
  Deno.exit();
}
