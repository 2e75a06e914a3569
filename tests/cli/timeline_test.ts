import { throws } from "node:assert/strict";
import { readTimeline } from "../../src/cli/timeline.ts";

const refused = [
  ["", /^f: there is nothing to draw: no events of a Pod or of an object$/],
  ['{"type":"log.opened","version":1}\n', /^f: there is nothing to draw/],
  ['{"type":"log.opened","version":2}\n', /^f:1: the event log has version 2/],
  ["not json", /^f:1: expected an event, got "not json"$/],
  ['{"kind":"Pod"}', /^f:1: expected an event/],
  ['{"type":"pod.phase","at":1,"message":"m","pod":"p","uid":"u"}\nx\n', /^f:2: expected an event/],
] as const;
for (const [text, message] of refused) {
  Deno.test(`readTimeline() refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
    throws(() => readTimeline(text, "f"), { name: "UsageError", message });
  });
}
