/** The protocol of remote commands that is agreed on. */
import { strictEqual as equal } from "node:assert/strict";
import { chooseProtocol } from "../../src/streams/remote_command.ts";

const rows: readonly [string | null, string | undefined][] = [
  ["v5.channel.k8s.io", "v5.channel.k8s.io"],
  ["v4.channel.k8s.io", "v4.channel.k8s.io"],
  ["v5.channel.k8s.io,v4.channel.k8s.io,channel.k8s.io", "v5.channel.k8s.io"],
  ["v4.channel.k8s.io, v5.channel.k8s.io", "v5.channel.k8s.io"],
  ["base64.channel.k8s.io", undefined],
  ["", undefined],
  [null, undefined],
];
for (const [offered, chosen] of rows) {
  Deno.test(`chooseProtocol() ${offered}`, () => equal(chooseProtocol(offered), chosen));
}
