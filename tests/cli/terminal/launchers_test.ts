import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { findLaunchers, isDenoTask } from "../../../src/cli/terminal/launchers.ts";
import { readProcess } from "../../../src/cli/terminal/processes.ts";

const chains = [
  ["a person's shell is not watched", [["bash"], ["sshd"]], 0],
  ["deno task", [["deno", "task", "run"], ["bash"], ["sshd"]], 1],
  ["a shell between", [["sh", "-c", "x"], ["/opt/bin/deno", "task", "run"], ["-bash"]], 2],
  ["npx", [["deno", "task", "run"], ["sh", "-c", "deno task"], ["npm exec deno@2.9.6 task run"], [
    "zsh",
  ]], 3],
  ["npm's deno script", [["deno", "task"], ["node", "/x/.bin/deno", "task"], ["sh", "-c", "x"], [
    "node",
    "/usr/bin/npx",
  ], ["bash"]], 4],
  ["an npm script around", [
    ["deno", "task", "run"],
    ["sh", "-c", "deno task run"],
    ["npm run start"],
    ["bash"],
    ["node", "server.js"],
  ], 3],
  ["an editor's node", [["deno", "task", "run"], ["bash"], ["node", "out/server-main.js"]], 1],
  ["deno that is not a task", [["deno", "run", "test.ts", "task"]], 0],
  ["a test runner above", [["deno", "task", "run"], ["deno", "test"], ["deno", "task", "test"]], 1],
] as const;
for (const [name, argvs, count] of chains) {
  Deno.test(`findLaunchers(): ${name}`, () => {
    const ancestors = argvs.map((argv, index) => ({
      pid: 100 - index,
      parentPid: 99 - index,
      startTime: "1",
      argv: argv as readonly string[],
    }));
    deepEqual(findLaunchers(ancestors), ancestors.slice(0, count));
  });
}

Deno.test("isDenoTask() looks behind options", () => {
  equal(isDenoTask(["/usr/bin/deno", "--quiet", "task", "run"]), true);
  equal(isDenoTask(["deno", "run", "task"]), false);
});

Deno.test("readProcess() knows this process, and none of number 0", () => {
  equal(readProcess(Deno.pid)?.parentPid, Deno.ppid);
  equal(readProcess(0), undefined);
});
