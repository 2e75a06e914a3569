/** Streams that are attached to containers of this machine while they run. */
import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import type { ContainerConfig } from "../../src/runtime/config.ts";
import type {
  AttachRequest,
  ContainerAttachment,
  WindowSize,
} from "../../src/runtime/joined_streams.ts";
import { RuntimeError } from "../../src/runtime/runtime.ts";
import { Asked, LEVELS, NEVER } from "./asked.ts";
import { canOpenTerminal } from "./screen.ts";
import { canSandbox, until } from "./support.ts";

/** One that is attached: types, and sees what is written. */
class Visitor {
  /** What was written to its two outputs. */
  readonly seen = { stdout: "", stderr: "" };
  /** Its outputs that have been closed. */
  readonly closed: string[] = [];
  readonly #keys = new TransformStream<Uint8Array, Uint8Array>();
  readonly #writer = this.#keys.writable.getWriter();
  readonly #sizes = new TransformStream<WindowSize, WindowSize>();
  readonly #detach = new AbortController();
  attachment!: ContainerAttachment;

  /** Attaches one. */
  static async open(
    { runtime }: Asked,
    id: string,
    joins: { readonly stdin?: boolean; readonly tty?: boolean } = {},
  ): Promise<Visitor> {
    const visitor = new Visitor();
    visitor.attachment = await runtime.attach(id, visitor.#request(joins), visitor.#detach.signal);
    return visitor;
  }

  #request({ stdin, tty }: { readonly stdin?: boolean; readonly tty?: boolean }): AttachRequest {
    return {
      stdout: this.#collect("stdout"),
      stderr: this.#collect("stderr"),
      ...stdin ? { stdin: this.#keys.readable } : {},
      ...tty ? { resize: this.#sizes.readable } : {},
    };
  }

  #collect(stream: "stdout" | "stderr"): WritableStream<Uint8Array> {
    const decoder = new TextDecoder();
    return new WritableStream({
      write: (chunk) => {
        this.seen[stream] += decoder.decode(chunk, { stream: true });
      },
      close: () => void this.closed.push(stream),
    });
  }

  async type(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text));
  }

  async endInput(): Promise<void> {
    await this.#writer.close();
  }

  async resize(size: WindowSize): Promise<void> {
    const writer = this.#sizes.writable.getWriter();
    await writer.write(size);
    writer.releaseLock();
  }

  async sees(text: string): Promise<void> {
    await until(() => this.seen.stdout.includes(text));
  }

  async detach(): Promise<void> {
    this.#detach.abort();
    await this.attachment.ended;
  }
}

/** Answers each line until there is none. */
const ANSWER = 'while read -r line; do echo "<$line>"; done; echo end >&2; exit 3';

function refusedFor(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof RuntimeError && error.reason === reason;
}

for (const level of LEVELS) {
  const onMachine = (name: string, fn: (asked: Asked) => Promise<void>, isPossible = true) =>
    Deno.test({
      name: `${name} (${level})`,
      ignore: !isPossible || level === "sandbox" && !canSandbox,
      async fn() {
        await using asked = await Asked.open(level);
        await fn(asked);
      },
    });
  const start = async (asked: Asked, change: Partial<ContainerConfig> = {}, script = ANSWER) =>
    await asked.start(script, { stdin: true, ...change });

  onMachine("one that attaches late types and sees what comes from then on", async (asked) => {
    const id = await start(asked, { stdinOnce: true }, `echo before; ${ANSWER}`);
    const logs = await asked.runtime.logs("u1", "a", { follow: true }, NEVER);
    for await (const line of logs) {
      equal(new TextDecoder().decode(line), "before\n");
      break;
    }
    const visitor = await Visitor.open(asked, id, { stdin: true });
    await visitor.type("one\n");
    await visitor.sees("<one>\n");
    // With stdinOnce the end of the first that attaches is the container's.
    await visitor.endInput();
    equal(await asked.exitOf(id), 3);
    deepEqual(await visitor.attachment.ended, { unread: new Uint8Array(0) });
    deepEqual(visitor.seen, { stdout: "<one>\n", stderr: "end\n" });
    deepEqual(visitor.closed.toSorted(), ["stderr", "stdout"]);
  });

  onMachine("two at once both type and both see all", async (asked) => {
    const id = await start(asked);
    const [first, second] = await Promise.all(
      [0, 1].map(() => Visitor.open(asked, id, { stdin: true })),
    ) as [Visitor, Visitor];
    await first.type("one\n");
    await Promise.all([first, second].map((it) => it.sees("<one>\n")));
    await second.type("two\n");
    await Promise.all([first, second].map((it) => it.sees("<two>\n")));
    // Without stdinOnce the end of what is typed is nothing to the container.
    await first.endInput();
    await second.type("three\n");
    await Promise.all([first, second].map((it) => it.sees("<three>\n")));
    await asked.runtime.signalContainer(id, "SIGKILL");
    await Promise.all([first, second].map(({ attachment }) => attachment.ended));
    deepEqual([first.closed.length, second.closed.length], [2, 2]);
  });

  onMachine("a container runs on when one detaches, and another may attach", async (asked) => {
    const id = await start(asked);
    const first = await Visitor.open(asked, id, { stdin: true });
    await first.type("one\n");
    await first.sees("<one>\n");
    await first.detach();
    const second = await Visitor.open(asked, id, { stdin: true });
    await second.type("two\n");
    await second.sees("<two>\n");
    deepEqual(first.seen.stdout, "<one>\n");
    equal((await asked.runtime.list()).containers[0]?.state, "running");
    await asked.runtime.signalContainer(id, "SIGKILL");
    equal(await asked.exitOf(id), 137);
  });

  onMachine("with stdinOnce one that detaches ends standard input", async (asked) => {
    const id = await start(asked, { stdinOnce: true });
    const visitor = await Visitor.open(asked, id, { stdin: true });
    await visitor.detach();
    equal(await asked.exitOf(id), 3);
  });

  onMachine("what a run has not read comes back", async (asked) => {
    const id = await start(asked, {}, "read -r line; echo $line");
    const visitor = await Visitor.open(asked, id, { stdin: true });
    const rest = "x".repeat(100_000);
    await visitor.type(`one\n${rest}`);
    const { unread } = await visitor.attachment.ended;
    equal(new TextDecoder().decode(unread), rest);
    equal(visitor.seen.stdout, "one\n");
  });

  onMachine("what does not run, and what it has not, is refused", async (asked) => {
    const id = await start(asked, { stdin: false }, "exec sleep 1000");
    const { runtime } = asked;
    const stdin = () => ReadableStream.from<Uint8Array>([]);
    await rejects(runtime.attach(id, { stdin: stdin() }, NEVER), refusedFor("NotSupported"));
    await rejects(
      runtime.attach(id, { resize: ReadableStream.from<WindowSize>([]) }, NEVER),
      refusedFor("NotSupported"),
    );
    await runtime.signalContainer(id, "SIGKILL");
    await asked.exitOf(id);
    await rejects(runtime.attach(id, {}, NEVER), refusedFor("NotRunning"));
    const created = await asked.create("true", { restartCount: 1 });
    await rejects(runtime.attach(created, {}, NEVER), refusedFor("NotRunning"));
    await rejects(runtime.attach("unknown", {}, NEVER), refusedFor("NotFound"));
  });

  onMachine("a terminal takes keys, its size, and its end", async (asked) => {
    const script = "stty -echo; while read -r line; do stty size; done; echo end";
    const id = await start(asked, { tty: true, stdinOnce: true }, `echo up; ${script}`);
    const visitor = await Visitor.open(asked, id, { stdin: true, tty: true });
    await visitor.resize({ rows: 21, columns: 77 });
    await until(async () => {
      await visitor.type("\r");
      return visitor.seen.stdout.includes("21 77\r\n");
    });
    await visitor.endInput();
    equal(await asked.exitOf(id), 0);
    await visitor.attachment.ended;
    match(visitor.seen.stdout, /end\r\n$/);
    deepEqual([visitor.seen.stderr, visitor.closed.length], ["", 2]);
  }, canOpenTerminal);
}
