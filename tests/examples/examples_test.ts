/**
 * Every example does what its head comment says: in a sandbox, without one, and for an ordinary
 * user. `simulate` agrees.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import { checkAgreement, type RunReport } from "../support/agreement.ts";
import { canSandbox } from "../process/support.ts";
import {
  BESIDE_OTHERS,
  check,
  checkEach,
  examples,
  findOrdinaryUser,
  runExample,
  wordsOf,
} from "./example_run.ts";
import type { Head } from "./head.ts";

for (const { name, head } of examples) {
  Deno.test(`examples/${name}: its command runs itself`, () => {
    ok(/^deno task run examples\/\S+\.yaml( |$)/.test(head.command), head.command);
    equal(head.command.split(" ")[3], `examples/${name}`);
  });
}

const agree = (head: Head) => (report: RunReport, folder: string) =>
  checkAgreement(report, wordsOf(head), folder);

Deno.test({
  name: "examples in a sandbox; simulate agrees",
  ignore: !canSandbox,
  ...BESIDE_OTHERS,
  fn: (context) =>
    checkEach(
      context,
      (head) => check(head.sandbox, () => runExample(head, "sandbox", undefined, agree(head))),
    ),
});

Deno.test({
  name: "examples without a sandbox; simulate agrees where a sandbox changes nothing",
  ...BESIDE_OTHERS,
  fn: (context) =>
    checkEach(context, (head) => {
      const isSame = head.process === head.sandbox;
      const onReport = isSame ? agree(head) : undefined;
      return check(head.process, () => runExample(head, "process", undefined, onReport));
    }),
});

Deno.test({
  name: "examples, as an ordinary user",
  ...BESIDE_OTHERS,
  fn: async (context) => {
    const user = canSandbox ? await findOrdinaryUser() : "there are no sandboxes here";
    if (typeof user === "string") {
      await context.step({ name: `left out: ${user}`, ignore: true, fn: () => {} });
      return;
    }
    try {
      await checkEach(
        context,
        (head) => check(head.sandbox, () => runExample(head, "sandbox", user)),
      );
    } finally {
      await Deno.remove(user.home, { recursive: true });
    }
  },
});
