import { strictEqual as equal } from "node:assert/strict";
import { signalName, signalNumber } from "../../src/base/signals.ts";

for (
  const [name, number] of [
    ["SIGHUP", 1],
    ["SIGKILL", 9],
    ["SIGUSR1", 10],
    ["SIGTERM", 15],
    ["SIGSYS", 31],
    ["SIGRTMIN", 34],
    ["SIGRTMIN+3", 37],
  ] as const
) {
  Deno.test(`signalNumber() and signalName() of ${name}`, () => {
    equal(signalNumber(name), number);
    equal(signalName(number), name);
  });
}
for (
  const [name, number] of [
    ["SIGIOT", 6],
    ["SIGCLD", 17],
    ["SIGRTMAX", 64],
    ["SIGRTMAX-1", 63],
    ["SIGRTMAX-31", undefined],
    ["SIGRTMAX+1", undefined],
    ["SIG", undefined],
    ["TERM", undefined],
    ["sigterm", undefined],
    ["SIGNAL", undefined],
  ] as const
) {
  Deno.test(`signalNumber() of ${name}`, () => equal(signalNumber(name), number));
}
for (const number of [0, 32, 33, 65, 128]) {
  Deno.test(`signalName() of ${number}, which is none`, () => equal(signalName(number), undefined));
}
