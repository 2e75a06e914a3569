import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { parsePercent, scaleIntOrPercent } from "../../src/api/int_or_percent.ts";

Deno.test("scaleIntOrPercent() counts stay, shares are rounded as asked", () => {
  const rows = [
    [2, 10, "up", 2],
    ["25%", 10, "up", 3],
    ["25%", 10, "down", 2],
    ["0%", 10, "up", 0],
    ["150%", 4, "down", 6],
  ] as const;
  for (const [value, total, rounding, expected] of rows) {
    deepEqual(scaleIntOrPercent(value, total, rounding), expected, `${value} of ${total}`);
  }
});

Deno.test("parsePercent() digits and a percent sign alone", () => {
  deepEqual(["5%", "%", "1.5%", "-1%", "5", "5%%"].map(parsePercent), [
    5,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
