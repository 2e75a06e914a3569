/** A place for a first container where the machine refuses a part of it. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { RunContext } from "../../../src/runtime/linux/run_context.ts";
import { SparePlace, type SpareSite } from "../../../src/runtime/linux/spare_place.ts";
import { RuntimeError } from "../../../src/runtime/runtime.ts";
import { sandboxConfigOf } from "../../support/runtime_configs.ts";

Deno.test("a place whose frame is not whole is not handed out", async () => {
  // All that is asked for before anything enters.
  const context = {
    level: "sandbox",
    newPlace: () => ({ id: "c1", folder: "/nowhere", writable: "/nowhere" }),
    views: {
      get base(): never {
        throw new RuntimeError("CreateContainerError", "No space left on device");
      },
    },
  } as unknown as RunContext;
  const config = sandboxConfigOf({ shareProcessNamespace: true });
  await using spare = new SparePlace(context, { config } as SpareSite);
  deepEqual(spare.take(), undefined);
});
