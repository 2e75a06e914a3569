import { match, strictEqual as equal, throws } from "node:assert/strict";
import { TimelineFile } from "../../../src/cli/run/timeline_file.ts";
import type { RunEvent } from "../../../src/lifecycle/trace/log_event.ts";
import { CRASH_LOOP, podEvent } from "../../report/timeline/events.ts";

const refused = [
  ["drawing.png", /^--timeline: expected a file that ends in \.html or \.svg, got drawing\.png$/],
  ["no/such.svg", /^--timeline: no\/such\.svg cannot be written: no such file or directory$/],
] as const;
for (const [path, message] of refused) {
  Deno.test(`TimelineFile refuses ${path}`, () => {
    throws(() => new TimelineFile(path, { directory: "/nowhere" }), {
      name: "UsageError",
      message,
    });
  });
}

for (const [name, begin] of [["run.svg", /^<svg /], ["RUN.HTML", /^<!doctype html>/]] as const) {
  Deno.test(`TimelineFile draws ${name} in place of what was there`, async () => {
    const directory = await Deno.makeTempDir();
    await Deno.writeTextFile(`${directory}/${name}`, "x".repeat(1_000_000));
    const file = new TimelineFile(name, { directory, fileMode: 0o600 });
    for (const event of CRASH_LOOP) file.add(event);
    file.add(podEvent(1, "log", { line: "not drawn" }));
    await file.write();
    const text = await Deno.readTextFile(`${directory}/${name}`);
    match(text, begin);
    match(text, /Pod default\/web/);
    equal(/not drawn|xxx/.test(text), false);
    await Deno.remove(directory, { recursive: true });
  });
}

Deno.test("TimelineFile: a page is named by what ran, not by its own file", async () => {
  const directory = await Deno.makeTempDir();
  const titleOf = async (events: readonly RunEvent[]) => {
    const file = new TimelineFile("run.html", { directory });
    for (const event of events) file.add(event);
    await file.write();
    return (await Deno.readTextFile(`${directory}/run.html`)).match(/<h1>(.*)<\/h1>/)?.[1];
  };
  equal(await titleOf([]), "A run without Pods");
  equal(await titleOf(CRASH_LOOP), "Pod default/web");
  const other = {
    ...podEvent(1, "pod.phase", { to: "Running" }),
    pod: "shop/<b>",
    uid: "b",
  } as RunEvent;
  equal(await titleOf([...CRASH_LOOP, other]), "Pod default/web and 1 more");
  equal(await titleOf([other]), "Pod shop/&lt;b&gt;");
  await Deno.remove(directory, { recursive: true });
});
