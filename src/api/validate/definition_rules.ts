/**
 * The rules of CustomResourceDefinitions and of the objects that they define, which are loaded
 * where there is an API for them; pure.
 */
import {
  applyDefinitionDefaults,
  endDefinition,
  noteStoredVersion,
  prepareDefinition,
  warnDefinition,
} from "../custom/definition_defaults.ts";
import { findDefinitionErrors, findDefinitionUpdateErrors } from "../custom/definition_errors.ts";
import { customKindsOf } from "../custom/custom_kind.ts";
import {
  applyCustomDefaults,
  findCustomErrors,
  findCustomStatusErrors,
  findCustomUpdateErrors,
  isCustomChange,
  presentCustom,
  warnCustom,
} from "../custom/custom_object.ts";

/** By what their rows do with them. */
export const definitionRules = {
  applyDefinitionDefaults,
  prepareDefinition,
  noteStoredVersion,
  endDefinition,
  findDefinitionErrors,
  findDefinitionUpdateErrors,
  warnDefinition,
  customKindsOf,
  applyCustomDefaults,
  findCustomErrors,
  findCustomUpdateErrors,
  findCustomStatusErrors,
  isCustomChange,
  presentCustom,
  warnCustom,
} as const;

/** The type of {@link definitionRules}. */
export type DefinitionRules = typeof definitionRules;
