/** Watches: what a client receives, from which version on, and how they end. */
import {
  deepStrictEqual as deepEqual,
  match,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { configMapBody, podBody, startApi, type TestApi } from "../support/api_server.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

// deno-lint-ignore no-explicit-any
type Event = { readonly type: string; readonly object: any };

/** Reads the events of a watch one by one. */
async function watch(api: TestApi, query: string, accept?: string) {
  const response = await api.send("GET", `${MAPS}?watch=1&${query}`, accept ? { accept } : {});
  equal(response.status, 200);
  const lines = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<Event | undefined> => {
    for (;;) {
      const end = text.indexOf("\n");
      if (end >= 0) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        return JSON.parse(line);
      }
      const { value, done } = await lines.read();
      if (done) return undefined;
      text += value;
    }
  };
  const take = async (count: number) => {
    const events: string[] = [];
    for (let i = 0; i < count; i++) events.push(format(await next()));
    return events;
  };
  return { next, take, cancel: () => lines.cancel() };
}

function format(event: Event | undefined): string {
  if (event === undefined) return "end";
  const { type, object } = event;
  return `${type} ${object.metadata?.name ?? object.reason ?? ""}=${object.data?.key ?? ""}`;
}

const put = (api: TestApi, name: string, value: string, labels = {}) =>
  api.ask("PUT", `${MAPS}/${name}`, { body: configMapBody(name, value, { labels }) });
const post = (api: TestApi, name: string, labels = {}) =>
  api.ask("POST", MAPS, { body: configMapBody(name, "1", { labels }) });

Deno.test("without a version a watch begins with what is there", async () => {
  const api = startApi();
  await post(api, "a");
  for (const query of ["", "resourceVersion=0"]) {
    const { take, cancel } = await watch(api, query);
    deepEqual(await take(1), ["ADDED a=1"]);
    await cancel();
  }
});

Deno.test("with a version it begins with what came after it", async () => {
  const api = startApi();
  const { body: a } = await post(api, "a");
  await put(api, "a", "2");
  const { take, next, cancel } = await watch(api, `resourceVersion=${a.metadata.resourceVersion}`);
  await post(api, "b");
  await api.ask("DELETE", `${MAPS}/a`);
  deepEqual(await take(2), ["MODIFIED a=2", "ADDED b=1"]);
  const gone = await next();
  equal(format(gone), "DELETED a=2");
  equal(gone!.object.metadata.resourceVersion, String(api.history.version));
  await cancel();
});

Deno.test("an object enters and leaves the selection of a watch", async () => {
  const api = startApi();
  const { take, next, cancel } = await watch(api, "labelSelector=on");
  await post(api, "a");
  await put(api, "a", "2", { on: "" });
  await put(api, "a", "3", { on: "" });
  await put(api, "a", "4");
  await put(api, "a", "5", { on: "" });
  await api.ask("DELETE", `${MAPS}/a`);
  deepEqual(await take(2), ["ADDED a=2", "MODIFIED a=3"]);
  const left = await next();
  // As it was in the selection, at the version at which it left.
  equal(format(left), "DELETED a=3");
  deepEqual(left!.object.metadata.resourceVersion, "4");
  deepEqual(await take(2), ["ADDED a=5", "DELETED a=5"]);
  await cancel();
});

Deno.test("a watch of one name and of one namespace", async () => {
  const api = startApi();
  const { take, cancel } = await watch(api, "fieldSelector=metadata.name%3Db");
  await post(api, "a");
  await api.ask("POST", "/api/v1/namespaces/other/configmaps", { body: configMapBody("b") });
  await post(api, "b");
  deepEqual(await take(1), ["ADDED b=1"]);
  await cancel();
});

Deno.test("a version that is forgotten, or is not there yet, is an event and the end", async () => {
  const api = startApi({ bound: 2 });
  await post(api, "a");
  for (let i = 0; i < 6; i++) await put(api, "a", `${i}x`);
  const old = await watch(api, "resourceVersion=1");
  const { type, object } = (await old.next())!;
  deepEqual([type, object.code, object.reason], ["ERROR", 410, "Expired"]);
  match(object.message, /^too old resource version: 1 \(7\)$/);
  equal(await old.next(), undefined);
  const future = await watch(api, "resourceVersion=99");
  equal((await future.next())!.object.reason, "Timeout");
  equal(await future.next(), undefined);
});

Deno.test("sendInitialEvents ends them with a bookmark", async () => {
  const api = startApi();
  await post(api, "a");
  const { take, next, cancel } = await watch(
    api,
    "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
  );
  deepEqual(await take(1), ["ADDED a=1"]);
  const { type, object } = (await next())!;
  deepEqual([type, object.metadata], ["BOOKMARK", {
    resourceVersion: "1",
    annotations: { "k8s.io/initial-events-end": "true" },
  }]);
  await cancel();
});

Deno.test("a watch ends when its time is over, with a bookmark where one is asked for", async () => {
  const api = startApi();
  const { next } = await watch(api, "timeoutSeconds=1&allowWatchBookmarks=true");
  equal((await next())!.type, "BOOKMARK");
  equal(await next(), undefined);
});

Deno.test("a watch ends with the server, and a client that leaves is forgotten", async () => {
  const api = startApi();
  const { next } = await watch(api, "");
  const other = await watch(api, "");
  await other.cancel();
  await post(api, "a");
  equal(format(await next()), "ADDED a=1");
  api.close();
  equal(await next(), undefined);
});

Deno.test("a table's columns come with its first event", async () => {
  const api = startApi();
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const { next, cancel } = await watch(api, "", accept);
  await post(api, "a");
  await post(api, "b");
  const [first, second] = [await next(), await next()];
  deepEqual(first!.object.columnDefinitions.length, 3);
  deepEqual(second!.object.columnDefinitions, []);
  deepEqual(second!.object.rows[0].cells, ["b", 1, "0s"]);
  await cancel();
});

Deno.test("a client that does not read is cut off", async () => {
  const api = startApi();
  const response = await api.send("GET", `${MAPS}?watch=1`);
  await api.ask("POST", MAPS, { body: configMapBody("a", "x".repeat(500_000)) });
  for (let i = 0; i < 70; i++) await put(api, "a", String(i) + "x".repeat(500_000));
  await rejects(response.text(), /does not read what it watches/);
});

Deno.test("changes of other kinds are not seen", async () => {
  const api = startApi();
  const { take, cancel } = await watch(api, "");
  await api.ask("POST", "/api/v1/namespaces/default/pods", { body: podBody("p") });
  await post(api, "a");
  deepEqual(await take(1), ["ADDED a=1"]);
  await cancel();
});
