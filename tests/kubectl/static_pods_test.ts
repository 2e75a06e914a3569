/** `serve --manifests`: Pods of a folder, as clients of the API see them. */
import {
  deepStrictEqual as deepEqual,
  match,
  notStrictEqual as notEqual,
} from "node:assert/strict";
import { makePlaces, serveNode, until } from "../support/served_node.ts";

const PODS = "/api/v1/namespaces/default/pods";

const pod = (text: string) =>
  `apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers: [{ name: c, image: none, command: [sh, -c, "echo ${text}; exec sleep 1000"] }]
`;

Deno.test("serve runs the Pods of a folder, and deleting their objects ends none", async () => {
  await using places = await makePlaces();
  const folder = `${places.folder}/manifests`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/web.yaml`, pod("first"));
  await using node = await serveNode(
    ["--isolation", "process", "--node-name", "n1", "--manifests", folder],
    places,
  );
  const read = async () => await (await node.fetch(`${PODS}/web-n1`)).json();
  const log = async () => await (await node.fetch(`${PODS}/web-n1/log`)).text();
  const isReady = async () => (await read()).status?.containerStatuses?.[0]?.ready === true;
  await until(isReady, "the Pod runs");
  await until(async () => await log() === "first\n", "its log is there");

  const first = await read();
  const deleted = await node.fetch(`${PODS}/web-n1`, { method: "DELETE" });
  deepEqual([deleted.status, (await deleted.json()).metadata.name], [200, "web-n1"]);
  await until(async () => {
    const { metadata, status } = await read();
    return metadata?.uid !== first.metadata.uid && status?.phase === "Running";
  }, "another object stands for it");
  const second = await read();
  notEqual(second.metadata.uid, first.metadata.uid);
  deepEqual(second.status.containerStatuses, first.status.containerStatuses);
  deepEqual(await log(), "first\n");

  await Deno.writeTextFile(`${folder}/bad.yaml`, pod("x").replace("image", "imgae"));
  await Deno.writeTextFile(`${folder}/web.yaml`, pod("second"));
  await until(async () => await log() === "second\n", "the changed Pod runs");
  await Deno.remove(`${folder}/web.yaml`);
  await until(
    async () => (await (await node.fetch(PODS)).json()).items.length === 0,
    "the Pod is gone with its file",
  );
  const { code, stderr } = await node.end();
  match(stderr, /^podling: \S+\/bad\.yaml:5:\d+: spec\.containers\[0\]\.imgae: unknown field/m);
  deepEqual(code, 0);
});
