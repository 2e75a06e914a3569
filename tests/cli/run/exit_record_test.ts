import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { ExitRecord } from "../../../src/cli/run/exit_record.ts";

const exit = (uid: string, container: string, exitCode: number) => ({ uid, container, exitCode });

/** The exits, in order, that are listed as `uid container code`. */
function list(record: ExitRecord): string[] {
  return record.list().map(({ uid, container, exitCode }) => `${uid} ${container} ${exitCode}`);
}

Deno.test("ExitRecord has the last exit of each container, in order", () => {
  const record = new ExitRecord();
  for (const it of [exit("a", "c", 1), exit("b", "c", 2), exit("a", "d", 3), exit("a", "c", 4)]) {
    record.note(it);
  }
  deepEqual(list(record), ["b c 2", "a d 3", "a c 4"]);
});

Deno.test("ExitRecord forgets a Pod, but for the last exit of a container's name", () => {
  const record = new ExitRecord();
  record.note(exit("a", "c", 1));
  record.note(exit("a", "d", 2));
  record.forget("a");
  deepEqual(list(record), ["a c 1", "a d 2"]);
  record.note(exit("b", "c", 3));
  deepEqual(list(record), ["a d 2", "b c 3"]);
});
