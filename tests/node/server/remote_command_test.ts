/** Which requests for `exec` are refused before anything of them runs. */
import { strictEqual as equal, throws } from "node:assert/strict";
import {
  answerRemoteCommand,
  type CommandOptions,
} from "../../../src/node/server/remote_command.ts";

const target = { namespace: "default", pod: "p", container: "c" };

/** Headers, the query, and the words of the refusal. */
const refused: readonly [string, Record<string, string>, string, RegExp][] = [
  ["no upgrade", {}, "command=true", /Upgrade request required/],
  ["no command", { upgrade: "websocket" }, "stdout=1", /at least one command/],
  [
    "a NUL in a word",
    { upgrade: "websocket" },
    "command=sh&command=a%00b",
    /^"a\\u0000b" has a NUL/,
  ],
];
for (const [what, headers, query, message] of refused) {
  Deno.test(`answerRemoteCommand() refuses ${what}`, () => {
    let asked = 0;
    // Nothing of the node is asked for.
    const options = new Proxy({}, { get: () => asked++ }) as CommandOptions;
    const request = new Request("https://node/", { headers });
    const command = {
      endpoint: "exec",
      target,
      query: new URLSearchParams(query),
      request,
    } as const;
    throws(() => answerRemoteCommand(options, command), { name: "NodeError", code: 400, message });
    equal(asked, 0);
  });
}
