/** Every example does for an ordinary user too what its head comment says. */
import { canSandbox } from "../process/support.ts";
import { BESIDE_OTHERS, check, checkEach, findOrdinaryUser, runExample } from "./example_run.ts";

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
