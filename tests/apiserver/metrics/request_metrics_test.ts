/** What `/metrics` shows of requests, watches and objects. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { configMapBody, podBody, startApi } from "../../support/api_server.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const PODS = "/api/v1/namespaces/default/pods";

/** Requests: method, path, options and the labels under which they are counted. */
const counted: readonly [string, string, Record<string, unknown>, Record<string, string>][] = [
  ["POST", MAPS, { body: configMapBody("m") }, { scope: "namespace", code: "201" }],
  ["POST", `${MAPS}?dryRun=All`, { body: configMapBody("n") }, {
    scope: "namespace",
    code: "201",
    dry_run: "All",
  }],
  ["POST", MAPS, { body: configMapBody("m") }, { scope: "namespace", code: "409" }],
  ["GET", MAPS, {}, { verb: "LIST", scope: "namespace", code: "200" }],
  ["GET", "/api/v1/configmaps", {}, { verb: "LIST", scope: "cluster", code: "200" }],
  ["GET", `${MAPS}/m`, {}, { scope: "resource", code: "200" }],
  ["PATCH", `${MAPS}/m`, { body: {}, type: "application/merge-patch+json" }, {
    scope: "resource",
    code: "200",
  }],
  ["PATCH", `${MAPS}/m?fieldManager=f`, {
    body: configMapBody("m", "2"),
    type: "application/apply-patch+yaml",
  }, { verb: "APPLY", scope: "resource", code: "200" }],
  ["DELETE", MAPS, {}, { verb: "DELETECOLLECTION", scope: "namespace", code: "200" }],
  ["GET", `${PODS}/p/log`, {}, {
    resource: "pods",
    subresource: "log",
    scope: "resource",
    code: "404",
  }],
  ["GET", `${PODS}/p/exec`, {}, {
    verb: "CONNECT",
    resource: "pods",
    subresource: "exec",
    scope: "resource",
    code: "404",
  }],
  ["GET", `${PODS}/p/invented`, {}, { resource: "pods", scope: "resource", code: "404" }],
  ["INVENTED", MAPS, {}, { verb: "other", scope: "namespace", code: "405" }],
  ["GET", "/api/v1/invented", {}, { group: "", version: "", resource: "", code: "404" }],
  ["GET", "/version", {}, { group: "", version: "", resource: "", code: "200" }],
  ["GET", "/%ff", {}, { group: "", version: "", resource: "", code: "400" }],
];

Deno.test("/metrics counts requests by what they ask for, with no names of clients", async () => {
  for (const [method, path, options, labels] of counted) {
    const api = startApi();
    api.registry.create(configMapBody("m") as never);
    if (labels["code"] === "201") api.registry.delete("ConfigMap", "default", "m");
    await api.ask(method, path, options);
    const { body, headers } = await api.ask("GET", "/metrics");
    match(headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
    const [line = ""] = body.split("\n").filter((it: string) =>
      it.startsWith("apiserver_request_total{")
    );
    const [, shown = "", value] = /\{(.*)\} (\d+)$/.exec(line) ?? [];
    const read = Object.fromEntries(
      [...shown.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, text]) => [name, text]),
    );
    const expected = {
      verb: method,
      dry_run: "",
      group: "",
      version: "v1",
      resource: "configmaps",
      subresource: "",
      scope: "",
      component: "apiserver",
      ...labels,
    };
    deepEqual([read, value], [expected, "1"], `${method} ${path}`);
    const timed = /apiserver_request_duration_seconds_count\{verb="(\w+)"/.exec(body)?.[1];
    equal(timed, expected.verb === "CONNECT" ? undefined : expected.verb);
    api.close();
  }
});

Deno.test("/metrics counts objects, watches that go on and their events", async () => {
  const api = startApi();
  const read = async (name: string) => {
    const { body } = await api.ask("GET", "/metrics");
    return body.split("\n").filter((it: string) => it.startsWith(name));
  };
  await api.ask("POST", PODS, { body: podBody("p") });
  const objects = await read("apiserver_resource_objects");
  equal(objects[0], 'apiserver_resource_objects{group="",resource="pods"} 1');
  match((await read("apiserver_storage_objects")).join(), /\{resource="deployments\.apps"\} 0/);
  const response = await api.send("GET", `${PODS}?watch=1`);
  const reader = response.body!.getReader();
  await reader.read();
  await api.ask("POST", PODS, { body: podBody("q") });
  const watch = /^apiserver_longrunning_requests\{verb="WATCH",.*,scope="namespace",.*\} 1$/;
  match((await read("apiserver_longrunning_requests"))[0]!, watch);
  deepEqual(await read("apiserver_watch_events_total"), [
    'apiserver_watch_events_total{group="",version="v1",resource="pods"} 2',
  ]);
  await reader.cancel();
  match((await read("apiserver_longrunning_requests"))[0]!, / 0$/);
  deepEqual(await read("apiserver_current_inflight_requests"), [
    'apiserver_current_inflight_requests{request_kind="readOnly"} 1',
    'apiserver_current_inflight_requests{request_kind="mutating"} 0',
  ]);
});
