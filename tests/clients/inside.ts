/** A program in a Pod: lists the Pods of its namespace by what a client library finds there. */
import { CoreV1Api, KubeConfig, Watch } from "@kubernetes/client-node";

const config = new KubeConfig();
config.loadFromCluster();
const { namespace = "" } = config.getContextObject(config.getCurrentContext()) ?? {};
const core = config.makeApiClient(CoreV1Api);
const { items, metadata } = await core.listNamespacedPod({ namespace });
const names = items.map(({ metadata }) => metadata?.name).join();
console.log(`${namespace}: ${names}`);
// Until a Pod is deleted that an administrator deletes.
const ended = Promise.withResolvers<string>();
const watch = await new Watch(config).watch(
  `/api/v1/namespaces/${namespace}/pods`,
  { resourceVersion: metadata?.resourceVersion },
  (type, object) => {
    if (type === "DELETED") ended.resolve(object.metadata.name);
  },
  (error) => ended.reject(error),
);
console.log("watching");
console.log(`deleted: ${await ended.promise}`);
watch.abort();
