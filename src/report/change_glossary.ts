/** Kubernetes' words for what is changed in a Pod that runs; pure. */
import type { Meaning } from "./meaning.ts";

const CONDITION = "condition of a Pod";
const REASON = "reason of PodResizePending";
const EVENT = "reason of an Event";

const ROOM = "kubectl describe node shows what all Pods request; the message names what is short.";

/** By word. */
export const changeGlossary = {
  PodResizePending: [{
    as: CONDITION,
    text: "Other amounts were asked for and are not allocated: the old ones stay in force.",
    rule: "R-RESIZE-4",
    next: ROOM,
  }],
  PodResizeInProgress: [{
    as: CONDITION,
    text: "Other amounts are allocated, and what runs does not have all of them yet.",
    rule: "R-RESIZE-9",
    next: "With the reason Error the message says what could not be given; it is repeated.",
  }],
  Deferred: [{
    as: REASON,
    text: "There is no room for them at the moment.",
    rule: "R-RESIZE-5",
    next: ROOM,
  }],
  Infeasible: [{
    as: REASON,
    text: "This kind of change is impossible on the node.",
    rule: "R-RESIZE-4",
  }],
  ResizeStarted: [{
    as: EVENT,
    text: "Other amounts are allocated to the Pod.",
    rule: "R-RESIZE-10",
  }],
  ResizeCompleted: [{
    as: EVENT,
    text: "All that runs of the Pod has the amounts that are allocated.",
    rule: "R-RESIZE-10",
  }],
  ResizeDeferred: [{
    as: EVENT,
    text: "There is no room for other amounts at the moment.",
    rule: "R-RESIZE-10",
    next: ROOM,
  }],
  ResizeError: [{
    as: EVENT,
    text: "Other amounts could not be given to what runs; that is repeated.",
    rule: "R-RESIZE-8",
    next: "The message says why: memory that is in use, for example, is not taken away.",
  }],
} as const satisfies Readonly<Record<string, readonly Meaning[]>>;
