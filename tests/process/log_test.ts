/** Container logs on disk, as they are beside a real container. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { Place, read, runPod } from "./support.ts";

Deno.test("a log that has grown large is rotated, and nothing of it is lost", async () => {
  await using place = await Place.open();
  const count = 600_000;
  const outcome = await runPod(place, {
    containers: { main: { command: ["seq", String(count)] } },
    args: [`--log-dir=${place.folder}/logs`],
  });
  equal(outcome.code, 0, outcome.stderr);
  const [pod] = [...Deno.readDirSync(`${place.folder}/logs`)];
  const folder = `${place.folder}/logs/${pod!.name}/main`;
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  match(names.join(" "), /^0\.log 0\.log\.\d{8}-\d{6} 0\.log\.\d{8}-\d{6}$/);
  const [newest = "", ...older] = names.map((name) => `${folder}/${name}`);
  for (const path of older) equal(Deno.statSync(path).size >= 10 << 20, true);
  const lines = [...older, newest].flatMap((path) => read(path).trimEnd().split("\n"));
  deepEqual([lines.length, lines.at(-1)?.split(" ").at(-1)], [count, String(count)]);
});

Deno.test("a log that cannot be written is reported once, and the container runs on", async () => {
  await using place = await Place.open();
  const outcome = await runPod(place, {
    containers: {
      main: {
        // The log of the second run is a directory that the first has made.
        command: [
          "sh",
          "-c",
          `if [ -e again ]; then echo said; else
          : >again; cd ${place.folder}/logs/*/main && mkdir 1.log; exit 1; fi`,
        ],
      },
    },
    mode: "process",
    spec: { restartPolicy: "OnFailure" },
    args: [`--log-dir=${place.folder}/logs`],
  });
  equal(outcome.of("main").stdout, "said\n");
  match(outcome.stderr, /^podling: Cannot open \S+\/main\/1\.log: File exists .*is lost\n$/);
  equal(outcome.code, 0);
});
