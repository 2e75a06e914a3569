/** Every example does without a sandbox what its head comment says. */
import { ok, strictEqual as equal } from "node:assert/strict";
import { checkAgreement, type RunReport } from "../support/agreement.ts";
import { check, examples, runExample, wordsOf } from "./example_run.ts";

for (const { name, head } of examples) {
  Deno.test(`examples/${name}: its command runs itself`, () => {
    ok(/^deno task run examples\/\S+\.yaml( |$)/.test(head.command), head.command);
    equal(head.command.split(" ")[3], `examples/${name}`);
  });
  const isSame = head.process === head.sandbox;
  const agree = (report: RunReport, folder: string) =>
    checkAgreement(report, wordsOf(head), folder);
  Deno.test(`examples/${name} without a sandbox${isSame ? "; simulate agrees" : ""}`, async () => {
    await check(
      head.process,
      () => runExample(head, "process", undefined, isSame ? agree : undefined),
    );
  });
}
