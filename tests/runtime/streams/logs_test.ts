/** The CRI log format. */
import { strictEqual as equal } from "node:assert/strict";
import {
  CriFormatter,
  LogTail,
  MAX_LINE_BYTES,
  podLogDirectory,
} from "../../../src/runtime/streams/logs.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const TIME = "2026-01-02T03:04:05.678000000Z";
const AT = Date.parse(TIME);

/** What the file holds, the time left out. */
function format(chunks: readonly string[]): string {
  const formatter = new CriFormatter("stdout");
  const decode = (part: Uint8Array) => new TextDecoder().decode(part);
  const parts = [
    ...chunks.map((chunk) => decode(formatter.format(bytes(chunk), AT))),
    decode(formatter.finish(AT)),
  ];
  return parts.join("").replaceAll(`${TIME} stdout `, "");
}

const full = "x".repeat(MAX_LINE_BYTES);
const rows: [name: string, chunks: string[], lines: string][] = [
  ["nothing", [], ""],
  ["a line", ["a\n"], "F a\n"],
  ["several in a chunk", ["a\nb\n\nc\n"], "F a\nF b\nF \nF c\n"],
  ["a line in pieces", ["a", "b", "c\nd"], "F abc\nF d\n"],
  ["a last line without an end", ["a\nb"], "F a\nF b\n"],
  ["empty chunks", ["", "a", "", "\n", ""], "F a\n"],
  ["blanks and control characters", [" \t\r\u0000 \n"], "F  \t\r\u0000 \n"],
  ["a character in two chunks", ["ö\n"], "F ö\n"],
  ["16 KiB, not cut", [`${full}\n`], `F ${full}\n`],
  ["16 KiB and one byte", [`${full}y\n`], `P ${full}\nF y\n`],
  ["16 KiB in pieces", [full, "y", "\n"], `P ${full}\nF y\n`],
  ["16 KiB, then its end", [full, "\n"], `F ${full}\n`],
  ["three times 16 KiB", [full + full + full + "\n"], `P ${full}\nP ${full}\nF ${full}\n`],
  ["16 KiB and no end", [`${full}y`], `P ${full}\nF y\n`],
];
for (const [name, chunks, lines] of rows) {
  Deno.test(`CriFormatter: ${name}`, () => equal(format(chunks), lines));
}

Deno.test("CriFormatter keeps bytes that are not text", () => {
  const formatter = new CriFormatter("stderr");
  const head = formatter.format(Uint8Array.of(0xff, 0xc3), AT);
  const rest = formatter.format(Uint8Array.of(0xb6, 10), AT);
  equal(head.length, 0);
  const line = [...bytes(`${TIME} stderr F `), 0xff, 0xc3, 0xb6, 10];
  equal(rest.join(), line.join());
});

Deno.test("CriFormatter does not hold on to a chunk that is used again", () => {
  const formatter = new CriFormatter("stdout");
  const chunk = bytes("abc");
  formatter.format(chunk, AT);
  chunk.fill(0);
  equal(new TextDecoder().decode(formatter.finish(AT)), `${TIME} stdout F abc\n`);
});

Deno.test("the time has nine digits of a second", () => {
  const line = new CriFormatter("stdout").format(bytes("a\n"), AT + 0.001234);
  equal(/\.\d{9}Z stdout F a\n$/.test(new TextDecoder().decode(line)), true);
});

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join("");
const tails: [name: string, chunks: string[], tail: string][] = [
  ["all of a short log", ["a\nb\n"], "a\nb\n"],
  ["80 lines", [numbered(1, 100)], numbered(21, 100)],
  ["80 lines and one without an end", [numbered(1, 100), "end"], numbered(22, 100) + "end"],
  ["2048 bytes", ["x".repeat(5000)], "x".repeat(2048)],
  ["2048 bytes of many chunks", Array(3000).fill("y"), "y".repeat(2048)],
  ["nothing", [], ""],
];
for (const [name, chunks, wanted] of tails) {
  Deno.test(`LogTail: ${name}`, () => {
    const tail = new LogTail();
    for (const chunk of chunks) tail.push(bytes(chunk));
    equal(tail.text, wanted);
  });
}

Deno.test("logs are placed as the kubelet places them", () => {
  equal(podLogDirectory({ namespace: "ns", podName: "p", podUid: "u-1" }), "ns_p_u-1");
});
