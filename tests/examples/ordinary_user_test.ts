/** Every example does for an ordinary user too what its head comment says. */
import { canSandbox } from "../process/support.ts";
import { check, examples, findOrdinaryUser, lacksTools, runExample } from "./example_run.ts";

Deno.test("examples, as an ordinary user", async (context) => {
  const user = canSandbox ? await findOrdinaryUser() : "there are no sandboxes here";
  if (typeof user === "string") {
    await context.step({ name: `left out: ${user}`, ignore: true, fn: () => {} });
    return;
  }
  try {
    for (const { name, head } of examples) {
      await context.step({
        name: `examples/${name}`,
        ignore: lacksTools(head),
        fn: () => check(head.sandbox, () => runExample(head, "sandbox", user)),
      });
    }
  } finally {
    await Deno.remove(user.home, { recursive: true });
  }
});
