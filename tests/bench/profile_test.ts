/** What a trace of system calls says of a run's programs. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { parseTrace } from "./profile.ts";

Deno.test("a program lasts to its end, to the next one in its process, or to the end of the trace", () => {
  const trace = `10 100.000000 execve("/usr/bin/deno", ["deno", "run"], 0x7ff /* 9 vars */) = 0
11 100.010000 execve("/usr/bin/setsid", ["setsid", "unshare"], 0x7ff /* 1 var */ <unfinished ...>
12 100.011000 execve("/nowhere/sh", ["sh"], 0x7ff /* 1 var */) = -1 ENOENT (No such file or directory)
11 100.015000 execve("/usr/bin/unshare", ["unshare", "--pid"], 0x7ff /* 1 var */) = 0
12 100.020000 execve("/usr/bin/sh", ["sh", "-c", "echo \\"it\\""], 0x7ff /* 1 var */) = 0
11 100.030000 exit_group(0) = ?
11 100.031000 +++ exited with 0 +++
10 100.050000 exit_group(0) = ?`;
  deepEqual(parseTrace(trace).map(({ what, ms }) => [what, Math.round(ms * 10) / 10]), [
    ["    0.0  deno run", 50],
    ["   10.0  setsid unshare", 5],
    ["   15.0  unshare --pid", 15],
    ['   20.0  sh -c echo \\"it\\"', 30],
  ]);
});
