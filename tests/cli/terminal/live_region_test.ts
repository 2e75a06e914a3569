import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { LiveRegion } from "../../../src/cli/terminal/live_region.ts";

/** As much of a terminal as the region steers. */
class Screen {
  readonly rows: string[] = [""];
  terminal = true;
  colour = false;
  columns = 40;

  write(bytes: Uint8Array): Promise<number> {
    const text = new TextDecoder().decode(bytes);
    // deno-lint-ignore no-control-regex
    for (const [part, up] of text.matchAll(/\x1b\[(\d+)A|\x1b\[J|[^]/g)) {
      if (up !== undefined) this.rows.length -= Number(up);
      else if (part === "\x1b[J") this.rows[this.rows.length - 1] = "";
      else if (part === "\n") this.rows.push("");
      else if (part !== "\r") this.rows[this.rows.length - 1] += part;
    }
    return Promise.resolve(bytes.length);
  }
}

const encode = (text: string) => new TextEncoder().encode(text);

function open() {
  const screen = new Screen();
  const shown = { lines: ["one", "two"] };
  const region = new LiveRegion({
    target: screen,
    columns: () => screen.columns,
    lines: () => shown.lines,
    isTicking: () => false,
  });
  return { screen, shown, region, stdout: region.share(screen) };
}

Deno.test("output scrolls above the lines", async () => {
  const { screen, shown, region, stdout } = open();
  await stdout.write(encode("first\n"));
  deepEqual(screen.rows, ["first", "one", "two", ""]);
  shown.lines = ["three"];
  await stdout.write(encode("second\n"));
  deepEqual(screen.rows, ["first", "second", "three", ""]);
  await region.close();
  deepEqual(screen.rows, ["first", "second", ""]);
  await stdout.write(encode("third\n"));
  deepEqual(screen.rows, ["first", "second", "third", ""]);
});

Deno.test("what a shell has written below the lines is not overwritten", async () => {
  const { screen, region, stdout } = open();
  await stdout.write(encode("first\n"));
  await screen.write(encode("$ fg\n"));
  region.leave();
  await stdout.write(encode("second\n"));
  deepEqual(screen.rows, ["first", "one", "two", "$ fg", "second", "one", "two", ""]);
  await region.close();
});

Deno.test("a process that was stopped learns of it before it overwrites anything", async () => {
  const { screen, region, stdout } = open();
  await stdout.write(encode("first\n"));
  region.change();
  // Later than the lines are drawn, as a signal is noticed.
  const left = Promise.withResolvers<void>();
  setTimeout(() => {
    region.leave();
    left.resolve();
  }, 110);
  await screen.write(encode("$ fg\n"));
  const end = performance.now() + 450;
  while (performance.now() < end);
  await left.promise;
  await stdout.write(encode("second\n"));
  deepEqual(screen.rows.slice(0, 4), ["first", "one", "two", "$ fg"]);
  await region.close();
});

Deno.test("a line of output that has not ended is not broken", async () => {
  const { screen, region, stdout } = open();
  await stdout.write(encode("half "));
  deepEqual(screen.rows, ["half "]);
  await stdout.write(encode("a line\n"));
  deepEqual(screen.rows, ["half a line", "one", "two", ""]);
  await region.close();
});

Deno.test("writes of two streams do not mix with the lines", async () => {
  const { screen, region, stdout } = open();
  const stderr = region.share(screen);
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 ? stdout : stderr).write(encode(`${i}\n`))),
  );
  deepEqual(screen.rows, [...Array.from({ length: 20 }, (_, i) => String(i)), "one", "two", ""]);
  await region.close();
});

Deno.test("a terminal that has become narrower is cleared as far as it was broken", async () => {
  const { screen, shown, region, stdout } = open();
  shown.lines = ["a line of thirty characters ..."];
  await stdout.write(encode("first\n"));
  screen.columns = 20;
  // The terminal breaks what stands on it.
  screen.rows.splice(1, 1, "a line of thirty cha", "racters ...");
  shown.lines = ["short"];
  await stdout.write(encode("second\n"));
  deepEqual(screen.rows, ["first", "second", "short", ""]);
  await region.close();
});

Deno.test("lines change by themselves, and are drawn together", async () => {
  const { screen, shown, region } = open();
  const drawn = Promise.withResolvers<void>();
  const write = screen.write.bind(screen);
  screen.write = (bytes) => {
    drawn.resolve();
    return write(bytes);
  };
  shown.lines = ["zero"];
  for (let i = 1; i <= 3; i++) {
    shown.lines = [`at ${i}`];
    region.change();
  }
  await drawn.promise;
  await region.close();
  equal(screen.rows.join(), "");
});
