import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { Pod } from "../../../src/api/types/pod.ts";
import { VirtualClock } from "../../../src/base/clock.ts";
import { Output, type OutputOptions } from "../../../src/cli/output/output.ts";
import type { LogEvent } from "../../../src/lifecycle/trace/log_event.ts";

const UTF8 = new TextEncoder();

/** Takes bytes when it is allowed to. */
class Reader {
  text = "";
  writes = 0;
  #gate = Promise.resolve();
  #open: () => void = () => {};
  terminal = false;
  colour = false;

  async write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    const taken = bytes.slice();
    await this.#gate;
    this.text += new TextDecoder().decode(taken);
    return bytes.length;
  }

  stop(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#open = resolve;
  }

  goOn(): void {
    this.#open();
    this.#gate = Promise.resolve();
  }
}

function pod(name: string, containers: string[], inits: Pod["spec"]["initContainers"] = []): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", uid: `uid-${name}` },
    spec: { containers: containers.map((name) => ({ name })), initContainers: inits },
  };
}

/** An output whose containers all run, by default. */
function start(
  pods: Pod[],
  options: Partial<OutputOptions> = {},
  { running = true, screen }: { running?: boolean; screen?: string } = {},
) {
  const stdout = new Reader();
  const stderr = new Reader();
  const failures: unknown[] = [];
  const output = new Output({
    format: "text",
    quiet: false,
    prefix: "auto",
    stdout,
    stderr,
    clock: new VirtualClock(),
    onFailed: (target, error) => failures.push([target, error]),
    ...options,
  }, { pods });
  for (const pod of pods) {
    output.add(pod, screen);
    if (!running) continue;
    for (const { name } of [...pod.spec.initContainers ?? [], ...pod.spec.containers]) {
      output.onEvent(started(name, pod));
    }
  }
  const print = (name: string, text: string, stream: "stdout" | "stderr" = "stdout") =>
    output.onOutput({ podUid: pods[0]!.metadata.uid!, name, stream, chunk: UTF8.encode(text) });
  return { output, stdout, stderr, failures, print };
}

function started(container: string, { metadata }: Pod = pod("p", [])): LogEvent {
  return {
    type: "container.started",
    at: 0,
    pod: `default/${metadata.name}`,
    uid: metadata.uid!,
    message: `${container} container.started`,
    container,
    role: "app",
    pid: 1,
    restartCount: 0,
    startMs: 1,
    because: "b",
    rule: "R-ACT-1",
  };
}

/** What was said beside that containers started. */
const withoutStarts = (text: string) => text.replace(/^.*container\.started.*\n/gm, "");

function event(type: "container.exited" | "container.killing", container: string): LogEvent {
  const base = { at: 12.3456, pod: "default/p", uid: "uid-p", message: `${container} ${type}` };
  const why = {
    container,
    role: "app",
    because: "b",
    rule: "R-ACT-1",
    reason: "Completed",
  } as const;
  return type === "container.exited"
    ? { ...base, ...why, type, exitCode: 0, restartCount: 0, durationMs: 5 }
    : { ...base, ...why, type, signal: "SIGTERM", graceSeconds: 30 };
}

Deno.test("one container: bytes pass through unchanged", async () => {
  const { output, stdout, stderr, print } = start([pod("p", ["web"])]);
  await print("web", "a\r\nb");
  await print("web", "\0c");
  await print("web", "err", "stderr");
  await output.close("reader");
  equal(stdout.text, "a\r\nb\0c");
  equal(withoutStarts(stderr.text), "err");
});

Deno.test("several containers: whole lines with prefixes, each on its own stream", async () => {
  const { output, stdout, stderr, print } = start([pod("p", ["web"], [{ name: "prep" }])]);
  await print("prep", "one\ntw");
  await print("web", "x\n");
  await print("web", "e\n", "stderr");
  await print("prep", "o\nrest");
  output.onEvent(event("container.exited", "prep"));
  await output.close("reader");
  equal(stdout.text, "[prep] one\n[web] x\n[prep] two\n[prep] rest\n");
  match(withoutStarts(stderr.text), /^\[web\] e\n {3}0\.012s {2}prep {2}prep container\.exited\n$/);
});

Deno.test("--prefix never keeps lines whole; always prefixes the only container", async () => {
  const never = start([pod("p", ["a", "b"])], { prefix: "never" });
  await never.print("a", "1");
  await never.print("b", "2\n");
  await never.print("a", "1\n");
  await never.output.close("reader");
  equal(never.stdout.text, "2\n11\n");
  const always = start([pod("p", ["a"])], { prefix: "always" });
  await always.print("a", "1\n\n2");
  await always.output.close("reader");
  equal(always.stdout.text, "[a] 1\n[a] \n[a] 2\n");
});

Deno.test("containers of one name in several pods are distinguished", async () => {
  const { output, stdout, print } = start([pod("p", ["web"]), pod("q", ["web"])]);
  await print("web", "x\n");
  await output.close("reader");
  equal(stdout.text, "[p/web] x\n");
});

Deno.test("ndjson: one object a line, log lines before the exit, nothing on standard error", async () => {
  const { output, stdout, stderr, print } = start([pod("p", ["web"])], { format: "ndjson" });
  await print("web", 'plain $& é\n"quoted" \u001b\\\n\npart');
  await print("web", "err\n", "stderr");
  output.onEvent(event("container.exited", "web"));
  await output.close("reader");
  const lines = withoutStarts(stdout.text).trimEnd().split("\n").map((it) => JSON.parse(it));
  deepEqual(lines.map((it) => [it.type, it.stream, it.line, it.partial]), [
    ["log", "stdout", "plain $& é", false],
    ["log", "stdout", '"quoted" \u001b\\', false],
    ["log", "stdout", "", false],
    ["log", "stderr", "err", false],
    ["log", "stdout", "part", true],
    ["container.exited", undefined, undefined, undefined],
  ]);
  const { time, at, pod: name, uid, message, container, role } = lines[0];
  deepEqual([time, at, name, uid, container, role], [
    "2026-01-01T00:00:00.000000Z",
    0,
    "default/p",
    "uid-p",
    "web",
    "app",
  ]);
  equal(typeof message, "string");
  deepEqual([lines[5].time, lines[5].at], ["2026-01-01T00:00:00.012346Z", 12.346]);
  equal(stderr.text, "");
});

Deno.test("ndjson: output that comes early waits for its start, and no later line is older", async () => {
  const clock = new VirtualClock();
  const options = { format: "ndjson", clock } as const;
  const { output, stdout, print } = start([pod("p", ["web"])], options, { running: false });
  const early = [print("web", "one\n"), print("web", "err\n", "stderr")];
  output.onEvent(started("web"));
  await Promise.all(early);
  await print("web", "rest");
  await clock.advance(50);
  output.onEvent(event("container.exited", "web"));
  const again = print("web", "two\n");
  output.onEvent({ ...started("web"), at: 60 });
  await again;
  await output.close("reader");
  const lines = stdout.text.trimEnd().split("\n").map((it) => JSON.parse(it));
  deepEqual(lines.map(({ type, line, at }) => [type, line, at]), [
    ["container.started", undefined, 0],
    ["log", "one", 0],
    ["log", "err", 0],
    ["log", "rest", 12.346],
    ["container.exited", undefined, 12.346],
    ["container.started", undefined, 60],
    ["log", "two", 60],
  ]);
});

Deno.test("the events file has the log beside text", async () => {
  const eventsFile = new Reader();
  const { output, stdout, print } = start([pod("p", ["web"])], { eventsFile });
  await print("web", "x\n");
  output.onEvent(event("container.exited", "web"));
  await output.close("reader");
  equal(stdout.text, "x\n");
  const types = eventsFile.text.trimEnd().split("\n").map((it) => JSON.parse(it).type);
  deepEqual(types, ["log.opened", "container.started", "log", "container.exited"]);
  match(eventsFile.text, /^\{"type":"log\.opened","version":1,"time":"[^"]+","at":0,/);
});

Deno.test("a reader that stops holds back who writes to it, in bounded memory, and no event", async () => {
  const { output, stdout, stderr, print } = start([pod("p", ["web"])]);
  stdout.stop();
  let accepted = 0;
  const chunk = "x".repeat(65536);
  const writer = (async () => {
    for (let i = 0; i < 100; i++) {
      await print("web", chunk);
      accepted++;
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 50));
  ok(accepted < 20, `${accepted} chunks of 64 KiB were taken`);
  await print("web", "still\n", "stderr");
  output.onEvent(started("web"));
  stdout.goOn();
  await writer;
  await output.close("reader");
  equal(stdout.text.length, 100 * 65536);
  match(stderr.text, /still\n.*container\.started/);
});

Deno.test("a stopped reader does not keep a container that is being stopped", async () => {
  const { output, stdout, print } = start([pod("p", ["web"])]);
  stdout.stop();
  const flood = (async () => {
    for (let i = 0; i < 40; i++) await print("web", "x".repeat(65536));
  })();
  output.onEvent(event("container.killing", "web"));
  await flood;
  output.onEvent(event("container.exited", "web"));
  await output.close("brief");
});

Deno.test("a reader that goes away is reported once, and nothing waits for it", async () => {
  const gone = {
    terminal: false,
    colour: false,
    write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")),
  };
  const { output, failures, print } = start([pod("p", ["web"])], { stdout: gone });
  for (let i = 0; i < 40; i++) await print("web", "x".repeat(65536));
  await output.close("reader");
  equal(failures.length, 1);
});

Deno.test("lines of our own begin on a line of their own, with control characters escaped", async () => {
  const { output, stderr, print } = start([pod("p", ["web"])]);
  await print("web", "no newline", "stderr");
  output.warn("evil \u001b[2J\nname");
  output.hint("h");
  await output.close("reader");
  equal(withoutStarts(stderr.text), "no newline\npodling: evil \\u001b[2J\\nname\npodling: h\n");
});

Deno.test("--quiet has no lifecycle lines and no hints, yet warnings", async () => {
  const { output, stderr } = start([pod("p", ["web"])], { quiet: true });
  output.onEvent(event("container.exited", "web"));
  output.hint("h");
  output.warn("w");
  await output.close("reader");
  equal(stderr.text, "podling: w\n");
});

Deno.test("a line longer than memory should hold comes in pieces", async () => {
  const { output, stdout, print } = start([pod("p", ["a", "b"])]);
  for (let i = 0; i < 40; i++) await print("a", "é".repeat(10_000));
  await print("a", "\n");
  await output.close("reader");
  const lines = stdout.text.trimEnd().split("\n");
  ok(lines.length > 1 && lines.every((it) => /^\[a\] é+$/.test(it)));
  equal(lines.join("").replaceAll("[a] ", "").length, 400_000);
});

Deno.test("a screen passes through unchanged beside other containers, unless prefixes are asked for", async () => {
  for (
    const [prefix, text] of [
      ["auto", "$ [log] line\nls\r\n"],
      ["always", "[log] line\n[sh] $ ls\r\n"],
    ] as const
  ) {
    const { output, stdout, print } = start([pod("p", ["sh", "log"])], { prefix }, {
      screen: "sh",
    });
    await print("sh", "$ ");
    await print("log", "line\n");
    await print("sh", "ls\r\n");
    await output.close("reader");
    equal(stdout.text, text);
  }
});

Deno.test("on a terminal in raw mode every line begins at its left, and what is not a terminal is unaffected", async () => {
  let isRaw = false;
  const { output, stdout, stderr, print } = start(
    [pod("p", ["sh", "log"])],
    { isRaw: () => isRaw, prefix: "never" },
    { screen: "sh" },
  );
  stderr.terminal = true;
  output.warn("before");
  isRaw = true;
  output.warn("after");
  await print("log", "line\n");
  isRaw = false;
  await print("log", "line\n");
  await output.close("reader");
  equal(withoutStarts(stderr.text), "podling: before\npodling: after\r\n");
  equal(stdout.text, "line\nline\n");
});

Deno.test("a manifest with an empty namespace means the one that its Pod gets", async () => {
  const submitted = pod("p", ["a", "b"]);
  const { metadata } = submitted;
  const asked = { ...submitted, metadata: { ...metadata, namespace: "" } };
  const stdout = new Reader();
  const output = new Output({
    format: "text",
    quiet: true,
    prefix: "auto",
    stdout,
    stderr: new Reader(),
    clock: new VirtualClock(),
    onFailed: () => {},
  }, { pods: [asked] });
  output.add(submitted);
  output.onEvent(started("a"));
  await output.onOutput({
    podUid: metadata.uid!,
    name: "a",
    stream: "stdout",
    chunk: UTF8.encode("x\n"),
  });
  equal(stdout.text, "[a] x\n");
});

Deno.test("a Pod that appears later has its lines, and the column of names becomes wider", async () => {
  const { output, stdout, stderr, print } = start([pod("p", ["a", "b"])]);
  await print("a", "one\n");
  output.onEvent(event("container.exited", "b"));
  const late = pod("later", ["web"]);
  output.add(late);
  output.onEvent({ ...event("container.killing", "a"), message: "stop" });
  output.onEvent(started("web", late));
  const { uid } = late.metadata;
  await output.onOutput({
    podUid: uid!,
    name: "web",
    stream: "stdout",
    chunk: UTF8.encode("x\nrest"),
  });
  output.onEvent({ ...event("container.exited", "web"), uid: uid!, pod: "default/later" });
  await print("a", "two\n");
  await output.close("reader");
  equal(stdout.text, "[a] one\n[later/web] x\n[later/web] rest\n[a] two\n");
  equal(
    stderr.text.slice(stderr.text.indexOf("   0.012s  b")),
    "   0.012s  b  b container.exited\n" +
      "   0.012s  a          stop\n" +
      "   0.012s  later/web  web container.started\n" +
      "   0.012s  later/web  web container.exited\n",
  );
});

Deno.test("a Pod that appears later leaves the bytes of the only container before it as they are", async () => {
  const { output, stdout, print } = start([pod("p", ["web"])]);
  const late = pod("later", ["web"]);
  output.add(late);
  output.onEvent(started("web", late));
  await print("web", "a\r\n\0");
  await output.close("reader");
  equal(stdout.text, "a\r\n\0");
});

Deno.test("a prefix has its container's colour on a terminal that shows any", async () => {
  const stdout = new Reader();
  stdout.colour = true;
  const { output, print } = start([pod("p", ["a", "b"])], { stdout });
  await print("a", "1\n");
  await print("b", "2\n");
  await output.close("reader");
  equal(stdout.text, "\x1b[36m[a]\x1b[0m 1\n\x1b[33m[b]\x1b[0m 2\n");
});
