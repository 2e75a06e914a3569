/** The Service of the API: entered once, replaced when its address changes, never missing. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { loadRules } from "../../../src/api/kinds/strategy/late_rules.ts";
import { VirtualClock } from "../../../src/base/clock.ts";
import { lineLogger } from "../../../src/base/log.ts";
import { findApiAddress, offerApi } from "../../../src/cli/serving/api_service.ts";
import type { ObjectClient } from "../../../src/store/client.ts";
import { Registry } from "../../../src/store/registry.ts";
import { RegistryClient } from "../../../src/store/registry_client.ts";

await loadRules(["Service"]);

const KINDS = ["Service", "Endpoints", "EndpointSlice"] as const;

/** A client that watches otherwise. */
function clientWith(client: RegistryClient, watch: RegistryClient["watch"]): ObjectClient {
  return {
    get: (...it) => client.get(...it),
    read: (...it) => client.read(...it),
    list: (kind) => client.list(kind),
    watch,
    create: (object) => client.create(object),
    update: (object) => client.update(object),
    updateStatus: (object) => client.updateStatus(object),
    bind: (...it) => client.bind(...it),
    bindClaim: (...it) => client.bindClaim(...it),
    delete: (...it) => client.delete(...it),
  };
}

function setUp() {
  const clock = new VirtualClock();
  let uids = 0;
  const registry = new Registry({ clock, newUid: () => `uid-${++uids}` });
  const client = new RegistryClient(registry);
  const log: string[] = [];
  let servers = 0;
  const offer = (clusterIP: string, address: string, port: number) => {
    // A server that has ended watches no more.
    const server = ++servers;
    const watch: RegistryClient["watch"] = (kind, onChange) =>
      client.watch(kind, (event) => server === servers && onChange(event));
    const own = clientWith(client, watch);
    return offerApi(own, {
      clusterIP,
      port: 443,
      endpoint: { address, port },
      log: lineLogger((line) => log.push(line)),
    });
  };
  const uidsOf = () =>
    KINDS.map((kind) => registry.get(kind, "default", "kubernetes")?.metadata.uid);
  return { clock, registry, offer, uidsOf, log };
}

Deno.test("offerApi() enters a Service without a selector, and where it leads", async () => {
  const { registry, offer } = setUp();
  await offer("10.96.0.1", "192.0.2.2", 6443);
  const { spec } = registry.get("Service", "default", "kubernetes")!;
  deepEqual([spec.clusterIP, spec.selector], ["10.96.0.1", undefined]);
  deepEqual(spec.ports?.map(({ name, port, targetPort }) => [name, port, targetPort]), [
    ["https", 443, 6443],
  ]);
  const slice = registry.get("EndpointSlice", "default", "kubernetes")!;
  deepEqual(slice.endpoints?.map(({ addresses }) => addresses), [["192.0.2.2"]]);
  equal(slice.metadata.labels?.["kubernetes.io/service-name"], "kubernetes");
});

Deno.test("offerApi() leads what is there to another address, and keeps its uid", async () => {
  const { registry, offer, uidsOf } = setUp();
  await offer("10.96.0.1", "192.0.2.2", 6443);
  const first = uidsOf();
  await offer("10.96.0.1", "192.0.2.2", 6443);
  deepEqual(uidsOf(), first);
  await offer("10.96.0.1", "192.0.2.3", 6443);
  await offer("10.96.0.1", "192.0.2.3", 7443);
  deepEqual(uidsOf(), first);
  const [service, endpoints, slice] = [
    registry.get("Service", "default", "kubernetes")!,
    registry.get("Endpoints", "default", "kubernetes")!,
    registry.get("EndpointSlice", "default", "kubernetes")!,
  ];
  equal(service.spec.ports?.[0]?.targetPort, 7443);
  deepEqual(endpoints.subsets?.[0]?.addresses, [{ ip: "192.0.2.3" }]);
  deepEqual(slice.endpoints?.[0]?.addresses, ["192.0.2.3"]);
  equal(slice.ports?.[0]?.port, 7443);
  equal(findApiAddress([slice, service]), "10.96.0.1");
  // The address of a Service may not change.
  await offer("10.96.0.7", "192.0.2.3", 7443);
  deepEqual(uidsOf().map((uid, index) => uid === first[index]), [false, true, true]);
  equal(registry.get("Service", "default", "kubernetes")!.spec.clusterIP, "10.96.0.7");
});

Deno.test("offerApi() enters again what is deleted", async () => {
  const { clock, registry, offer, uidsOf, log } = setUp();
  await offer("10.96.0.1", "192.0.2.2", 6443);
  for (const kind of KINDS) registry.delete(kind, "default", "kubernetes");
  await clock.advance(1);
  equal(uidsOf().every((it) => it !== undefined), true);
  deepEqual(log, []);
});

Deno.test("offerApi() enters no endpoint of the loopback, which none may have", async () => {
  const { offer, uidsOf } = setUp();
  await offer("10.96.0.1", "127.0.0.1", 6443);
  deepEqual(uidsOf().map((it) => it !== undefined), [true, false, false]);
});
