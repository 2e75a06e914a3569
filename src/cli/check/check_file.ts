/** One scenario file: read, run, compared. */
import { didYouMean } from "../../api/types/errors.ts";
import type { ManifestError } from "../../api/manifest/manifest.ts";
import { findNearest } from "../../base/nearest.ts";
import { UsageError } from "../../base/usage_error.ts";
import { rules } from "../../report/rules.ts";
import { type ParsedScenario, parseScenario } from "../../scenario/scenario_file.ts";
import { readManifest } from "../manifest/manifests.ts";
import { resolvePath } from "../manifest/paths.ts";
import type { FileError, FileResult } from "./failure.ts";
import { type CheckSettings, describeErrors, ScenarioRun } from "./scenario_run.ts";

/** Names standard input. */
export const STDIN = "-";

/** Reads a scenario file, runs it, and compares what it expects with what happened. */
export async function checkFile(file: string, settings: CheckSettings): Promise<CheckedFile> {
  const begin = performance.now();
  const path = file === STDIN ? undefined : resolvePath(settings.directory, file);
  const base = { file, about: "", failures: [], errors: [], notes: [], changes: [] };
  const end = (
    result: Omit<FileResult, keyof typeof base | "durationMs"> & Partial<FileResult>,
  ) => ({
    ...base,
    ...result,
    durationMs: performance.now() - begin,
  });
  const read = await readScenario(path, file);
  if ("errors" in read) return { result: end({ outcome: "refused", errors: read.errors }) };
  const { parsed, text } = read;
  const { scenario: { about } } = parsed;
  const wrong = [...parsed.errors, ...findUnknownRules(parsed, file)];
  if (wrong.length > 0) {
    return { result: end({ about, outcome: "refused", errors: describeErrors(wrong) }) };
  }
  try {
    const { diagnostics, ...checked } = await new ScenarioRun(parsed, { file, path }, settings)
      .check();
    return { result: end({ about, ...checked }), text, diagnostics };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const errors = [{ text: `${file}: ${error.message}` }];
    return { result: end({ about, outcome: "refused", errors }) };
  }
}

/** The outcome of a file, and what was read of it. */
export interface CheckedFile {
  readonly result: FileResult;
  /** Of one that was run. */
  readonly text?: string;
  /** The lines that the run would have written to standard error. */
  readonly diagnostics?: readonly string[];
}

async function readScenario(
  path: string | undefined,
  file: string,
): Promise<
  { readonly errors: FileError[] } | { readonly parsed: ParsedScenario; readonly text: string }
> {
  const errors: ManifestError[] = [];
  const bytes = await readManifest(path, file, errors);
  if (bytes === undefined) return { errors: describeErrors(errors) };
  const text = new TextDecoder().decode(bytes);
  if (/^\s*$/.test(text.replaceAll(/^#.*$/gm, ""))) {
    return { errors: [{ text: `${file}:1:1: the file is empty: expected a scenario`, line: 1 }] };
  }
  return { parsed: parseScenario(text, file), text };
}

/** Rules that a scenario names and that are not there. */
function findUnknownRules(
  { scenario: { rules: shown, expected }, positionOf }: ParsedScenario,
  file: string,
): ManifestError[] {
  const { trace = [], order, never } = expected;
  const named = [
    ...shown.map((id, index) => ({ id, field: `rules[${index}]` })),
    ...[...trace, ...order, ...never].flatMap(({ rule, field }) =>
      rule ? [{ id: rule, field }] : []
    ),
  ];
  return named.filter(({ id }) => !Object.hasOwn(rules, id)).map(({ id, field }) => ({
    file,
    field,
    ...positionOf(field),
    reason: "NotFound",
    message: `there is no rule "${id}"`,
    ...didYouMean(findNearest(id, Object.keys(rules))),
  }));
}
