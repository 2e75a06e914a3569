/** Programs that are run in a container of a runtime of this machine, with streams. */
import {
  deepStrictEqual as deepEqual,
  match,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import type { ExecRequest, WindowSize } from "../../src/runtime/joined_streams.ts";
import type { RuntimeError } from "../../src/runtime/runtime.ts";
import { plainSecurity } from "../support/runtime_configs.ts";
import { Asked, LEVELS, NEVER } from "./asked.ts";
import { canOpenTerminal } from "./screen.ts";
import { canSandbox, isRoot } from "./support.ts";

const shell = (script: string) => ["sh", "-c", script];
const encode = (text: string) => new TextEncoder().encode(text);

/** What was written, and a place for more of it. */
class Sink {
  text = "";
  /** Undefined while it is open; what it was aborted with. */
  end: "closed" | { readonly error: unknown } | undefined;
  readonly stream: WritableStream<Uint8Array>;
  readonly #waits = new Set<() => void>();

  constructor() {
    const decoder = new TextDecoder();
    this.stream = new WritableStream({
      write: (chunk) => {
        this.text += decoder.decode(chunk, { stream: true });
        for (const look of this.#waits) look();
      },
      close: () => void (this.end = "closed"),
      abort: (error) => void (this.end = { error }),
    });
  }

  /** Resolves once it contains the text. */
  async shows(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => void (this.text.includes(text) && resolve());
    this.#waits.add(look);
    look();
    await promise;
    this.#waits.delete(look);
  }
}

/** Runs a program to its end. */
async function run(
  { runtime }: Asked,
  containerId: string,
  command: readonly string[],
  request: Partial<ExecRequest> = {},
): Promise<readonly [exitCode: number, stdout: string, stderr: string]> {
  const [out, err] = [new Sink(), new Sink()];
  const streams = { stdout: out.stream, stderr: err.stream };
  const { exitCode } = await runtime.exec(
    containerId,
    { command, ...streams, ...request },
    NEVER,
  );
  if (request.stdout === undefined) equal(out.end, "closed");
  equal(err.end, "closed");
  return [exitCode, out.text, err.text];
}

/** A stream that a test fills. */
function source<T>(...first: readonly T[]) {
  const { readable, writable } = new TransformStream<T, T>(
    {},
    { highWaterMark: 16 },
    { highWaterMark: 16 },
  );
  const writer = writable.getWriter();
  for (const it of first) void writer.write(it);
  return { readable, writer };
}

/** Processes of this machine whose arguments contain a text. */
function processesWith(text: string): readonly string[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const line = Deno.readTextFileSync(`/proc/${name}/cmdline`);
      return line.includes(text) ? [line] : [];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}

for (const level of LEVELS) {
  const ignore = level === "sandbox" && !canSandbox;
  const test = (name: string, fn: (asked: Asked) => Promise<void>, more = false) =>
    Deno.test({
      name: `exec: ${name} (${level})`,
      ignore: ignore || more,
      async fn() {
        await using asked = await Asked.open(level);
        await fn(asked);
      },
    });

  test("a program has the container's variables and directory, and both outputs", async (asked) => {
    const id = await asked.start("exec sleep 1000", {
      env: [["PATH", "/usr/bin:/bin"], ["WORD", "it's $here"]],
      workingDir: "/tmp",
    });
    deepEqual(await run(asked, id, shell('echo "$WORD"; pwd; echo no >&2; exit 3')), [
      3,
      "it's $here\n/tmp\n",
      "no\n",
    ]);
    const inner = await run(asked, id, shell("readlink /proc/self/ns/pid /proc/1/ns/pid"));
    const [own, first] = inner[1].split("\n");
    if (level === "sandbox") equal(own, first);
    // What is not taken is discarded.
    const { exitCode } = await asked.runtime.exec(id, { command: shell("echo 1; exit 4") }, NEVER);
    equal(exitCode, 4);
  });

  test("input arrives while output goes, and its end is passed on", async (asked) => {
    const id = await asked.start("exec sleep 1000");
    const out = new Sink();
    const { readable, writer } = source<Uint8Array>(encode("one\n"));
    const ended = run(asked, id, ["cat"], { stdin: readable, stdout: out.stream });
    await out.shows("one\n");
    await writer.write(encode("two\n"));
    await out.shows("two\n");
    await writer.close();
    deepEqual((await ended)[0], 0);
    const large = new Blob([new Uint8Array(1 << 20)]).stream();
    equal((await run(asked, id, ["wc", "-c"], { stdin: large }))[1].trim(), String(1 << 20));
  });

  test("a program that reads no more does not wait for its input", async (asked) => {
    const id = await asked.start("exec sleep 1000");
    const cancelled = Promise.withResolvers<void>();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1 << 16)),
      cancel: () => cancelled.resolve(),
    });
    deepEqual(await run(asked, id, shell("head -c 3 | wc -c"), { stdin: endless }), [0, "3\n", ""]);
    await cancelled.promise;
    const silent = source<Uint8Array>();
    deepEqual(await run(asked, id, ["true"], { stdin: silent.readable }), [0, "", ""]);
    deepEqual(await run(asked, id, ["cat"]), [0, "", ""]);
  });

  test("exit codes are those of the program, of a shell, and of signals", async (asked) => {
    const id = await asked.start("exec sleep 1000");
    const rows: readonly [script: string, exitCode: number][] = [
      ["exit 0", 0],
      ["/dev/null", 126],
      ["no-such-program", 127],
      ["kill -9 $$", 137],
      ["kill -TERM $$", 143],
    ];
    for (const [script, exitCode] of rows) {
      equal((await run(asked, id, shell(script)))[0], exitCode, script);
    }
  });

  test("what cannot be executed is refused", async (asked) => {
    const id = await asked.start("exec sleep 1000");
    const refuses = (command: readonly string[], why: RegExp, request: Partial<ExecRequest> = {}) =>
      rejects(run(asked, id, command, request), (error: RuntimeError) => {
        equal(error.reason, "StartError");
        match(error.message, why);
        return true;
      });
    const missing = /process: exec: "no-such-program": executable file not found in \$PATH$/;
    await refuses(["no-such-program"], missing);
    if (canOpenTerminal) await refuses(["no-such-program"], missing, { tty: true });
    await refuses(["/dev/null"], /process: exec: "\/dev\/null": permission denied$/);
    await refuses([], /process: args must not be empty$/);
    await refuses(["echo", "a\0b"], /nul byte/i);
    const out = new Sink();
    await rejects(run(asked, id, ["no-such-program"], { stdout: out.stream }), (error) => {
      deepEqual(out.end, { error });
      return true;
    });
  });

  test("a container that does not run is refused", async (asked) => {
    const refuses = (id: string, reason: string) =>
      rejects(run(asked, id, ["true"]), { name: "RuntimeError", reason });
    await refuses("unknown", "NotFound");
    const created = await asked.create("exec sleep 1000");
    await refuses(created, "NotRunning");
    await asked.runtime.startContainer(created);
    await asked.runtime.signalContainer(created, "SIGKILL");
    await asked.exitOf(created);
    await refuses(created, "NotRunning");
  });

  test("a program ends with its container, by SIGKILL", async (asked) => {
    const id = await asked.start("exec sleep 1000");
    const out = new Sink();
    const ended = run(asked, id, shell("echo up; exec sleep 1000"), { stdout: out.stream });
    await out.shows("up\n");
    await asked.runtime.signalContainer(id, "SIGKILL");
    equal((await ended)[0], 137);
    equal(out.end, "closed");
  });

  test("nothing is left of what is aborted, or of a client that is gone", async (asked) => {
    const id = await asked.start("exec sleep 1000");
    const trace = `1000.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    // In a session of its own, with all streams closed.
    const script = `setsid sleep ${trace} <&- >&- 2>&- & echo up; sleep ${trace} & wait`;
    const gone = new Error("gone");
    const stop = new AbortController();
    const ways: readonly [Partial<ExecRequest>, (sink: Sink) => unknown][] = [
      [{}, () => stop.abort(gone)],
      [{
        stdout: new WritableStream({
          write: () => {
            throw gone;
          },
        }),
      }, () => {}],
      [{ stdin: new ReadableStream({ pull: () => Promise.reject(gone) }) }, () => {}],
    ];
    for (const [request, act] of ways) {
      const out = new Sink();
      const running = asked.runtime.exec(
        id,
        { command: shell(script), stdout: out.stream, ...request },
        request.stdout || request.stdin ? NEVER : stop.signal,
      );
      const failed = rejects(running, gone);
      if (!request.stdout && !request.stdin) await out.shows("up\n");
      act(out);
      await failed;
      if (request.stdout === undefined) deepEqual(out.end, { error: gone });
      deepEqual(processesWith(trace), []);
    }
    await rejects(asked.runtime.exec(id, { command: ["true"] }, stop.signal), gone);
    deepEqual(await run(asked, id, ["true"]), [0, "", ""]);
  });

  test("a terminal has a size that follows, and takes keys and the end", async (asked) => {
    const id = await asked.start("exec sleep 1000");
    const out = new Sink();
    const keys = source<Uint8Array>();
    const sizes = source<WindowSize>({ rows: 10, columns: 20 });
    const script = `trap changed=1 WINCH; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo "all $TERM"
echo to the error output >&2; echo to the session >/dev/tty
until [ "$(stty size)" = "10 20" ]; do sleep 0.01; done; changed=
echo sized; until [ "$changed" ]; do sleep 0.01; done; stty size
while read -r line; do echo "got $line"; done; echo ended; exit 5`;
    const ended = run(asked, id, shell(script), {
      tty: true,
      stdin: keys.readable,
      stdout: out.stream,
      resize: sizes.readable,
    });
    await out.shows("sized\r\n");
    await sizes.writer.write({ rows: 30, columns: 40 });
    await out.shows("30 40\r\n");
    await keys.writer.write(encode("key\n"));
    await out.shows("got key\r\n");
    await keys.writer.close();
    const [exitCode, , stderr] = await ended;
    deepEqual([exitCode, stderr], [5, ""]);
    match(out.text, /^all xterm\r\nto the error output\r\nto the session\r\n/);
    ok(out.text.endsWith("ended\r\n"));
  }, !canOpenTerminal);

  test("a terminal hangs up on what is aborted, and the last output is read", async (asked) => {
    const id = await asked.start("exec sleep 1000");
    const [, text] = await run(asked, id, ["seq", "20000"], { tty: true });
    ok(text.endsWith("19999\r\n20000\r\n"));
    const trace = `1000.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    const out = new Sink();
    const stop = new AbortController();
    const running = asked.runtime.exec(
      id,
      { command: shell(`echo up; sleep ${trace}`), stdout: out.stream, tty: true },
      stop.signal,
    );
    const failed = rejects(running, { name: "AbortError" });
    await out.shows("up\r\n");
    stop.abort();
    await failed;
    deepEqual(processesWith(trace), []);
  }, !canOpenTerminal);
}

Deno.test({
  name: "exec: a program has the container's user, who may open the streams by name",
  ignore: !canSandbox || !isRoot,
  async fn() {
    await using asked = await Asked.open("sandbox");
    const security = { ...plainSecurity, user: { uid: 4242, gid: 4343, groups: [] } };
    const id = await asked.start("exec sleep 1000", { security });
    const stdin = new Blob(["in\n"]).stream();
    const script = "id -u; id -g; cat /dev/stdin >/dev/stdout; echo err >/dev/stderr";
    deepEqual(await run(asked, id, shell(script), { stdin }), [0, "4242\n4343\nin\n", "err\n"]);
  },
});
