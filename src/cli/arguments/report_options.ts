/** Options of the commands that show what Pods do: `experiment`, `check`, `lab` and `timeline`. */
import { parsePositiveDuration } from "../../base/duration.ts";
import { EXPERIMENT_POLICIES, EXPERIMENT_ROLES } from "../../report/experiment/experiment_words.ts";
import { helpOptions, machineOptions, type OptionTable, path } from "./option_table.ts";
import {
  parseChoice,
  parseCount,
  parseExitCode,
  parsePositiveNumber,
  parsePrediction,
} from "./values.ts";

/** Words of a list, each one of a few. */
const wordsOf = <const Word extends string>(words: readonly Word[]) => {
  const parse = parseChoice(words);
  return (text: string) => text.split(",").map(parse);
};

/** Options of `experiment`. */
export const experimentOptions = {
  exit: {
    kind: "value",
    placeholder: "CODE[,CODE…]",
    default: "0,1,137",
    description: "what the container ends with, each time",
    parse: (text: string) => text.split(",").map(parseExitCode),
  },
  policy: {
    kind: "value",
    placeholder: "POLICY[,POLICY…]",
    default: EXPERIMENT_POLICIES.join(),
    description: "restart policies of the Pod",
    parse: wordsOf(EXPERIMENT_POLICIES),
  },
  as: {
    kind: "value",
    placeholder: "ROLE[,ROLE…]",
    default: EXPERIMENT_ROLES.join(),
    description: "what the container is to its Pod",
    parse: wordsOf(EXPERIMENT_ROLES),
  },
  for: {
    kind: "value",
    placeholder: "DURATION",
    default: "1m",
    description: "how long each Pod lives, in lifecycle time",
    parse: parsePositiveDuration,
  },
  speed: {
    kind: "value",
    placeholder: "N",
    default: "30",
    description: "waiting runs N times as fast as the wall clock",
    parse: parsePositiveNumber,
  },
  simulate: { kind: "flag", description: "on the virtual clock; no process is started" },
  isolation: {
    kind: "value",
    placeholder: "auto|sandbox|process",
    default: "process",
    description: "as of run; exit codes need no sandbox",
    parse: parseChoice(["auto", "sandbox", "process"]),
  },
  output: {
    kind: "value",
    short: "o",
    placeholder: "text|json|markdown|html",
    default: "text",
    description: "the form of the table",
    parse: parseChoice(["text", "json", "markdown", "html"]),
  },
  ...helpOptions,
} as const satisfies OptionTable;

/** Options of `check`. */
export const checkOptions = {
  output: {
    kind: "value",
    short: "o",
    placeholder: "text|tap|junit|github",
    default: "text",
    description: "lines for people, TAP 14, JUnit XML, or annotations of GitHub",
    parse: parseChoice(["text", "tap", "junit", "github"]),
  },
  simulate: { kind: "flag", description: "on the virtual clock; no process is started" },
  update: {
    kind: "flag",
    description: "writes what happened as the new expectation, after showing the difference",
  },
  speed: {
    kind: "value",
    placeholder: "N",
    default: "20",
    description: "waiting runs N times as fast as the wall clock, where a file gives no speed",
    parse: parsePositiveNumber,
  },
  isolation: {
    kind: "value",
    placeholder: "auto|sandbox|process",
    default: "auto",
    description: "as of run",
    parse: parseChoice(["auto", "sandbox", "process"]),
  },
  tolerance: {
    kind: "value",
    placeholder: "DURATION",
    default: "1s",
    description: "how far a moment of a real run may be off, in time of the machine",
    parse: parsePositiveDuration,
  },
  timeout: {
    kind: "value",
    placeholder: "DURATION",
    default: "1m",
    description: "a file that takes longer fails",
    parse: parsePositiveDuration,
  },
  jobs: {
    kind: "value",
    placeholder: "N",
    description: "how many files run at once; as many as there are cores",
    parse: parseCount,
  },
  schema: {
    kind: "flag",
    description: "prints the JSON Schema of scenario files, for editors, and ends",
  },
  ...helpOptions,
} as const satisfies OptionTable;

/** Options of `lab`. */
export const labOptions = {
  all: { kind: "flag", description: "every lesson, one after the other" },
  answers: { kind: "flag", description: "asks nothing: the right answers are the predictions" },
  predict: {
    kind: "list",
    placeholder: "QUESTION=ANSWER",
    description: "asks nothing: a prediction for a lesson's question",
    parse: parsePrediction,
  },
  lang: {
    kind: "value",
    placeholder: "en|zh",
    description: "English or Chinese; else by LC_ALL, LC_MESSAGES and LANG",
    parse: parseChoice(["en", "zh"]),
  },
  print: { kind: "flag", description: "prints the lesson's manifest, for a copy to edit" },
  manifest: {
    kind: "value",
    placeholder: "FILE",
    description: "runs your copy in place of the lesson's manifest",
    parse: path,
  },
  speed: {
    kind: "value",
    placeholder: "N",
    description: "waiting runs N times as fast as the wall clock; else as each lesson has it",
    parse: parsePositiveNumber,
  },
  simulate: {
    kind: "flag",
    description: "on the virtual clock; questions that need real programs are left out",
  },
  ...machineOptions,
  ...helpOptions,
} as const satisfies OptionTable;

/** Options of `timeline`. */
export const timelineOptions = {
  output: {
    kind: "value",
    short: "o",
    placeholder: "text|svg|html",
    default: "text",
    description: "lines as wide as the terminal, a drawing, or a page that opens offline",
    parse: parseChoice(["text", "svg", "html"]),
  },
  ...helpOptions,
} as const satisfies OptionTable;
