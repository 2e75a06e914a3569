/** What holds a client back while it is not read. */
import { strictEqual as equal } from "node:assert/strict";
import { relay } from "../../src/apiserver/front/relay.ts";
import { FlowGate, flowOf, withFlow } from "../../src/streams/flow.ts";
import type { Duplex } from "../../src/streams/duplex.ts";

Deno.test("a gate opens and shuts as often as wanted", async () => {
  const gate = new FlowGate();
  equal(gate.passed, undefined);
  gate.resume();
  gate.pause();
  const { passed } = gate;
  gate.pause();
  equal(gate.passed, passed);
  gate.resume();
  await passed;
  equal(gate.passed, undefined);
});

Deno.test("a request knows the flow of its connection, if it has one", () => {
  const gate = new FlowGate();
  equal(flowOf(new Request("https://a/")), undefined);
  equal(flowOf(withFlow(new Request("https://a/"), gate)), gate);
});

Deno.test("a client is read no further while it is held back, and answered nevertheless", async () => {
  const gate = new FlowGate();
  const answers = new TransformStream<Uint8Array, Uint8Array>();
  const server = answers.writable.getWriter();
  const answer = answers.readable.getReader();
  let reads = 0;
  const got: number[] = [];
  const read = (): Promise<number | null> => Promise.resolve(++reads > 5 ? null : 1);
  const client: Duplex = {
    read,
    write: (bytes) => server.write(bytes.slice()).then(() => bytes.length),
    closeWrite: () => Promise.resolve(),
    close: () => {},
  };
  const questions = Promise.withResolvers<void>();
  const reply = Promise.withResolvers<number | null>();
  const replies = [reply.promise];
  const end = Promise.withResolvers<null>();
  const behind: Duplex = {
    read: (bytes) => {
      bytes[0] = 7;
      return replies.shift() ?? end.promise;
    },
    write: (bytes) => {
      got.push(bytes.length);
      if (got.length === 3) gate.pause();
      return Promise.resolve(bytes.length);
    },
    closeWrite: () => Promise.resolve(questions.resolve()),
    close: () => {},
  };
  const done = relay(client, behind, { first: Uint8Array.of(1, 2), gate });
  reply.resolve(1);
  equal((await answer.read()).value?.[0], 7);
  await new Promise((resolve) => setTimeout(resolve, 10));
  equal(got.length, 3);
  equal(reads, 2);
  gate.resume();
  await questions.promise;
  equal(got.join(), "2,1,1,1,1,1");
  end.resolve(null);
  await done;
});
