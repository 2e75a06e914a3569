/** `validate MANIFEST…`: what is wrong with the manifests, else what each of their fields gets. */
import type { Support } from "../api/support/row.ts";
import { annotatedFields, emptyFieldSupport, fieldSupport } from "../api/field_support.ts";
import { escapeControls } from "../base/control_characters.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import { parseOptions } from "./arguments/arguments.ts";
import { formatColumns, readLineWidth } from "./output/columns.ts";
import { exitStatus } from "./run/exit_status.ts";
import { readUserDirectory } from "./terminal/launchers.ts";
import {
  checkDocuments,
  findWarnings,
  formatManifestErrors,
  loadManifests,
  type SourceDocument,
} from "./manifest/manifests.ts";
import { checkOthers, describeIgnored } from "./manifest/other_objects.ts";
import { validateOptions } from "./arguments/options.ts";
import { print, printError } from "./output/print.ts";

/** A field that a manifest gives. */
export interface GivenField {
  /** `spec.containers[0].image` */
  readonly field: string;
  /** How far it is supported. */
  readonly support: Support;
  /** Why, or by which rule. */
  readonly note: string;
}

/**
 * Checks manifests without running anything.
 *
 * @param words what stands after the command.
 * @param project the folder of our own settings.
 * @returns the program's exit status.
 * @throws {UsageError}
 */
export async function validate(words: readonly string[], project: string): Promise<number> {
  const { values: options, operands } = parseOptions(validateOptions, words);
  const manifests = [...options.filename, ...operands];
  const loaded = await loadManifests(manifests, readUserDirectory(project));
  const errors = [
    ...loaded.errors,
    ...checkDocuments(loaded.documents),
    ...checkOthers(loaded, options.strict),
  ];
  const ignored = loaded.others.flatMap((it) =>
    describeIgnored([it]).map((object) => ({ file: it.file, ...object }))
  );
  const warnings = findWarnings(loaded.documents);
  const valid = errors.length === 0;
  if (options.output === "json") {
    const objects = loaded.documents.map((it) => ({
      ...describe(it),
      fields: givenFields(it.object),
    }));
    await print(JSON.stringify({ valid, errors, warnings, objects, ignored }, null, 2));
  } else {
    const lines = [...formatManifestErrors(errors), ...warnings];
    if (valid) {
      lines.push(
        ...ignored.map(({ file, line, column, message }) =>
          `${file}:${line}:${column}: warning: ${message}`
        ),
      );
    }
    if (lines.length > 0) await printError(lines.join("\n"));
    if (valid) {
      const width = readLineWidth();
      await print(loaded.documents.flatMap((it) => formatDocument(it, width)).join("\n"));
    }
  }
  return valid ? exitStatus.success : exitStatus.failure;
}

function describe({ object, file }: SourceDocument) {
  const { name, namespace } = object.metadata;
  return { kind: object.kind, name, namespace: namespace || "default", file };
}

function formatDocument(document: SourceDocument, lineWidth: number): string[] {
  const { kind, name, file } = describe(document);
  const rows = givenFields(document.object).map(({ field, support, note }) =>
    [`  ${escapeControls(field)}`, support, note] as const
  );
  return [escapeControls(`${file}: ${kind} "${name}" is valid`), ...formatColumns(rows, lineWidth)];
}

/** Every field of an object with a value, as deep as the table of support goes. */
export function givenFields(object: KubernetesObject): GivenField[] {
  const found: GivenField[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && Object.keys(value).length === 0) {
      found.push({ field: path, ...emptyFieldSupport(object.kind, path) });
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        if (typeof item === "object" && item !== null) visit(item, `${path}[${index}]`);
        else if (index === 0) add(path);
      }
    } else if (typeof value === "object" && value !== null && !isData(path)) {
      for (const [name, item] of Object.entries(value)) {
        visit(item, path ? `${path}.${name}` : name);
      }
    } else if (value !== undefined) add(path, value);
  };
  const add = (field: string, value?: unknown): void => {
    // Decoding gives a template an empty name.
    if (value === "" && field.endsWith(".metadata.name")) return;
    const support = fieldSupport(object.kind, field, value);
    if (support !== undefined) found.push({ field, ...support });
    if (field !== "metadata.annotations") return;
    for (const row of annotatedFields(object)) found.push({ ...row, support: "ignored" });
  };
  visit(object, "");
  return found;
}

/** Maps of the user's own keys count as one field. */
function isData(path: string): boolean {
  return /(^|\.)(data|binaryData|stringData|labels|annotations|matchLabels|nodeSelector|overhead|selector)$/
    .test(path);
}
