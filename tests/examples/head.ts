/** The head comment of an example, as a promise that can be kept or broken; pure. */

/** What is promised of one way to run it; `…` stands for anything within a line. */
export interface Expectation {
  readonly exitStatus: number;
  /** Texts that standard output contains, in this order. */
  readonly output: readonly string[];
  /** The same of standard error. */
  readonly error: readonly string[];
  /** Texts that one of them contains. */
  readonly seen: readonly string[];
  /** Texts that neither contains. */
  readonly unseen: readonly string[];
}

/** The outcome of a run. */
export interface Outcome {
  readonly exitStatus: number;
  readonly output: string;
  readonly error: string;
}

/** A head comment. */
export interface Head {
  /** The whole command line. */
  readonly command: string;
  readonly sandbox: Expectation;
  readonly process: Expectation;
}

/**
 * Reads the comment lines that a manifest begins with.
 * @throws {Error} if something that every head says is missing.
 */
export function parseHead(text: string): Head {
  const lines = text.slice(0, /^[^#]/m.exec(text)?.index).split("\n").map((line) => line.slice(2));
  const [command] = readList(lines, "Run:");
  if (command === undefined) throw new Error("there is no command after Run:");
  const on = (stream: string) => readList(lines, `Expected on standard ${stream}:`);
  const sandbox: Expectation = {
    exitStatus: Number(readLine(lines, /^Exit status: (\d+)$/)[1]),
    output: on("output"),
    error: on("error"),
    seen: [...on("output, in any order"), ...on("error, in any order")],
    unseen: readList(lines, "Not expected:"),
  };
  const { output, error, seen } = sandbox;
  if ([...output, ...error, ...seen].length === 0) throw new Error("nothing is to be seen");
  const [, same, status, why = ""] = readLine(
    lines,
    /^With --isolation process: (?:(the same)|refused \((?=125)(\d+)\): (.+)|exit status (\d+): (.+))$/,
    (match) => [match[0], match[1], match[2] ?? match[4], match[3] ?? match[5]],
  );
  const process = same
    ? sandbox
    : { exitStatus: Number(status), output: [], error: [], seen: [why], unseen: [] };
  return { command, sandbox, process };
}

type Groups = readonly (string | undefined)[];

function readLine(
  lines: readonly string[],
  pattern: RegExp,
  choose: (match: RegExpExecArray) => Groups = (match) => match,
): Groups {
  const [match, ...more] = lines.map((line) => pattern.exec(line)).filter((it) => it !== null);
  if (match === undefined || more.length > 0) throw new Error(`not one line is ${pattern}`);
  return choose(match);
}

/** The indented lines below a title. */
function readList(lines: readonly string[], title: string): string[] {
  const begin = lines.indexOf(title) + 1;
  if (begin === 0) return [];
  const end = lines.findIndex((line, index) => index >= begin && !line.startsWith("  "));
  return lines.slice(begin, end === -1 ? undefined : end).map((line) => line.trim());
}

/** What was promised of a run and is not so. */
export function findUnmet(outcome: Outcome, expectation: Expectation): string[] {
  const { exitStatus, output, error, seen, unseen } = expectation;
  const all = `${outcome.output}\n${outcome.error}`;
  const contains = (words: string) => toPattern(words).test(all);
  return [
    ...findDisorder(outcome.output, output).map((it) => `not on standard output: ${it}`),
    ...findDisorder(outcome.error, error).map((it) => `not on standard error: ${it}`),
    ...seen.filter((words) => !contains(words)).map((it) => `not seen: ${it}`),
    ...unseen.filter(contains).map((it) => `seen: ${it}`),
    ...exitStatus === outcome.exitStatus ? [] : [`exit status: ${outcome.exitStatus}`],
  ];
}

/** What is missing, or not after what stands before it. */
function findDisorder(text: string, wanted: readonly string[]): string[] {
  let from = 0;
  return wanted.filter((words) => {
    const found = toPattern(words).exec(text.slice(from));
    if (found !== null) from += found.index + found[0].length;
    return found === null;
  });
}

function toPattern(words: string): RegExp {
  return new RegExp(words.split("…").map((part) => RegExp.escape(part)).join(".*"));
}
