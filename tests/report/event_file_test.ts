import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { parseEventFile } from "../../src/report/event_file.ts";

const OPENING = '{"type":"log.opened","version":1,"time":"t","at":0,"message":"Event log opened"}';
const EVENT = '{"type":"pod.phase","at":5,"pod":"default/p","uid":"u","message":"Pod is Running"}';
const OF_OBJECT = '{"type":"object.ignored","at":1,"object":"Service default/s","message":"m"}';

const texts: readonly [text: string, events: number][] = [
  ["", 0],
  [`${OPENING}\n`, 0],
  [`${OPENING}\n${EVENT}\n`, 1],
  [`${EVENT}\n\n${EVENT}\n`, 2],
  [`${OPENING}\n${OF_OBJECT}\n${EVENT}\n`, 1],
  [`${EVENT}\n{"type":"pod.ph`, 1],
  [`${OPENING}\n${EVENT}`, 1],
];
for (const [text, events] of texts) {
  Deno.test(`parseEventFile() finds ${events} events of Pods in ${JSON.stringify(text)}`, () => {
    deepEqual(parseEventFile(text).filter((it) => "pod" in it).length, events);
  });
}

const faults: readonly [text: string, line: number, message: RegExp][] = [
  ["hello", 1, /^expected an event, got "hello"$/],
  [`${EVENT}\n{"type":"log"}\n`, 2, /^expected an event/],
  [`${EVENT}\n{"type":"pod.ph\n${EVENT}\n`, 2, /^expected an event/],
  ['{"type":"log.opened","version":2}\n', 1, /version 2; this podling reads version 1$/],
  ['{"type":"log.opened"}\n', 1, /version undefined/],
];
for (const [text, line, message] of faults) {
  Deno.test(`parseEventFile() refuses ${JSON.stringify(text)}`, () => {
    throws(() => parseEventFile(text), { name: "EventFileError", line, message });
  });
}
