/** What clients see of a store that outlives the server: nothing that could be lost. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { configMapBody, startApi } from "../support/api_server.ts";
import { ScriptedDatabase } from "../support/scripted_database.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

/** Lets everything go on that can. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Whether a promise has resolved. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => done = true);
  await turn();
  return done;
}

Deno.test("an answer, a list and a watch wait until what they show is durable", async () => {
  const database = new ScriptedDatabase();
  const api = startApi({ database });
  const watch = await api.send("GET", `${MAPS}?watch=1`);
  const event = watch.body!.getReader().read();
  const created = api.ask("POST", MAPS, { body: configMapBody("a") });
  while (database.commits.length === 0) await turn();
  const list = api.ask("GET", MAPS);
  const second = api.send("GET", `${MAPS}?watch=1`);
  for (const waits of [created, list, event, second]) equal(await isDone(waits), false);
  database.syncs[0]!.resolve();
  equal((await created).code, 201);
  equal((await list).body.items.length, 1);
  const { value } = await event;
  equal(JSON.parse(new TextDecoder().decode(value)).object.metadata.name, "a");
  await (await second).body!.cancel();
  // Nothing waits where nothing is written.
  equal((await api.ask("GET", MAPS)).code, 200);
  equal((await api.ask("POST", `${MAPS}?dryRun=All`, { body: configMapBody("b") })).code, 201);
  api.close();
});

Deno.test("a disk that is full refuses what adds, in words; reading and removing go on", async () => {
  const database = new ScriptedDatabase();
  const api = startApi({ database });
  const write = async (...request: Parameters<typeof api.ask>) => {
    let isAnswered = false;
    const answer = api.ask(...request).finally(() => isAnswered = true);
    while (!isAnswered) {
      await turn();
      database.syncs.at(-1)?.resolve();
    }
    return await answer;
  };
  equal((await write("POST", MAPS, { body: configMapBody("a") })).code, 201);
  database.free = 0;
  await api.clock.advance(1000);
  const refusal = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "the server cannot keep the change: " +
      "the disk of the data folder is full: make room there",
    code: 500,
  };
  deepEqual((await write("POST", MAPS, { body: configMapBody("b") })).body, refusal);
  deepEqual((await write("PUT", `${MAPS}/a`, { body: configMapBody("a", "2") })).body, refusal);
  deepEqual((await api.ask("GET", `${MAPS}/a`)).body.data, { key: "1" });
  equal((await write("DELETE", `${MAPS}/a`)).code, 200);
  database.free = 1e9;
  await api.clock.advance(1000);
  equal((await write("POST", MAPS, { body: configMapBody("b") })).code, 201);
  deepEqual(api.log, [
    'error: Writes are refused because="the disk of the data folder is full: make room there"',
    "info: Writes are accepted again",
  ]);
});

Deno.test("a disk that takes nothing holds up no reading, and gets it all later", async () => {
  const database = new ScriptedDatabase();
  const api = startApi({ database });
  database.failure = "disk I/O error";
  const { code, body } = await api.ask("POST", MAPS, { body: configMapBody("a") });
  deepEqual([code, body.reason], [500, undefined]);
  equal((await api.ask("GET", `${MAPS}/a`)).code, 200);
  equal((await api.ask("POST", MAPS, { body: configMapBody("b") })).code, 500);
  database.failure = undefined;
  await api.clock.advance(1000);
  await turn();
  deepEqual(database.commits, [["ADDED a"]]);
});
