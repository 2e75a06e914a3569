/** The report of `doctor` on a level that was asked for. */
import { strictEqual as equal } from "node:assert/strict";
import { readIsolation, withoutSandbox } from "../../../src/runtime/linux/isolation.ts";

Deno.test("without a sandbox nothing is said to be kept apart, and what can get away is", async () => {
  const { level, rows } = withoutSandbox(await readIsolation());
  const statusOf = (name: string) => rows.find((row) => row.name === name)?.status;
  equal(level, "process");
  equal(statusOf("sandbox"), "no");
  equal(statusOf("volumes"), "no");
  equal(statusOf("clean-up"), "partly");
});
