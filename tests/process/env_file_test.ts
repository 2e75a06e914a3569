/** Variables from files that other containers of the pod have written (R-ENV-7). */
import { match, strictEqual as equal } from "node:assert/strict";
import { Place, runPod, USERS } from "./support.ts";

/** For no other user to read, and beside it what leads elsewhere. */
const WRITE = `
umask 077
printf '%s\\n' '# all of it' "A='1'" "B='two
lines'" "LATE=" >/v/vars.env
mkdir /v/sub && ln -s /vars.env /v/sub/link && ln -s /etc/passwd /v/sub/out && mkfifo /v/sub/fifo
cp /v/vars.env /m/vars.env
`;

function variable(name: string, volumeName: string, path: string, key: string, optional = false) {
  return { name, valueFrom: { fileKeyRef: { volumeName, path, key, optional } } };
}

const initContainers = [{
  name: "write",
  image: "none",
  command: ["sh", "-c", WRITE],
  volumeMounts: [{ name: "v", mountPath: "/v" }, { name: "m", mountPath: "/m" }],
}];
const volumes = [
  { name: "v", emptyDir: {} },
  { name: "m", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
];

for (const user of USERS) {
  Deno.test({
    name: `R-ENV-7: fileKeyRef reads what an init container wrote, of ${user.name}`,
    ignore: user.ignore,
    fn: async () => {
      await using place = await Place.open();
      const outcome = await runPod(place, {
        ...await user.as(place),
        containers: {
          c: {
            command: ["sh", "-c", 'echo "A=$A B=$B M=$M LINK=$LINK"'],
            env: [
              variable("A", "v", "vars.env", "A"),
              variable("B", "v", "/vars.env", "B"),
              variable("M", "m", "vars.env", "A"),
              variable("LINK", "v", "sub/link", "A"),
            ],
          },
        },
        spec: { initContainers, volumes },
      });
      equal(outcome.of("c").stdout, "A=1 B=two\nlines M=1 LINK=1\n", outcome.stderr);
      equal(outcome.code, 0);
    },
  });
}

const refused: readonly [name: string, variable: unknown, error: RegExp, log: RegExp][] = [
  [
    "a missing file, although optional",
    variable("A", "v", "none.env", "A", true),
    /couldn't parse env file/,
    /none\.env: no such file or directory/,
  ],
  [
    "a malformed line before the key, although optional",
    variable("A", "v", "vars.env", "NONE", true),
    /couldn't parse env file/,
    /at line 5: value must be enclosed in single quotes/,
  ],
  [
    "a file outside of the volume",
    variable("A", "v", "sub/out", "A"),
    /couldn't parse env file/,
    /not a directory|no such file/,
  ],
  [
    "a FIFO",
    variable("A", "v", "sub/fifo", "A"),
    /couldn't parse env file/,
    /not a regular file/,
  ],
];
const { ignore } = USERS[0]!;
for (const [name, env, error, log] of refused) {
  Deno.test({
    name: `R-ENV-7, R-FOLK-26: fileKeyRef refuses ${name}`,
    ignore,
    fn: async () => {
      await using place = await Place.open();
      const outcome = await runPod(place, {
        containers: { c: { command: ["true"], env: [env] } },
        spec: { initContainers, volumes },
      });
      equal(outcome.code, 125);
      equal(outcome.of("c").started, false);
      match(outcome.stderr, error);
      match(outcome.stderr, log);
    },
  });
}
