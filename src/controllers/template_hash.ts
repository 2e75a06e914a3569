/**
 * The label that distinguishes the Pods of two templates; pure.
 *
 * Rule: Kubernetes, pkg/controller/controller_utils.go, ComputeHash, and apimachinery,
 * pkg/util/rand/rand.go, SafeEncodeString.
 */
import type { PodTemplateSpec } from "../api/types/apps.ts";
import { isEqual } from "../api/validate/common/equality.ts";
import { isObject } from "../base/plain_data.ts";

/** The label with the hash, on ReplicaSets and Pods. */
export const HASH_LABEL = "pod-template-hash";

/** Neither vowels nor what looks like one: no words come about. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/**
 * The hash of a template, in Kubernetes' alphabet (R-DEPLOY-2).
 *
 * Differs: Kubernetes hashes how Go prints the template, which only Go can do; this is the hash of
 * its JSON, so that the letters are others.
 *
 * @param collisionCount how often the hash met another template.
 */
export function computeTemplateHash(template: PodTemplateSpec, collisionCount = 0): string {
  const text = JSON.stringify(sorted(template)) + (collisionCount > 0 ? collisionCount : "");
  const digits = String(fnv32a(new TextEncoder().encode(text)));
  return [...digits].map((it) => ALPHABET[it.charCodeAt(0) % ALPHABET.length]).join("");
}

/** Whether two templates make the same Pods, whatever their hash labels are. */
export function isSameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return isEqual(withoutHash(a), withoutHash(b));
}

function withoutHash({ metadata = {}, spec }: PodTemplateSpec): PodTemplateSpec {
  const { [HASH_LABEL]: _, ...labels } = metadata.labels ?? {};
  return { metadata: { ...metadata, labels }, spec };
}

/** The order of keys is the writer's, and means nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, it]) => [key, sorted(it)]));
}

function fnv32a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
