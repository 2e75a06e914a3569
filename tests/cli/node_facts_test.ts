import { match, ok, strictEqual as equal } from "node:assert/strict";
import { readNodeFacts } from "../../src/cli/machine/node_facts.ts";

Deno.test("R-ENV-6: readNodeFacts() has a value for limits that are not set", () => {
  const { name, hostIP, allocatable } = readNodeFacts();
  equal(name, Deno.hostname().toLowerCase());
  ok(hostIP.length > 0);
  for (
    const [resource, form] of [
      ["cpu", /^[1-9]\d*$/],
      ["memory", /^[1-9]\d*Ki$/],
      ["ephemeral-storage", /^[1-9]\d*Ki$/],
    ] as const
  ) match(allocatable[resource] ?? "", form);
});
