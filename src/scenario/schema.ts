/** The JSON Schema of scenario files, for editors; pure. */
import { EXPECTATION_FIELDS, SCENARIO_FIELDS, type Schema, schemaOf } from "./format.ts";

/**
 * The schema. A file has several documents, and editors compare each of them with it: those that
 * are Kubernetes objects are not scenarios.
 */
export const scenarioSchema: Schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "podling scenario",
  if: { type: "object", required: ["apiVersion", "kind"] },
  then: {},
  else: {
    ...schemaOf({ ...SCENARIO_FIELDS, ...EXPECTATION_FIELDS }),
    required: ["about"],
    anyOf: Object.keys(EXPECTATION_FIELDS).map((name) => ({ required: [name] })),
  },
};
