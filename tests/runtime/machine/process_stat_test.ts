/** What `/proc` shows of a process. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal, throws } from "node:assert/strict";
import {
  isGone,
  isZombie,
  parseStat,
  readStat,
} from "../../../src/runtime/machine/process_stat.ts";

Deno.test("parseStat() copes with any name", () => {
  const fields = [
    "S",
    "7",
    ...Array(9).fill("0"),
    "1",
    "2",
    "3",
    "4",
    ...Array(4).fill("0"),
    "4711",
    "0",
  ];
  deepEqual(parseStat(`42 (a) Z (b) ${fields.join(" ")}`), {
    state: "S",
    parent: 7,
    session: 0,
    flags: 0,
    ticks: 10,
    startTime: "4711",
  });
});

Deno.test("readStat() knows this process, and none of number 0", () => {
  const stat = readStat(Deno.pid)!;
  equal(stat.parent, Deno.ppid);
  equal(isZombie(stat), false);
  equal(readStat(0), undefined);
});

Deno.test("isGone() knows the error of a process that ended after its file was opened", async () => {
  const child = new Deno.Command("sleep", { args: ["1000"] }).spawn();
  using file = Deno.openSync(`/proc/${child.pid}/stat`);
  child.kill("SIGKILL");
  await child.status;
  throws(() => file.readSync(new Uint8Array(1)), (error) => isGone(error));
  ok(!isGone(new Error("os error 30")));
});
