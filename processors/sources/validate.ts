/** From a schema and a value to a typed value or the refusal of the first field that is wrong. */
import type { z } from "zod";
import { type Refusal, type RefusalCode, refusal } from "../refusal.js";
import { MAX_NUMBER } from "../rule/index.js";
import { formatPath, joinPath, valueAt } from "./path.js";

export type Validated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

type Issue = z.core.$ZodIssue;

/** `parent` is the path of `value` in the document. Of several wrong fields the first in the schema's order is named. */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  parent = "",
): Validated<z.output<Schema>> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, refusal: refusalOf(result.error.issues, value, parent) };
}

function refusalOf(issues: readonly Issue[], value: unknown, parent: string): Refusal {
  const [issue] = issues;
  // The library gives at least one.
  if (issue === undefined) return refusal("BAD_VALUE", parent, "not as expected");
  const found = valueAt(value, issue.path);
  const path = joinPath(parent, formatPath(issue.path));
  const { code, message } = explain(issue, found);
  return refusal(found === undefined || found === null ? "MISSING_FIELD" : code, path, message);
}

interface Explanation {
  readonly code: RefusalCode;
  readonly message: string;
}

/** Messages are made of what the schema says, never of what was found. */
function explain(issue: Issue, found: unknown): Explanation {
  switch (issue.code) {
    case "invalid_type":
      return { code: "BAD_TYPE", message: EXPECTATIONS[issue.expected] ?? integerMessage(issue, found) };
    case "too_small":
    case "too_big":
      return { code: "BAD_TYPE", message: integerMessage(issue, found) };
    case "invalid_union":
      if (typeof found === "number") return { code: "BAD_TYPE", message: integerMessage(issue, found) };
      return { code: typeof found === "string" ? "BAD_VALUE" : "BAD_TYPE", message: issue.message };
    case "invalid_value":
      return { code: typeof found === "string" ? "BAD_VALUE" : "BAD_TYPE", message: `expected ${list(issue.values)}` };
    default:
      return { code: concernsType(issue) ? "BAD_TYPE" : "BAD_VALUE", message: issue.message };
  }
}

const EXPECTATIONS: Readonly<Record<string, string>> = {
  string: "expected a string",
  boolean: "expected a boolean",
  object: "expected an object",
};

/** Whether one of our own checks looked at the type, and not at the value. */
function concernsType(issue: Issue): boolean {
  return issue.code === "custom" && issue.params?.type === true;
}

function integerMessage(issue: Issue, found: unknown): string {
  const outOfRange = typeof found === "number" && (Number.isInteger(found) || !Number.isFinite(found));
  return outOfRange ? `expected a safe integer from 0 to ${largest(issue)}` : "expected a safe integer";
}

function largest(issue: Issue): number {
  return issue.code === "too_big" ? Math.min(Number(issue.maximum), MAX_NUMBER) : MAX_NUMBER;
}

function list(values: readonly z.core.util.Primitive[]): string {
  return values.map((value) => JSON.stringify(value)).join(" or ");
}
