import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Service } from "../../../src/api/types/network.ts";
import { VirtualClock } from "../../../src/base/clock.ts";
import type { K8sEvent } from "../../../src/lifecycle/trace/kubernetes_event.ts";
import { startServiceProxy } from "../../../src/node/proxy/service_proxy.ts";
import type { FrontRefusal, ServiceTable } from "../../../src/runtime/service_table.ts";
import type { ObjectClient } from "../../../src/store/client.ts";

function serviceOf(name: string): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec: { type: "ExternalName", externalName: `${name}.example` },
  };
}

/** A proxy of a store with Services that the test changes, and of a machine that may refuse. */
function startProxy(answers: (readonly FrontRefusal[] | Error)[] = []) {
  const clock = new VirtualClock();
  const services: Service[] = [serviceOf("web")];
  const looks: (() => void)[] = [];
  const tables: ServiceTable[] = [];
  const events: K8sEvent[] = [];
  const warnings: string[] = [];
  const errors: string[] = [];
  const log = { error: () => {}, warn: (text: string) => errors.push(text), info: () => {} };
  const proxy = startServiceProxy({
    client: {
      list: (kind: string) => kind === "Service" ? [...services] : [],
      get: (_kind: string, _namespace: string, name: string) =>
        services.find((it) => it.metadata.name === name),
      watch: (_kind: string, onChange: () => void) => {
        looks.push(onChange);
        return () => looks.splice(looks.indexOf(onChange), 1);
      },
    } as unknown as ObjectClient,
    runtime: {
      updateServices: (table) => {
        tables.push(table);
        const answer = answers.shift() ?? [];
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    },
    clock,
    speed: 2,
    onK8sEvent: (_service, event) => events.push(event),
    onWarning: (line) => warnings.push(line),
    log,
  });
  return {
    ...{ clock, proxy, services, tables, events, warnings, errors },
    notify: () => looks.forEach((look) => look()),
    names: () => tables.map((it) => it.services.map(({ name }) => name).join()),
  };
}

/** All that is due at this moment. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

const refusal: FrontRefusal = {
  service: "shop/web",
  address: "0.0.0.0",
  port: 30080,
  protocol: "TCP",
  message: "address already in use",
};

Deno.test("startServiceProxy() hands on the first table, and one for all changes at once", async () => {
  const { proxy, services, notify, names } = startProxy();
  await settle();
  services.push(serviceOf("db"));
  notify();
  services.push(serviceOf("log"));
  notify();
  await settle();
  // Nothing that a table has changed.
  notify();
  await settle();
  deepEqual(names(), ["web", "web,db,log"]);
  await proxy.stop();
  services.pop();
  notify();
  await settle();
  equal(names().length, 2);
});

Deno.test("startServiceProxy() reports what is refused once, and attempts it again", async () => {
  const { proxy, clock, tables, events, warnings } = startProxy([[refusal], [refusal], []]);
  await settle();
  const message = "cannot listen on 0.0.0.0:30080/TCP: address already in use";
  deepEqual(warnings, [`Service "web": ${message}; it is attempted again`]);
  deepEqual(events, [
    { type: "Warning", reason: "FailedToOpenPort", message, at: 0, component: "kube-proxy" },
  ]);
  // One second of wall time, then two.
  await clock.advance(1999);
  equal(tables.length, 1);
  await clock.advance(1);
  await settle();
  equal(tables.length, 2);
  await clock.advance(4000);
  await settle();
  equal(tables.length, 3);
  await clock.advance(1_000_000);
  deepEqual([tables.length, warnings.length, events.length], [3, 1, 1]);
  await proxy.stop();
});

Deno.test("startServiceProxy() does not attempt again what the machine can never open", async () => {
  const { proxy, clock, tables, warnings } = startProxy([[{ ...refusal, isLasting: true }]]);
  await settle();
  await clock.advance(1_000_000);
  deepEqual([tables.length, warnings], [
    1,
    ['Service "web": cannot listen on 0.0.0.0:30080/TCP: address already in use'],
  ]);
  await proxy.stop();
});

Deno.test("startServiceProxy() attempts a table again that could not be served", async () => {
  const { proxy, clock, tables, errors } = startProxy([new Error("no"), new Error("no")]);
  await settle();
  await clock.advance(2000);
  await settle();
  await clock.advance(4000);
  await settle();
  deepEqual([tables.length, errors], [3, ["Cannot reach Services"]]);
  await proxy.stop();
});
