/**
 * The rules in CEL of CustomResourceDefinitions, which are loaded when the first definition or an
 * object of a kind that has some is written.
 */
import { findDefinitionRuleErrors, warnDefinitionRules } from "../custom/rules/rule_check.ts";
import { findRuleErrors } from "../custom/rules/rule_errors.ts";

/** By what the rows of definitions do with them. */
export const expressionRules = {
  findDefinitionRuleErrors,
  warnDefinitionRules,
  findRuleErrors,
} as const;

/** The type of {@link expressionRules}. */
export type ExpressionRules = typeof expressionRules;
