/** What ops/prometheus records, alerts on and tests, as its files say. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { FOLDER } from "./promtool.js";

const text = z.string();
const severity = z.enum(["critical", "warning"]);

/** Strict: a key that is misspelt is refused. */
const recordingRule = z.strictObject({ record: text, expr: text });
const alert = z.strictObject({
  alert: text,
  expr: text,
  for: text.optional(),
  labels: z.strictObject({ severity }),
  annotations: z.strictObject({ summary: text, description: text, runbook_url: z.url() }),
});
export type Alert = z.infer<typeof alert>;

const groupsOf = <Rule extends z.ZodType>(rule: Rule) =>
  z.strictObject({
    groups: z.array(z.strictObject({ name: text, interval: text.optional(), rules: z.array(rule) })),
  });

const sample = z.strictObject({ labels: text, value: z.number() });
const unitTest = z.strictObject({
  name: text,
  interval: text,
  input_series: z.array(z.strictObject({ series: text, values: text })),
  promql_expr_test: z.array(z.strictObject({ expr: text, eval_time: text, exp_samples: z.array(sample) })).default([]),
  alert_rule_test: z
    .array(z.strictObject({ eval_time: text, alertname: text, exp_alerts: z.array(z.unknown()) }))
    .default([]),
});
const unitTests = z.strictObject({
  rule_files: z.array(text),
  evaluation_interval: text,
  group_eval_order: z.array(text),
  tests: z.array(unitTest),
});
export type UnitTests = z.infer<typeof unitTests>;

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export function recordingRules(): readonly RecordingRule[] {
  const { groups } = groupsOf(recordingRule).parse(read("rules.yml"));
  return groups.flatMap(({ rules }) => rules);
}

export function alerts(): readonly Alert[] {
  const { groups } = groupsOf(alert).parse(read("alerts.yml"));
  return groups.flatMap(({ rules }) => rules);
}

/** @throws z.ZodError where it is none */
export function parseUnitTests(content: string): UnitTests {
  return unitTests.parse(parse(content));
}

export function unitTestsIn(file: string): UnitTests {
  return parseUnitTests(readFileSync(join(FOLDER, file), "utf8"));
}

function read(file: string): unknown {
  return parse(readFileSync(join(FOLDER, file), "utf8"));
}
