/** What the lab says, in English; pure. */
import type { LabWords } from "./words.ts";

/** The words of the lab in English. */
export const englishWords: LabWords = {
  listTitle: "Lessons about Pods: predict, run for real, and see why",
  listPrompt: "Number or name of a lesson (Enter: the first; q: quit) > ",
  listHint: [
    "podling lab NAME, on a terminal, asks for predictions and runs that lesson.",
    "podling lab --all --answers runs all of them with the right answers.",
  ],
  noSuchLesson: (typed) => `There is no lesson ${typed}.`,
  heading: (number, count, name) => `Lesson ${number} of ${count}: ${name}`,
  manifest: "The manifest",
  applied: (at) => `Changed lines, applied after ${at}`,
  changes: (options) => `Run with ${options.join(" ")}`,
  predictions: "Your predictions",
  predictionHint: "Enter alone skips a question, q quits.",
  numberPrompt: "a number > ",
  choicePrompt: (count) => `1 to ${count} > `,
  notAnswer: (typed) => `${typed} is not one of the answers.`,
  running: (speed) =>
    speed === "1"
      ? "Running it with real processes … (Enter ends the run)"
      : `Running it with real processes, waiting ${speed} times as fast … (Enter ends the run)`,
  simulating: "Playing it on the virtual clock …",
  output: "What the containers wrote",
  moreLines: (count) => `… and ${count} more lines`,
  happened: "What happened",
  nothingHappened: "Nothing was started.",
  grades: "Your predictions and the run",
  right: "right",
  wrong: (predicted) => `you said ${predicted}`,
  noPrediction: "no prediction",
  unseen: "the run did not come to that",
  notShown: "known, not run",
  score: (right, asked) => `${right} of ${asked} predictions right`,
  because: (facts) => `In this run: ${facts}`,
  tryNext: (what) => `Try next: ${what}`,
  rule: (id, text) => `${id}: ${text}`,
  sameRule: (id, number) => `${id}: as for question ${number}`,
  edited: "This is your manifest: the run decides what is right, and the facts explain it.",
  limited: "The run was ended here, before its own end.",
  differs: (speed) =>
    "The run differs from what the lesson says. A busy machine may not keep up with --speed " +
    `${speed}: a lower one gives it time.`,
  needsSandbox: (reason) =>
    `This lesson needs a sandbox, and this machine or run has none: ${reason}`,
  menu: (next) => [
    next === undefined ? "Enter  to the list" : `Enter  next lesson: ${next}`,
    "a      the same again",
    "e      edit the manifest and run it",
    "l      list of lessons",
    "q      quit",
  ],
  noEditor: (file) =>
    `Neither VISUAL nor EDITOR is set. Edit ${file} in another window, then press Enter.`,
  editorFailed: (command, code) =>
    `${command} ended with exit status ${code}; the manifest stays as it was.`,
  finished: "That was the last lesson. podling experiment makes tables of outcomes of your own.",
  goodbye: "Nothing is left running.",
  result: {
    ok: "ok",
    failed: "FAILED",
    skipped: "skipped",
    answers: (right, asked) => `${right} of ${asked} answers as the lesson says`,
    difference: (name, expected, seen) => `${name}: ${expected} expected, ${seen} seen`,
    slower: (speed) => `at the second attempt, with --speed ${speed}`,
    total: (as, run, skipped) =>
      `${as} of ${run} lessons happened as they say` +
      (skipped === 0 ? "" : `, ${skipped} skipped`),
  },
};
