/** The alerts fire and are silent when their unit tests say so; and these notice when a threshold is another. */
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { describeWith } from "../support/describe-with.js";
import { itSlowly, LEFT_OUT } from "../support/slow.js";
import { parseUnitTests } from "./monitoring.js";
import { copyWith, FOLDER, NO_PROMTOOL, promtool, replaceOnce } from "./promtool.js";

const UNIT_TESTS = "alerts.test.yml";

/** By alert, what is changed in it. Of the text that is replaced there is one within the alert. */
const CHANGES: Readonly<Record<string, readonly (readonly [find: string, replace: string])[]>> = {
  QueueRatchetDown: [
    [" or absent(up{", " and absent(up{"],
    [`up{job="queue-ratchet"} == 0`, "up == 0"],
    ["for: 2m", "for: 1m"],
    ["for: 2m", "for: 5m"],
  ],
  QueueRatchetStaleDropsAboveUsual: [
    ["> 3 * (", "> 2 * ("],
    ["> 3 * (", "> 4 * ("],
    ["> 0.015", "> 0.01"],
    ["> 0.015", "> 0.02"],
    ["or\n            0 * source_reason", "and\n            0 * source_reason"],
    ["for: 2m", "for: 10m"],
  ],
  QueueRatchetConversationsDiverged: [
    ["> 0", "> 2"],
    ["for: 1m", "for: 0m"],
    ["for: 1m", "for: 2m"],
  ],
  QueueRatchetLagGrowing: [
    ["> 1000", "> 900"],
    ["> 1000", "> 3000"],
    [
      "deriv(topic:queue_ratchet_consumer_lag_records:sum[15m]) > 0",
      "topic:queue_ratchet_consumer_lag_records:sum > 0",
    ],
    ["for: 10m", "for: 0m"],
    ["for: 10m", "for: 15m"],
  ],
  QueueRatchetNoProgress: [
    [`rate(queue_ratchet_commits_total{result="committed"}[2m])) == 0`, "rate(queue_ratchet_commits_total[2m])) == 0"],
    [`rate(queue_ratchet_commits_total{result="committed"}[2m])) == 0`, "rate(queue_ratchet_commits_total[2m])) >= 0"],
    ["min_over_time", "max_over_time"],
    ["(topic, partition)", "(topic)"],
    ["for: 3m", "for: 1m"],
  ],
  QueueRatchetPartitionStuck: [
    ["resets(queue_ratchet_consumer_lag_records[10m]) == 0", "queue_ratchet_consumer_lag_records > 0"],
    ["min_over_time(queue_ratchet_consumer_lag_records[10m]) > 0", "queue_ratchet_consumer_lag_records >= 0"],
    ["for: 5m", "for: 4m"],
    ["for: 5m", "for: 10m"],
  ],
  QueueRatchetDeadLetters: [
    ["> 0", "> 2"],
    ["[15m]", "[2m]"],
    ["[15m]", "[1h]"],
    ["increase(queue_ratchet_dead_letters_total[15m])", "queue_ratchet_dead_letters_total"],
  ],
  QueueRatchetRestoreStuck: [
    ["resets(queue_ratchet_restore_remaining_records[5m]) == 0", "queue_ratchet_restore_remaining_records > 0"],
    ["[5m]) > 0", "[5m]) >= 0"],
    ["resets(queue_ratchet_restore_remaining_records[5m])", "resets(queue_ratchet_restore_remaining_records[2m])"],
    ["for: 2m", "for: 1m"],
  ],
  QueueRatchetWebhookRejections: [
    ["> 0.05", "> 0.03"],
    ["> 0.05", "> 0.08"],
    ["> 4", "> 1"],
    ["> 4", "> 10"],
    [
      `rate(queue_ratchet_webhook_requests_total{status=~"401|404|413|415"}`,
      "rate(queue_ratchet_webhook_requests_total",
    ],
  ],
  QueueRatchetWebhooksTurnedAway: [
    ["> 0.01", "> 0.005"],
    ["> 0.01", "> 0.02"],
    ["> 4", "> 1"],
    ["> 4", "> 1000"],
    [`rate(queue_ratchet_webhook_requests_total{status=~"429|5.."}`, "rate(queue_ratchet_webhook_requests_total"],
  ],
  QueueRatchetWebhookQueueNearLimit: [
    ["> 0.8", "> 0.75"],
    ["> 0.8", "> 0.9"],
    ["for: 2m", "for: 0m"],
  ],
  QueueRatchetMemoryNearLimit: [
    ["> 0.85", "> 0.8"],
    ["> 0.85", "> 0.9"],
    ["/ queue_ratchet_memory_limit_bytes", "/ 100"],
    ["for: 5m", "for: 2m"],
    ["for: 5m", "for: 10m"],
  ],
};

/** The same file with a change within one alert. */
function changed(alerts: string, alert: string, find: string, replace: string): string {
  const begin = "      - alert: ";
  return alerts
    .split(begin)
    .map((part) => (part.startsWith(`${alert}\n`) ? replaceOnce(part, find, replace) : part))
    .join(begin);
}

/** Only the unit tests that ask for this alert: the others cannot notice, and take their time. */
function testsOf(alert: string, content: string): string {
  const { tests, ...head } = parseUnitTests(content);
  const asks = tests.filter(({ alert_rule_test: asked }) => asked.some(({ alertname }) => alertname === alert));
  return stringify({ ...head, tests: asks });
}

describeWith("promtool on the alerts", NO_PROMTOOL, () => {
  it("finds that they fire and are silent as their tests say", () => {
    expect(promtool(FOLDER, "test", "rules", UNIT_TESTS)).toMatchObject({ status: 0 });
  });

  const cases = Object.entries(CHANGES).flatMap(([alert, changes]) =>
    changes.map(([find, replace]) => [alert, find, replace] as const),
  );
  /** One of them always, the others where there is time for them. */
  it.each(cases.slice(0, 1))("notices when %s has, instead of %j, %j", notices);
  itSlowly.each(cases.slice(1))(`notices when %s has, instead of %j, %j${LEFT_OUT}`, notices);
});

function notices(alert: string, find: string, replace: string): void {
  const folder = copyWith({
    "alerts.yml": (alerts) => changed(alerts, alert, find, replace),
    [UNIT_TESTS]: (content) => testsOf(alert, content),
  });
  const { status, said } = promtool(folder, "test", "rules", UNIT_TESTS);
  expect(status).toBe(1);
  // Not because it is no expression any more.
  expect(said).toContain(`alertname: ${alert}, time: `);
}
