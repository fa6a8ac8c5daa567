/** Every recording rule and every alert has unit tests of both kinds: one in which it speaks, one in which it is silent. */
import { describe, expect, it } from "vitest";
import { alerts, recordingRules, unitTestsIn } from "./monitoring.js";

const ruleCases = unitTestsIn("rules.test.yml").tests.flatMap(({ promql_expr_test: cases }) => cases);
const alertCases = unitTestsIn("alerts.test.yml").tests.flatMap(({ alert_rule_test: cases }) => cases);

describe("each recording rule", () => {
  it.each(recordingRules().map(({ record }) => record))("%s is tested with a value, and with none or 0", (record) => {
    const values = ruleCases
      .filter(({ expr }) => expr === record)
      .map(({ exp_samples: samples }) => samples.map(({ value }) => value));
    expect(values.some((one) => one.some((value) => value > 0))).toBe(true);
    expect(values.some((one) => one.every((value) => value === 0))).toBe(true);
  });

  it("is tested under its own name", () => {
    const records = recordingRules().map(({ record }) => record);
    for (const { expr } of ruleCases) expect(records).toContain(expr.replace(/ > bool 0$/, ""));
  });
});

describe("each alert", () => {
  it.each(alerts().map(({ alert }) => alert))("%s is tested firing and silent", (alert) => {
    const fired = alertCases
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts: expected }) => expected.length);
    expect(fired.some((count) => count > 0)).toBe(true);
    expect(fired.some((count) => count === 0)).toBe(true);
  });

  it("is tested under its own name", () => {
    const names = alerts().map(({ alert }) => alert);
    for (const { alertname } of alertCases) expect(names).toContain(alertname);
  });
});
