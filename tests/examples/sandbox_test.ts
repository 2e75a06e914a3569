/** Every example does in the sandbox what its head comment says, and `simulate` agrees. */
import { checkAgreement } from "../support/agreement.ts";
import { canSandbox } from "../process/support.ts";
import { BESIDE_OTHERS, check, checkEach, runExample, wordsOf } from "./example_run.ts";

Deno.test({
  name: "examples in a sandbox; simulate agrees",
  ignore: !canSandbox,
  ...BESIDE_OTHERS,
  fn: (context) =>
    checkEach(context, (head) =>
      check(head.sandbox, () =>
        runExample(
          head,
          "sandbox",
          undefined,
          (report, folder) => checkAgreement(report, wordsOf(head), folder),
        ))),
});
