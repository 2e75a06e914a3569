/** What keeps a run going. */
import { deepStrictEqual as deepEqual, match } from "node:assert/strict";
import type { KubernetesObject } from "../../../src/api/types/kinds.ts";
import { describeLasting } from "../../../src/cli/manifest/lasting_objects.ts";

const object = (kind: string) => ({ kind, metadata: { name: "a" } }) as unknown as KubernetesObject;

Deno.test("describeLasting() names the first object that does not end by itself", () => {
  deepEqual(describeLasting([]), []);
  deepEqual(describeLasting([object("Job")]), []);
  const lines = describeLasting([object("Job"), object("StatefulSet"), object("CronJob")]);
  match(
    lines.join(),
    /^StatefulSet a keeps this run going until Ctrl-C; to change it with kubectl .*$/,
  );
});
