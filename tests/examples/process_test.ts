/** Every example does without a sandbox what its head comment says. */
import { ok, strictEqual as equal } from "node:assert/strict";
import { checkAgreement } from "../support/agreement.ts";
import { BESIDE_OTHERS, check, checkEach, examples, runExample, wordsOf } from "./example_run.ts";

for (const { name, head } of examples) {
  Deno.test(`examples/${name}: its command runs itself`, () => {
    ok(/^deno task run examples\/\S+\.yaml( |$)/.test(head.command), head.command);
    equal(head.command.split(" ")[3], `examples/${name}`);
  });
}

Deno.test({
  name: "examples without a sandbox; simulate agrees where a sandbox changes nothing",
  ...BESIDE_OTHERS,
  fn: (context) =>
    checkEach(context, (head) =>
      check(head.process, () =>
        runExample(
          head,
          "process",
          undefined,
          head.process === head.sandbox
            ? (report, folder) => checkAgreement(report, wordsOf(head), folder)
            : undefined,
        ))),
});
