import {
  deepStrictEqual as deepEqual,
  match,
  notStrictEqual as notEqual,
} from "node:assert/strict";
import { computeTemplateHash, isSameTemplate } from "../../src/controllers/template_hash.ts";
import { templateOf } from "../support/workloads.ts";

const [one, two] = [templateOf("web:1"), templateOf("web:2")];

Deno.test("computeTemplateHash() R-DEPLOY-2: of the content, in an alphabet without words", () => {
  const { metadata, spec } = one;
  deepEqual(computeTemplateHash({ spec, metadata: metadata! }), computeTemplateHash(one));
  notEqual(computeTemplateHash(one), computeTemplateHash(two));
  notEqual(computeTemplateHash(one), computeTemplateHash(one, 1));
  match(computeTemplateHash(one), /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});

Deno.test("isSameTemplate() the hash is not part of it", () => {
  const labels = { ...one.metadata!.labels, "pod-template-hash": "x" };
  deepEqual(isSameTemplate({ ...one, metadata: { labels } }, one), true);
  deepEqual(isSameTemplate(one, two), false);
});
