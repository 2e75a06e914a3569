/** A lesson: a manifest, what happens to it, and questions that its run answers; pure. */
import type { Observation } from "./observation.ts";
import type { Sight } from "./sight.ts";

/** What a lesson is in any language. */
export interface Lesson {
  /** The objects, as YAML; its first line is a comment that is not shown. */
  readonly manifest: string;
  /** How much faster than the wall clock waiting runs. */
  readonly speed: number;
  /** Options of `run` and `simulate`: deletions, faults, the network. */
  readonly options?: readonly string[];
  /** Changes of the manifest that are applied meanwhile. */
  readonly applies?: readonly Change[];
  /** Separated processes, a volume at a path: what only a sandbox gives. */
  readonly needsSandbox?: boolean;
  /** After which sights there is nothing more to see. @default the run ends by itself */
  readonly ends?: readonly Sight[];
  /** The script of `simulate` for the same outcome, as YAML. @default all that ends succeeds */
  readonly script?: string;
  /** The questions by their names, in the order in which they are asked. */
  readonly questions: Readonly<Record<string, Question>>;
}

/** A change of a manifest, so that it follows what a learner has edited. */
export interface Change {
  /** The moment of lifecycle time, such as `20s`. */
  readonly at: string;
  /** Where it first matches is what changes. */
  readonly replace: RegExp;
  /** The new text. */
  readonly by: string;
}

/** A manifest after a change; the same where there is nothing to change. */
export function applyChange(manifest: string, { replace, by }: Change): string {
  return manifest.replace(replace, () => by);
}

/** A question about a run, or about Kubernetes. */
export interface Question {
  /** Where its answer is in the events; absent: no run on one machine can show it. */
  readonly observed?: Observation;
  /** The right answer, as the manifest stands. */
  readonly answer: string;
  /** What may be answered; absent: a number. */
  readonly choices?: readonly string[];
  /** Id of the rule that explains the answer. */
  readonly rule: string;
}

/** Whether only real programs answer a question: what they write, and how they answer a signal. */
export function needsPrograms({ observed }: Question): boolean {
  return observed?.type === "output";
}

/** The manifest as it is shown. */
export function shownManifest({ manifest }: Pick<Lesson, "manifest">): string {
  return manifest.replace(/^# .*\n/, "");
}
