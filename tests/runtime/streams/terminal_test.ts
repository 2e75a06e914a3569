/** Terminals as programs see them; each test has its own. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { InputPipe } from "../../../src/runtime/streams/input_pipe.ts";
import { Terminal } from "../../../src/runtime/streams/terminal.ts";

/** Some machines have none to give. */
const canOpen = isCharacterDevice("/dev/ptmx") && isCharacterDevice("/dev/pts/ptmx");

function isCharacterDevice(path: string): boolean {
  try {
    return Deno.statSync(path).isCharDevice ?? false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function test(name: string, body: () => Promise<void>): void {
  Deno.test({ name: `Terminal: ${name}`, ignore: !canOpen, fn: body });
}

/** Runs a program with the terminal as its own, in a session of its own. */
function run(terminal: Terminal, script: string): Deno.ChildProcess {
  return new Deno.Command("setsid", {
    args: ["sh", "-c", `exec <>"$0" >&0 2>&0; ${script}`, terminal.path],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** What is shown until it contains the text, or, without one, to the end. */
async function readUntil(terminal: Terminal, text?: string): Promise<string> {
  const decoder = new TextDecoder();
  let shown = "";
  while (text === undefined || !shown.includes(text)) {
    const { value, done } = await terminal.read();
    if (done) break;
    shown += decoder.decode(value, { stream: true });
  }
  return shown;
}

const type = (terminal: Terminal, text: string) => terminal.write(new TextEncoder().encode(text));

/** A terminal, a program on it, and what it shows after the text was typed. */
async function converse(script: string, typed: string): Promise<string> {
  const terminal = Terminal.open();
  const child = run(terminal, `stty -echo; echo ready; ${script}`);
  const before = await readUntil(terminal, "ready\r\n");
  await type(terminal, typed);
  await child.status;
  terminal.endOutput();
  const after = await readUntil(terminal);
  terminal.close();
  return (before + after).replace(/^[\s\S]*?ready\r\n/, "");
}

test("a program reads what is typed, and the end of it", async () => {
  equal(await converse('read -r a; echo "<$a>"; cat', "one\ntwo\n\x04"), "<one>\r\ntwo\r\n");
});

test("it is the terminal of the program's session, whose interrupt goes to the program", async () => {
  const terminal = Terminal.open();
  const child = run(terminal, "trap 'echo caught; exit' INT; tty; echo up >/dev/tty; read -r a");
  equal(await readUntil(terminal, "up\r\n"), `${terminal.path}\r\nup\r\n`);
  await type(terminal, "\x03");
  match(await readUntil(terminal, "caught"), /caught/);
  await child.status;
  terminal.close();
});

test("its size is passed on, at first and when it changes", async () => {
  const terminal = Terminal.open();
  terminal.resize({ rows: 25, columns: 99 });
  const child = run(
    terminal,
    "trap 'stty size; exit' WINCH; stty size; while :; do sleep 0.01; done",
  );
  await readUntil(terminal, "25 99\r\n");
  terminal.resize({ rows: 7, columns: 11 });
  equal(await readUntil(terminal, "7 11\r\n"), "7 11\r\n");
  await child.status;
  terminal.close();
});

test("much is shown in order, and to the end", async () => {
  const terminal = Terminal.open();
  const child = run(terminal, "stty -opost; seq 1 50000");
  const ended = child.status.then(() => terminal.endOutput());
  const shown = await readUntil(terminal);
  await ended;
  terminal.close();
  equal(shown, Array.from({ length: 50000 }, (_, index) => `${index + 1}\n`).join(""));
});

test("a writer that types more than is read waits", async () => {
  const terminal = Terminal.open();
  const child = run(terminal, "stty -echo raw; echo ready; head -c 300000 | wc -c");
  await readUntil(terminal, "ready");
  const taken = await type(terminal, "x".repeat(300_000));
  deepEqual([taken, (await readUntil(terminal, "300000")).trim()], [300_000, "300000"]);
  await child.status;
  terminal.close();
});

test("it reports whether what was typed has been read", async () => {
  const terminal = Terminal.open();
  equal(terminal.hasUnreadInput, false);
  await type(terminal, "\x04");
  while (!terminal.hasUnreadInput) await new Promise((resolve) => setTimeout(resolve, 1));
  const child = run(terminal, "cat; echo read");
  await readUntil(terminal, "read\r\n");
  equal(terminal.hasUnreadInput, false);
  await child.status;
  terminal.close();
});

test("closed, it ends whatever waits for it", async () => {
  const terminal = Terminal.open();
  const reading = terminal.read();
  const typing = type(terminal, "x".repeat(1 << 20));
  terminal.close();
  terminal.close();
  deepEqual((await reading).done, true);
  equal(await typing < 1 << 20, true);
});

test("a hundred are waited for at a time", async () => {
  const terminals = Array.from({ length: 100 }, () => Terminal.open());
  const shown = Promise.all(terminals.map((it) => readUntil(it, "\n")));
  for (const [index, terminal] of terminals.entries()) {
    await Deno.writeTextFile(terminal.path, `${index}\n`);
  }
  deepEqual(await shown, terminals.map((_, index) => `${index}\r\n`));
  for (const terminal of terminals) terminal.close();
});

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("InputPipe: its programs read on where others have stopped, then comes the end", async () => {
  const pipe = new InputPipe();
  const read = async (script: string) => {
    const args = ["-c", `exec <"$0"; ${script}`, pipe.path];
    const { stdout } = await new Deno.Command("sh", { args, stderr: "inherit" }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  equal(await pipe.write(encode("one\ntwo\n")), 8);
  deepEqual([await read("read -r a; echo $a"), await read("read -r a; echo $a")], ["one", "two"]);
  const written = pipe.write(encode("x".repeat(200_000))).then((count) => {
    pipe.end();
    return count;
  });
  equal(await read("wc -c </dev/stdin"), "200000");
  equal(await written, 200_000);
  equal(await read("wc -c"), "0");
  equal(pipe.close().length, 0);
});

Deno.test("InputPipe: closed, it takes no more, and returns what was not read", async () => {
  const pipe = new InputPipe();
  const bytes = encode("y".repeat(1 << 20));
  const written = pipe.write(bytes);
  const unread = pipe.close();
  equal(unread.length, await written);
  deepEqual(unread, bytes.subarray(0, unread.length));
  equal(await pipe.write(bytes), 0);
  equal(pipe.close().length, 0);
});
