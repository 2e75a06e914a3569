/** A program's environment is what the manifest gives, and acts on the program alone. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  canRun,
  canSandbox,
  exists,
  MODES,
  Place,
  processes,
  read,
  runPod,
  startPod,
  until,
} from "./support.ts";

/** Prints its own environment as the kernel got it, one variable a line, line breaks as `\n`. */
const PRINT = [
  "perl",
  "-e",
  'open F, "/proc/self/environ"; $_ = join "", <F>; s/\\n/\\\\n/g; tr/\\0/\\n/; print',
];

const odd: readonly { readonly name: string; readonly value: string }[] = [
  { name: "tls.crt", value: "dots" },
  { name: "a-b", value: "dash" },
  { name: "EMPTY", value: "" },
  { name: "LINES_OF_TEXT", value: "one\ntwo\n\nthree\n" },
  { name: "BLANKS", value: "  two  blanks\tand a tab  " },
  { name: "QUOTES", value: `'single' "double" \`back\` $HOME \${HOME} $(id) \\n \\` },
  { name: "EQUALS", value: "a=b=c" },
  { name: "P0", value: "a name that carries others" },
  { name: "P1", value: "another" },
  { name: "UNICODE", value: "größe ☃" },
  { name: "with blank", value: "x" },
  { name: "with'quote\"#$\\name", value: "y" },
  { name: "1digit", value: "z" },
  { name: "#hash", value: "h" },
  { name: "-S", value: "no option" },
  { name: "--", value: "no end of options" },
  { name: "_", value: "underscore" },
  { name: "PWD", value: "/not/here" },
  { name: "OLDPWD", value: "/nor/there" },
  { name: "SHLVL", value: "41" },
  { name: "IFS", value: "/" },
  { name: "PS4", value: "+$(id)" },
  { name: "LC_ALL", value: "tlh_KX" },
  { name: "LARGE", value: "x".repeat(100_000) },
];

for (const mode of MODES) {
  Deno.test({
    name: `the environment is exactly the manifest's, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const { PATH, HOME } = { PATH: "/usr/bin:/bin", HOME: "/nowhere" };
      const outcome = await runPod(place, {
        mode,
        containers: {
          odd: {
            command: PRINT.map((word) => word.replaceAll("$", () => "$$")),
            // A value is expanded unless its references are escaped.
            env: [
              { name: "PATH", value: PATH },
              { name: "HOME", value: HOME },
              ...odd.map((it) => (
                { ...it, value: it.value.replaceAll("$", () => "$$") }
              )),
            ],
          },
          bare: { command: PRINT.map((word) => word.replaceAll("$", () => "$$")) },
        },
        env: { CALLERS_OWN: "secret" },
      });
      const wanted = [
        `PATH=${PATH}`,
        `HOME=${HOME}`,
        ...odd.map(({ name, value }) => `${name}=${value.replaceAll("\n", "\\n")}`),
      ];
      const lines = outcome.of("odd").stdout.trimEnd().split("\n");
      equal(outcome.of("odd").exitCode, 0, outcome.stderr + outcome.of("odd").message);
      const given = lines.filter((line) => !/^(HOSTNAME=|KUBERNETES_)/.test(line));
      deepEqual(given.sort(), wanted.sort());
      const names = outcome.of("bare").stdout.trimEnd().split("\n").map((it) => it.split("=")[0]);
      deepEqual(names.filter((it) => !it?.startsWith("KUBERNETES_")).sort(), [
        "HOME",
        "HOSTNAME",
        "PATH",
      ]);
    },
  });
}

/**
 * Variables that make a loader, a shell or a C library do something, and what shows that it has.
 */
for (const mode of MODES) {
  Deno.test({
    name: `variables with a meaning touch the program alone, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const trap = `${place.work}/trap`;
      await Deno.writeTextFile(trap, `echo sprung >>${place.work}/sprung\n`);
      const value = (name: string, value: string) => ({ name, value });
      const outcome = await runPod(place, {
        mode,
        containers: {
          loader: {
            command: ["/bin/true"],
            env: [
              value("LD_PRELOAD", "/no-such-library.so"),
              value("LD_LIBRARY_PATH", "/no-such-folder"),
              value("LOCPATH", "/no-such-folder"),
            ],
          },
          // The dynamic loader writes a file for each program that it loads.
          traced: {
            command: ["/bin/true"],
            env: [value("LD_DEBUG", "files"), value("LD_DEBUG_OUTPUT", `${place.work}/debug`)],
          },
          shell: {
            command: ["/bin/true"],
            env: [value("ENV", trap), value("BASH_ENV", trap), value("PATH", place.work)],
          },
          path: { command: ["true"], env: [value("PATH", "/nowhere:/usr/bin")] },
        },
      });
      const { stderr, exitCode } = outcome.of("loader");
      equal(exitCode, 0);
      equal(stderr.match(/no-such-library/g)?.length, 1, stderr);
      equal(outcome.of("path").exitCode, 0, outcome.of("path").message);
      deepEqual(
        [...Deno.readDirSync(place.work)].map(({ name }) => name.replace(/\d+$/, "")).sort(),
        [
          "debug.",
          "trap",
        ],
      );
    },
  });
}

for (const mode of MODES) {
  Deno.test({
    name: `values are never arguments, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const secret = `secret-${crypto.randomUUID()}`;
      const env = [{ name: "S", value: secret }, { name: "LD_LIBRARY_PATH", value: `/${secret}` }];
      const containers = Object.fromEntries(
        Array.from({ length: 8 }, (_, index) => [`c${index}`, { command: ["true"], env }]),
      );
      const child = await startPod(place, { mode, containers });
      let over = false;
      const ended = child.output().finally(() => over = true);
      const seen = new Set<string>();
      let looks = 0;
      while (!over) {
        for (const pid of processes()) {
          const line = read(`/proc/${pid}/cmdline`);
          if (line.includes(place.folder)) looks++;
          if (line.includes(secret)) seen.add(line.replaceAll("\0", " "));
        }
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      equal((await ended).code, 0);
      deepEqual([...seen], []);
      equal(looks > 0, true);
    },
  });
}

for (const mode of MODES) {
  Deno.test({
    name: `descriptors, mask, limits and session are its own, ${mode}`,
    ignore: !canRun(mode),
    fn: async () => {
      await using place = await Place.open();
      const outcome = await runPod(place, {
        mode,
        containers: {
          main: {
            command: [
              "perl",
              "-e",
              // readdir's own descriptor is the highest.
              'opendir D, "/proc/self/fd"; print join(",", sort grep /\\d/, readdir D), "\\n";' +
              'printf "%o\\n", umask; open P, "/proc/self/stat"; print join(" ", (split " ", <P>)[0, 4, 5]), "\\n";' +
              'open L, "/proc/self/limits"; print grep /open files/, <L>;' +
              'print scalar <STDIN> // "end of file", "\\n";' +
              'open S, "/proc/self/status"; print grep /Sig(Ign|Blk)/, <S>;',
            ],
          },
        },
        // The caller leaves a descriptor open and ignores a signal.
        prefix: ["sh", "-c", "umask 077; trap '' USR1; exec \"$@\" 7</dev/zero 8>/dev/null", "sh"],
      });
      const { stdout } = outcome.of("main");
      const [descriptors, mask, session, limits, input, ...signals] = stdout.trimEnd().split("\n");
      deepEqual([descriptors, mask, input], ["0,1,2,3", "22", "end of file"]);
      const [pid, group, leader] = session!.split(" ");
      deepEqual([group, leader], [pid, pid], "it leads its group and its session");
      equal(limits!.split(/ {2,}/)[1], "1024");
      // 32 and 33 are the C library's own, 8 is Perl's.
      const masks = signals.map((line) =>
        BigInt(`0x${line.split("\t")[1]}`) & ~(3n << 31n | 1n << 7n)
      );
      deepEqual(masks, [0n, 0n]);
    },
  });
}

Deno.test({
  name: "a secret file is in memory, and not in the writable layer",
  ignore: !canSandbox,
  fn: async () => {
    await using place = await Place.open();
    const secret = `secret-${crypto.randomUUID()}`;
    const child = await startPod(place, {
      objects: [{
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "s" },
        stringData: { "tls.key": secret },
      }],
      spec: { volumes: [{ name: "s", secret: { secretName: "s", defaultMode: 0o400 } }] },
      containers: {
        main: {
          command: ["sh", "-c", "cat /s/tls.key; touch read; exec sleep 1000", place.token],
          volumeMounts: [{ name: "s", mountPath: "/s" }],
        },
      },
      args: ["--until=Ready"],
    });
    const ended = child.output();
    await until(() => read(`${place.folder}/data/runs`) === "" && exists(`${place.work}/read`));
    // The log holds what the container printed; nothing else on the disk does.
    const found = await new Deno.Command("grep", {
      args: ["-rl", "--exclude-dir=logs", secret, `${place.folder}/data`],
    }).output();
    equal(new TextDecoder().decode(found.stdout), "");
    await ended;
  },
});
