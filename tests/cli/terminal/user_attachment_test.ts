/** What the user of a run is attached to. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Container, Pod } from "../../../src/api/types/pod.ts";
import { type User, UserAttachment } from "../../../src/cli/terminal/user_attachment.ts";
import type { ContainerStartedLogEvent } from "../../../src/lifecycle/trace/log_event.ts";
import type { AttachEnd, AttachRequest } from "../../../src/runtime/joined_streams.ts";
import { type ContainerInfo, RuntimeError } from "../../../src/runtime/runtime.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Containers that end when the test says so. */
class Containers {
  readonly runs: ContainerInfo[] = [];
  readonly requests = new Map<string, AttachRequest>();
  readonly #ends = new Map<string, PromiseWithResolvers<AttachEnd>>();

  list() {
    return Promise.resolve({ sandboxes: [], containers: this.runs });
  }

  attach(id: string, request: AttachRequest) {
    const end = Promise.withResolvers<AttachEnd>();
    this.#ends.set(id, end);
    this.requests.set(id, request);
    return Promise.resolve({ ended: end.promise });
  }

  /** Ends a run that has left this unread. */
  end(id: string, unread = ""): void {
    this.#ends.get(id)!.resolve({ unread: encode(unread) });
  }
}

/** Writes this at a terminal, and notes what is done to that. */
class Typist implements User {
  readonly types = true;
  readonly did: string[] = [];
  input = "";

  readInput() {
    const text = this.input;
    this.input = "";
    return ReadableStream.from([encode(text)]);
  }
  putBack(unread: Uint8Array) {
    this.input = new TextDecoder().decode(unread) + this.input;
  }
  watchWindowSize() {
    return ReadableStream.from([{ rows: 2, columns: 3 }]);
  }
  enterRawMode() {
    this.did.push("raw");
  }
  close() {
    this.did.push("close");
  }
}

/** A pod of these containers with a user. */
class Session {
  readonly user = new Typist();
  readonly containers = new Containers();
  readonly warnings: string[] = [];
  readonly attachment = new UserAttachment({
    terminal: this.user,
    runtime: () => this.containers,
    warn: (line) => this.warnings.push(line),
  });

  constructor(...containers: Container[]) {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "shop", uid: "u1" },
      spec: { containers },
    };
    this.attachment.add(pod);
  }

  /** Starts a run, whose id is `NAME/NUMBER`. */
  async start(container: string, restartCount = 0): Promise<AttachRequest | undefined> {
    const containerId = `${container}/${restartCount}`;
    this.containers.runs.push({
      containerId,
      podUid: "u1",
      name: container,
      restartCount,
      state: "running",
    });
    this.attachment.onStarted(
      { type: "container.started", uid: "u1", container, restartCount } as ContainerStartedLogEvent,
    );
    await this.settle();
    return this.containers.requests.get(containerId);
  }

  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

async function inputOf(request: AttachRequest | undefined): Promise<string | undefined> {
  return request?.stdin && await new Response(request.stdin).text();
}

Deno.test("UserAttachment: what has neither input nor terminal is left alone", async () => {
  const session = new Session({ name: "a" }, { name: "b", stdin: true });
  deepEqual(await session.start("a"), undefined);
  deepEqual(session.attachment.reader?.container, "b");
});

Deno.test("UserAttachment: the first that asks reads, the others find the end", async () => {
  const session = new Session({ name: "a", stdin: true }, { name: "b", stdin: true });
  session.user.input = "text";
  const [a, b] = [await session.start("a"), await session.start("b")];
  deepEqual([await inputOf(a), await inputOf(b)], ["text", ""]);
  deepEqual([a?.endsInput, b?.endsInput, a?.resize], [true, true, undefined]);
});

Deno.test("UserAttachment: a run reads what the one before has left", async () => {
  const session = new Session({ name: "a", stdin: true });
  session.user.input = "one two";
  deepEqual(await inputOf(await session.start("a")), "one two");
  // The next one waits until it is known what was left.
  deepEqual(await session.start("a", 1), undefined);
  session.containers.end("a/0", "two");
  await session.settle();
  deepEqual(await inputOf(session.containers.requests.get("a/1")), "two");
});

Deno.test("UserAttachment: with stdinOnce later runs find the end, and keys stay lines", async () => {
  const session = new Session({ name: "a", stdin: true, stdinOnce: true, tty: true });
  session.user.input = "one two";
  deepEqual(await inputOf(await session.start("a")), "one two");
  session.containers.end("a/0", "two");
  await session.settle();
  deepEqual(await inputOf(await session.start("a", 1)), "");
  deepEqual(session.user.did, ["raw", "close"]);
});

Deno.test("UserAttachment: a terminal without input is only shown", async () => {
  const session = new Session({ name: "a", tty: true });
  const request = await session.start("a");
  deepEqual([request?.stdin, request?.resize !== undefined], [undefined, true]);
  deepEqual(session.user.did, []);
});

Deno.test("UserAttachment: a run that has ended meanwhile is not reported, another refusal is", async () => {
  const session = new Session({ name: "a", stdin: true });
  session.containers.attach = () => Promise.reject(new RuntimeError("NotRunning", "ended"));
  await session.start("a");
  deepEqual(session.warnings, []);
  session.containers.attach = () => Promise.reject(new RuntimeError("NotSupported", "no input"));
  await session.start("a", 1);
  deepEqual(session.warnings, ['Cannot attach to container "a": no input']);
});
