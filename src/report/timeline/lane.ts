/** One row of a timeline: states that follow each other, and moments; pure. */
import type { Millis } from "../../base/clock.ts";

/** What a lane shows. */
export type LaneRole =
  | "phase"
  | "ready"
  | "pause"
  | "init"
  | "sidecar"
  | "ephemeral"
  | "app"
  | "object";

/** What a span of time was; decides its colour. */
export type SpanState =
  | "pending"
  | "running"
  | "succeeded"
  | "failed"
  | "unknown"
  | "ready"
  | "notReady"
  | "waiting"
  | "backOff"
  | "object";

/** What an event says: shown where someone points. */
export interface Fact {
  readonly at: Millis;
  /** A sentence. */
  readonly message: string;
  /** The facts that led to it. */
  readonly because?: string;
  /** Id of the rule that explains it. */
  readonly rule?: string;
}

/** A state of a lane. */
export interface Span {
  readonly from: Millis;
  readonly to: Millis;
  readonly state: SpanState;
  /** A word or two, such as `Running`. */
  readonly label: string;
  /** How it ended: `exit 1`, `SIGKILL`. */
  readonly end?: string;
  /** The log ends before it does. */
  readonly isOpen: boolean;
  /** What began it, and what ended it. */
  readonly facts: readonly Fact[];
}

/** What happened at a moment; decides the sign. */
export type MarkKind = "signal" | "probe" | "hook" | "decision" | "condition" | "startError";

/** A moment. */
export interface Mark {
  readonly at: Millis;
  readonly kind: MarkKind;
  /** A word or two, such as `SIGTERM`. */
  readonly label: string;
  /** Whether it is a failure. */
  readonly isBad: boolean;
  readonly fact: Fact;
}

/** A row. */
export interface Lane {
  readonly title: string;
  readonly role: LaneRole;
  readonly spans: readonly Span[];
  readonly marks: readonly Mark[];
}

/** A lane while events are read. */
export class LaneBuilder {
  readonly #spans: Span[] = [];
  readonly #marks: Mark[] = [];
  #open: { readonly state: SpanState; readonly label: string; readonly fact: Fact } | undefined;

  /** A lane without spans and marks. */
  constructor(readonly title: string, readonly role: LaneRole) {}

  /** What goes on. */
  get state(): SpanState | undefined {
    return this.#open?.state;
  }

  /** Ends what goes on, and begins another state. */
  enter(state: SpanState, label: string, source: Fact): void {
    this.leave(source);
    this.#open = { state, label, fact: factOf(source) };
  }

  /** Ends what goes on, if anything. */
  leave(source: Fact, end?: string): void {
    if (this.#open === undefined) return;
    const { state, label, fact } = this.#open;
    const facts = end === undefined ? [fact] : [fact, factOf(source)];
    this.#open = undefined;
    this.#spans.push({
      from: fact.at,
      to: source.at,
      state,
      label,
      ...(end !== undefined && { end }),
      isOpen: false,
      facts,
    });
  }

  /** Adds a moment. */
  mark(kind: MarkKind, label: string, source: Fact, isBad = false): void {
    this.#marks.push({ at: source.at, kind, label, isBad, fact: factOf(source) });
  }

  /** The lane, as it is when the log ends. */
  end(to: Millis): Lane {
    const open = this.#open;
    const rest: Span[] = open === undefined ? [] : [{
      from: open.fact.at,
      to,
      state: open.state,
      label: open.label,
      isOpen: true,
      facts: [open.fact],
    }];
    const { title, role } = this;
    return { title, role, spans: [...this.#spans, ...rest], marks: this.#marks };
  }
}

function factOf({ at, message, because, rule }: Fact): Fact {
  return {
    at,
    message,
    ...(because !== undefined && { because }),
    ...(rule !== undefined && { rule }),
  };
}
