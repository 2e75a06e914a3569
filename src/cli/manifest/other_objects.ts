/** Objects that a run leaves out: what is wrong with them, and what is reported of them; pure. */
import { validateCreate } from "../../api/kinds/creation.ts";
import { findInTemplate, podTemplatesOf } from "../../api/kinds/kinds.ts";
import type { ManifestError, OtherDocument } from "../../api/manifest/manifest.ts";
import { formatObject } from "../../api/manifest/other_object.ts";
import { type FieldError, required } from "../../api/types/errors.ts";
import { isOwnError, type LoadedManifests } from "./manifests.ts";

/** An object that is left out, and where it stands. */
export interface IgnoredObject {
  /** `KIND namespace/name`. */
  readonly object: string;
  /** That it is left out, and what that means. */
  readonly message: string;
  /** Line of its manifest, from 1. */
  readonly line: number;
  /** Column of the line, from 1. */
  readonly column: number;
}

/** What is reported of the objects that are left out, in order. */
export function describeIgnored(others: readonly OtherDocument[]): IgnoredObject[] {
  return others.map(({ other, positionOf }) => {
    const object = formatObject(other);
    return { object, message: `${object} is left out: ${other.note}`, ...positionOf("kind") };
  });
}

/**
 * What is wrong with the objects that are left out: an object without a name, a mistake in a Pod
 * template, and, where no manifest has a Pod, that there is nothing to run.
 *
 * @param strict each of them is an error.
 */
export function checkOthers(loaded: LoadedManifests, strict: boolean): ManifestError[] {
  const { others } = loaded;
  return [
    ...others.flatMap((it) => locate(it, [...checkOther(it), ...strict ? [isStrange(it)] : []])),
    ...findMissingPod(loaded),
  ];
}

function checkOther({ other, undecoded }: OtherDocument): FieldError[] {
  const nameless = other.name === ""
    ? [required("metadata.name", "name or generateName is required")]
    : [];
  return [...nameless, ...checkTemplate(other, undecoded)];
}

function checkTemplate(
  { template }: OtherDocument["other"],
  undecoded: readonly string[],
): FieldError[] {
  if (template === undefined) return [];
  return findInTemplate(template, validateCreate)
    .filter((error) => isOwnError(error, undecoded));
}

function isStrange({ other }: OtherDocument): FieldError {
  return {
    field: "kind",
    reason: "UnknownKind",
    message: `${other.kind} is not run here: ${other.note}`,
    hint: "without --strict it is left out",
  };
}

/**
 * A template is the nearest to a Pod; what cannot be read, or is of an unknown kind, may have been
 * meant as one.
 */
function findMissingPod({ documents, others, errors }: LoadedManifests): ManifestError[] {
  if (documents.some(({ object }) => podTemplatesOf(object).length > 0)) return [];
  const templated = others.find(({ other }) => other.template !== undefined);
  const [first] = others;
  if (templated !== undefined) {
    const { kind, template } = templated.other;
    const message = `${kind} is left out, and there is no Pod to run; ` +
      `${template!.path} runs as a Pod of its own: apiVersion v1, kind Pod, a metadata.name`;
    return locate(templated, [{ field: "kind", reason: "UnknownKind", message }]);
  }
  if (first === undefined || errors.length > 0) return [];
  const message = `${first.other.kind} is left out, and there is no Pod to run`;
  return locate(first, [{ field: "kind", reason: "UnknownKind", message }]);
}

function locate(source: OtherDocument, errors: readonly FieldError[]): ManifestError[] {
  return errors.map((error) => ({ ...source.locate(error), file: source.file }));
}
