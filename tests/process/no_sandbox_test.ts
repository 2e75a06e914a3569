/** A machine that refuses a sandbox although it seemed to be able to make one. */
import { rejects, strictEqual as equal } from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { readIsolation } from "../../src/runtime/linux/isolation.ts";
import { createLinuxRuntime } from "../../src/runtime/linux/linux_runtime.ts";
import { readRuntimeFacts } from "../../src/runtime/linux/runtime_facts.ts";
import { planRuntime } from "../../src/runtime/linux/runtime_plan.ts";
import { RuntimeError } from "../../src/runtime/runtime.ts";
import { sandboxConfigOf } from "../support/runtime_configs.ts";
import { makeRoots, removeRoots } from "./asked.ts";
import { canSandbox } from "./support.ts";

Deno.test({
  name: "a sandbox that the machine refuses is reported to what remembers the machine's facts",
  ignore: !canSandbox,
  async fn() {
    const roots = makeRoots();
    const facts = { ...await readRuntimeFacts(readIsolation(), "host"), roots };
    const plan = planRuntime(facts, { isolation: "sandbox", network: "host", keep: false });
    const { report } = plan;
    const { machine } = report;
    const refusing = {
      ...plan,
      report: {
        ...report,
        machine: { ...machine, tools: { ...machine.tools, unshare: "/bin/false" } },
      },
    };
    let refusals = 0;
    const runtime = createLinuxRuntime(refusing, {
      clock: systemClock(),
      onNoSandbox: () => refusals++,
    }, { onEvent: () => {}, onOutput: () => Promise.resolve(), onWarning: () => {} });
    await runtime.prepareVolumes("u1", []);
    await rejects(
      runtime.runPodSandbox(sandboxConfigOf()),
      (error) => error instanceof RuntimeError && error.reason === "FailedCreatePodSandBox",
    );
    equal(refusals, 1);
    await runtime.close();
    await removeRoots(roots);
  },
});
