/** OpenAPI v2, as JSON and as older kubectl reads it. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { startApi } from "../../support/api_server.ts";
import { define } from "../../support/definitions.ts";

Deno.test("OpenAPI v2 has every kind, custom ones too, and all that its schemas name", async () => {
  const api = startApi();
  await define(api);
  const { body } = await api.ask("GET", "/openapi/v2");
  equal(body.swagger, "2.0");
  const text = JSON.stringify(body);
  const refs = text.match(/(?<="#\/definitions\/)[^"]+/g) ?? [];
  deepEqual([...new Set(refs)].filter((it) => !(it in body.definitions)), []);
  // A schema of schemas has these names among its fields.
  const schemas = Object.entries(body.definitions).filter(([it]) =>
    !it.endsWith("JSONSchemaProps")
  );
  ok(!/"(oneOf|anyOf|allOf|nullable)":/.test(JSON.stringify(schemas)), "words of v3 are left out");
  const tab = body.definitions["com.example.stable.v1.CronTab"];
  deepEqual(tab.properties.spec.properties.port, { type: "string", format: "int-or-string" });
  deepEqual(tab.properties.spec.properties.ports.items.properties.port, {
    type: "integer",
    format: "int32",
  });
  const { patch } =
    body.paths["/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}"];
  deepEqual(patch["x-kubernetes-group-version-kind"], {
    group: "stable.example.com",
    version: "v1",
    kind: "CronTab",
  });
  api.close();
});

/** The fields of a message, each of which is a length and as many bytes. */
function readMessage(bytes: Uint8Array): [number: number, content: Uint8Array][] {
  const parts: [number, Uint8Array][] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1;; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    equal(tag & 7, 2);
    const length = varint();
    ok(at + length <= bytes.length);
    parts.push([tag >> 3, bytes.subarray(at, at + length)]);
    at += length;
  }
  return parts;
}

Deno.test("OpenAPI v2 in protobuf names what can be patched, and how", async () => {
  const api = startApi();
  await define(api);
  const type = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
  const response = await api.send("GET", "/openapi/v2", { accept: `${type},*/*` });
  equal(response.headers.get("content-type"), type.replace("@", "."));
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const all = (parts: [number, Uint8Array][], number: number) =>
    parts.filter(([it]) => it === number).map(([, content]) => content);
  const document = readMessage(await response.bytes());
  deepEqual([decode(all(document, 1)[0]!), all(document, 9).length], ["2.0", 1]);
  const items = all(readMessage(all(document, 8)[0]!), 2).map(readMessage);
  const found = items.find((it) => decode(all(it, 1)[0]!).endsWith("/crontabs/{name}"))!;
  const operation = readMessage(all(readMessage(all(found, 2)[0]!), 8)[0]!);
  deepEqual(all(operation, 7).map(decode), [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/apply-patch+yaml",
  ]);
  const names = all(operation, 8).map((it) => {
    const query = all(readMessage(all(readMessage(all(readMessage(it), 1)[0]!), 2)[0]!), 3)[0]!;
    return all(readMessage(query), 2).concat(all(readMessage(query), 4)).map(decode).join(":");
  });
  ok(names.includes("query:fieldValidation"));
  const [name, value] = readMessage(all(operation, 13)[0]!).map(([, content]) => content);
  equal(decode(name!), "x-kubernetes-group-version-kind");
  match(
    decode(readMessage(value!)[0]![1]),
    /^group: "stable.example.com"\nkind: CronTab\nversion: v1\n$/,
  );
  api.close();
});
