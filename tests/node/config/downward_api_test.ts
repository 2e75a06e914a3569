import { strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { podFieldValue } from "../../../src/node/config/downward_api.ts";
import { podSources } from "../../support/pod_sources.ts";

// As Go's %q prints them.
const quoted: readonly [string, string][] = [
  ['say "hi" \\', String.raw`"say \"hi\" \\"`],
  ["a\tb\r\n", String.raw`"a\tb\r\n"`],
  ["\0\x1b\x7f", String.raw`"\x00\x1b\x7f"`],
  ["é € 😀 $(A)", '"é € 😀 $(A)"'],
  ["a\u00a0b\u2028c\u200b\ue000", String.raw`"a\u00a0b\u2028c\u200b\ue000"`],
  ["\u{e0001}", String.raw`"\U000e0001"`],
];
for (const [value, text] of quoted) {
  Deno.test(`R-ENV-5: whole annotations quote ${JSON.stringify(value)} as ${text}`, () => {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "shop", annotations: { note: value } },
      spec: { containers: [] },
    };
    equal(podFieldValue(podSources(pod), "metadata.annotations", undefined), `note=${text}`);
  });
}
