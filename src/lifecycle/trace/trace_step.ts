/** One step of a pod, as the event log and the recorder see it. */
import type { Pod } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import { roleOf } from "./because.ts";
import type { ContainerRole } from "./log_event.ts";
import type { PodRecord } from "../record/record.ts";

/** One step, seen from both sides. */
export interface Step {
  readonly pod: Pod;
  /** What was remembered before it. */
  readonly before: PodRecord;
  /** What is remembered after it. */
  readonly after: PodRecord;
  readonly at: Millis;
}

const roleWords: Readonly<Record<ContainerRole, string>> = {
  init: "init container",
  sidecar: "sidecar",
  app: "container",
  ephemeral: "ephemeral container",
};

/** `init container web`. */
export function roleName(pod: Pod, name: string): string {
  return `${roleWords[roleOf(pod, name)]} ${name}`;
}

/** The same at the beginning of a sentence, as all texts that begin with a small letter. */
export function capital(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
