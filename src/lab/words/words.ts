/** What the lab says beside its lessons, in any language; pure. */

/** The words of the lab. */
export interface LabWords {
  /** Above the list. */
  readonly listTitle: string;
  /** Below the list, on a terminal: asks which lesson to begin with. */
  readonly listPrompt: string;
  /** Below the list, where nothing can be asked. */
  readonly listHint: readonly string[];
  readonly noSuchLesson: (typed: string) => string;
  /** Above a lesson. */
  readonly heading: (number: number, count: number, name: string) => string;
  readonly manifest: string;
  /** Above the lines of a manifest that is applied at a moment. */
  readonly applied: (at: string) => string;
  /** What is done during the run. */
  readonly changes: (options: readonly string[]) => string;
  readonly predictions: string;
  readonly predictionHint: string;
  /** Before what is typed for a number. */
  readonly numberPrompt: string;
  /** Before what is typed for a choice. */
  readonly choicePrompt: (count: number) => string;
  readonly notAnswer: (typed: string) => string;
  readonly running: (speed: string) => string;
  readonly simulating: string;
  readonly output: string;
  readonly moreLines: (count: number) => string;
  readonly happened: string;
  readonly nothingHappened: string;
  readonly grades: string;
  readonly right: string;
  readonly wrong: (predicted: string) => string;
  readonly noPrediction: string;
  readonly unseen: string;
  /** Where no run can show an answer. */
  readonly notShown: string;
  readonly score: (right: number, asked: number) => string;
  readonly because: (facts: string) => string;
  readonly tryNext: (what: string) => string;
  readonly rule: (id: string, text: string) => string;
  /** Of a rule whose text stands above, at the question of that number. */
  readonly sameRule: (id: string, number: number) => string;
  readonly edited: string;
  readonly limited: string;
  /** Where a run differs from what its lesson says. */
  readonly differs: (speed: string) => string;
  readonly needsSandbox: (reason: string) => string;
  /** The keys after a lesson; `next`: the lesson that follows. */
  readonly menu: (next: string | undefined) => readonly string[];
  readonly noEditor: (file: string) => string;
  readonly editorFailed: (command: string, code: number) => string;
  readonly finished: string;
  readonly goodbye: string;
  /** The words of the lines of `--all --answers`. */
  readonly result: {
    readonly ok: string;
    readonly failed: string;
    readonly skipped: string;
    readonly answers: (right: number, asked: number) => string;
    readonly difference: (name: string, expected: string, seen: string) => string;
    readonly slower: (speed: string) => string;
    readonly total: (as: number, run: number, skipped: number) => string;
  };
}
