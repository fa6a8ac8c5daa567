/** Prometheus' own tool accepts the configuration, and the rules compute what their unit tests say. */
import { expect, it } from "vitest";
import { describeWith } from "../support/describe-with.js";
import { itSlowly, LEFT_OUT } from "../support/slow.js";
import { copyWith, FOLDER, NO_PROMTOOL, promtool, replaceOnce } from "./promtool.js";

const ONE_REASON = "sum without () (source_reason:queue_ratchet_stale_drops:rate5m)";
const ONE_CLASS = "(instance, reason) (rate(queue_ratchet_decisions_total[5m]))";
const DIVISION_5M = "          )\n          /\n          (source:queue_ratchet_decisions:rate5m > 0)";
const DIVISION_1H = "          )\n          /\n          (source:queue_ratchet_decisions:rate1h > 0)";

/** What is changed, what it was, and what it becomes. */
const CHANGES: readonly [what: string, find: string, replace: string][] = [
  [
    "instances are not summed",
    "sum without (instance) (rate(queue_ratchet_stale_drops_total[5m]))",
    "rate(queue_ratchet_stale_drops_total[5m])",
  ],
  [
    "instances are not summed over an hour",
    "sum without (instance) (rate(queue_ratchet_stale_drops_total[1h]))",
    "rate(queue_ratchet_stale_drops_total[1h])",
  ],
  ["reasons are not summed", "sum without (reason) (source_reason:queue_ratchet_stale_drops:rate5m)", ONE_REASON],
  ["classes are not summed", "(instance, class, reason) (rate(queue_ratchet_decisions_total[5m]))", ONE_CLASS],
  [
    "a counter that starts again counts backwards",
    "(rate(queue_ratchet_stale_drops_total[5m]",
    "(deriv(queue_ratchet_stale_drops_total[5m]",
  ],
  ["an hour is five minutes", "(rate(queue_ratchet_decisions_total[1h]", "(rate(queue_ratchet_decisions_total[5m]"],
  ["a source without drops has no share", "    or\n            0 * source:queue_ratchet_decisions:rate5m\n", ""],
  ["no decisions give NaN", DIVISION_5M, DIVISION_5M.replace(" > 0", "")],
  ["no decisions in an hour give NaN", DIVISION_1H, DIVISION_1H.replace(" > 0", "")],
  [
    "the last hour counts as usual",
    "source_reason:queue_ratchet_stale_drops:rate1h[1d] offset 1h",
    "source_reason:queue_ratchet_stale_drops:rate1h[1d]",
  ],
  [
    "a day without decisions gives NaN",
    "(avg_over_time(source:queue_ratchet_decisions:rate1h[1d] offset 1h) > 0)",
    "avg_over_time(source:queue_ratchet_decisions:rate1h[1d] offset 1h)",
  ],
  ["tasks are not summed", "(instance, task)", "(instance)"],
  ["partitions are not summed", "(instance, partition)", "(instance)"],
];

describeWith("promtool", NO_PROMTOOL, () => {
  it("accepts the configuration, the rules and the alerts", () => {
    const { status, said } = promtool(FOLDER, "check", "config", "prometheus.yml");
    expect(said).toContain("2 rule files found");
    expect(status).toBe(0);
  });

  it("finds that the rules compute what their tests say", () => {
    expect(promtool(FOLDER, "test", "rules", "rules.test.yml")).toMatchObject({ status: 0 });
  });

  /** One of them always, the others where there is time for them. */
  it.each(CHANGES.slice(0, 1))("notices when %s", notices);
  itSlowly.each(CHANGES.slice(1))(`notices when %s${LEFT_OUT}`, notices);
});

function notices(_: string, find: string, replace: string): void {
  const folder = copyWith({ "rules.yml": (rules) => replaceOnce(rules, find, replace) });
  expect(promtool(folder, "test", "rules", "rules.test.yml")).toMatchObject({ status: 1 });
}
