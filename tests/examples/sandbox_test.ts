/** Every example does in the sandbox what its head comment says, and `simulate` agrees. */
import { checkAgreement } from "../support/agreement.ts";
import { canSandbox } from "../process/support.ts";
import { check, examples, lacksTools, runExample, wordsOf } from "./example_run.ts";

for (const { name, head } of examples) {
  Deno.test({
    name: `examples/${name} in a sandbox; simulate agrees`,
    ignore: !canSandbox || lacksTools(head),
    fn: () =>
      check(
        head.sandbox,
        () =>
          runExample(
            head,
            "sandbox",
            undefined,
            (report, folder) => checkAgreement(report, wordsOf(head), folder),
          ),
      ),
  });
}
