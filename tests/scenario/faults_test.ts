import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { parseFault } from "../../src/scenario/faults.ts";

const faults = [
  ["web:exit=137@3s", { container: "web", type: "exit", exitCode: 137, at: 3000 }],
  ["p/web:exit=0", { container: "p/web", type: "exit", exitCode: 0, at: 0 }],
  ["web:oom@1s", { container: "web", type: "oom", at: 1000 }],
  ["web:oom", { container: "web", type: "oom", at: 0 }],
  ["web:probe-fail", { container: "web", type: "probeFail", from: 0, to: Infinity }],
  ["web:probe-fail@2s..5s", { container: "web", type: "probeFail", from: 2000, to: 5000 }],
  ["web:hang-on-term", { container: "web", type: "hangOnTerm" }],
] as const;
for (const [text, fault] of faults) {
  Deno.test(`parseFault() reads ${text}`, () => deepEqual(parseFault(text), fault));
}

const forms = "exit=CODE\\[@TIME\\], oom\\[@TIME\\], hang-on-term, probe-fail\\[@FROM\\.\\.TO\\]";
const refused: readonly [text: string, message: RegExp][] = [
  ["web", new RegExp(`"web" is not CONTAINER:WHAT; WHAT is one of ${forms}`)],
  [":oom", /is not CONTAINER:WHAT/],
  [
    "web:omm",
    new RegExp(`"omm" is not a fault; known faults: ${forms}.* \\(did you mean oom\\?\\)`),
  ],
  ["web:exit", /"web:exit" is not CONTAINER:exit=CODE\[@TIME\]/],
  ["web:exit=256", /is not CONTAINER:exit=CODE/],
  ["web:exit=1@3", /"3" is not a duration .*did you mean "3s"/],
  ["web:oom=1", /is not CONTAINER:oom\[@TIME\]/],
  ["web:probe-fail@2s", /"2s" is not FROM\.\.TO/],
  ["web:probe-fail=1", /is not CONTAINER:probe-fail\[@FROM\.\.TO\]/],
  ["web:hang-on-term@1s", /is not CONTAINER:hang-on-term/],
];
for (const [text, message] of refused) {
  Deno.test(`parseFault() refuses ${text}`, () => {
    throws(() => parseFault(text), { name: "UsageError", message });
  });
}
