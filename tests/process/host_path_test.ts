/**
 * What a hostPath shows is what was found at its path, whatever its name, and whatever happens to
 * the path before a start (R-VOL-3).
 */
import { strictEqual as equal } from "node:assert/strict";
import { asOrdinaryUser, canBecomeOrdinary, canSandbox, Place, runPod } from "./support.ts";

for (const user of ["the caller", "an ordinary user"] as const) {
  const test = (name: string, body: (place: Place, folder: string) => Promise<void>) =>
    Deno.test({
      name: `${name}, of ${user}`,
      ignore: !canSandbox || user === "an ordinary user" && !canBecomeOrdinary,
      fn: async () => {
        await using place = await Place.open();
        const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
        await Deno.chmod(folder, 0o777);
        try {
          await body(place, folder);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    });
  const optionsOf = async (place: Place) =>
    user === "the caller" ? {} : await asOrdinaryUser(place);

  for (const name of ["a b", "\u00a0\u1680", "\u1680", "\u2028\ufeff", "#\\134", "x\ty"]) {
    test(
      `a hostPath with the name ${JSON.stringify(name)} shows that folder`,
      async (place, folder) => {
        await Deno.mkdir(`${folder}/${name}`);
        await Deno.writeTextFile(`${folder}/${name}/known`, "right\n");
        const outcome = await runPod(place, {
          ...await optionsOf(place),
          mode: "sandbox",
          spec: { volumes: [{ name: "v", hostPath: { path: `${folder}/${name}` } }] },
          containers: {
            main: { command: ["cat", "/v/known"], volumeMounts: [{ name: "v", mountPath: "/v" }] },
          },
        });
        equal(outcome.of("main").stdout, "right\n", outcome.stderr);
      },
    );
  }

  test(
    "a path that has become a link before a later start shows nothing else",
    async (place, folder) => {
      await Deno.mkdir(`${folder}/dir`);
      await Deno.mkdir(`${folder}/victim`);
      await Deno.writeTextFile(`${folder}/victim/secret`, "the victim's\n");
      await Deno.chmod(`${folder}/dir`, 0o777);
      const swap = `mv ${folder}/dir ${folder}/old && ln -s ${folder}/victim ${folder}/dir`;
      const outcome = await runPod(place, {
        ...await optionsOf(place),
        mode: "sandbox",
        spec: {
          restartPolicy: "Never",
          volumes: [
            { name: "all", hostPath: { path: folder } },
            { name: "dir", hostPath: { path: `${folder}/dir` } },
          ],
          initContainers: [{
            name: "swap",
            image: "busybox",
            command: ["sh", "-c", swap],
            volumeMounts: [{ name: "all", mountPath: folder }],
          }],
        },
        containers: {
          main: { command: ["ls", "/v"], volumeMounts: [{ name: "dir", mountPath: "/v" }] },
        },
        args: ["--timeout", "5s"],
      });
      equal(outcome.of("main").stdout, "", outcome.stderr);
      equal((await Deno.lstat(`${folder}/dir`)).isSymlink, true, "the test has swapped it");
    },
  );

  test("a hostPath into the kernel's trees can be changed no more than those trees", async (place) => {
    const attempts =
      "for file in /ps/kernel/panic_on_oops /s/kernel/mm/ksm/run /s/kernel/uevent_seqnum;" +
      ' do [ ! -e "$file" ] || (: >>"$file") 2>/dev/null && echo "opened $file"; done; ls /ps >/dev/null && echo over';
    const outcome = await runPod(place, {
      ...await optionsOf(place),
      mode: "sandbox",
      spec: {
        volumes: [
          { name: "ps", hostPath: { path: "/proc/sys" } },
          { name: "s", hostPath: { path: "/sys" } },
        ],
      },
      containers: {
        main: {
          command: ["sh", "-c", attempts.replaceAll("$", () => "$$")],
          volumeMounts: [{ name: "ps", mountPath: "/ps" }, { name: "s", mountPath: "/s" }],
        },
      },
    });
    equal(outcome.of("main").stdout, "over\n", outcome.stderr);
  });
}
