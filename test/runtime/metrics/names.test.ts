/** The names and labels that contracts.md fixes, but for what comes with webhooks. */
import { register } from "prom-client";
import { expect, test } from "vitest";
import { incident, openMetered } from "./support.js";

/** As in contracts.md, what became of rows beside (README), and how much memory the process may use, which an alert compares with what it does use. */
const CONTRACT = `
assignments_emitted_total{source}
commit_duration_seconds
commits_total{result}
consumer_lag_records{topic,partition}
dead_letters_total{stage,code}
decisions_total{source,class,reason}
diverged_conversations{task}
divergences_total{source}
end_to_end_latency_seconds
events_total{source,entity}
forgotten_conversations_total{source}
forked_revisions_total{source}
ignored_events_total{source,event}
memory_limit_bytes
rebalances_total
republished_total{source}
restore_duration_seconds
restore_remaining_records{task}
stale_drops_total{source,reason}
store_bytes{task}
store_entries{task}
task_state{task,state}
`;

const PREFIX = "queue_ratchet_";

test("the metrics are those of the contract", async () => {
  const { metrics } = await openMetered();
  const names = (await metrics.registry.getMetricsAsJSON()).map(({ name }) => name);
  const own = names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  const expected = CONTRACT.trim()
    .split("\n")
    .map((line) => line.replace(/\{.*/, ""));
  expect(own.sort()).toEqual(expected);
});

test("samples carry the labels of the contract and no others", async () => {
  const { metrics } = await incident();
  const labels = new Map(
    CONTRACT.trim()
      .split("\n")
      .map((line) => [line.replace(/\{.*/, ""), /\{(.*)\}/.exec(line)?.[1] ?? ""]),
  );
  for (const { name, values } of await metrics.registry.getMetricsAsJSON()) {
    if (!name.startsWith(PREFIX)) continue;
    for (const sample of values) {
      const used = Object.keys(sample.labels).filter((label) => label !== "le");
      expect(used.join(","), name).toBe(labels.get(name.slice(PREFIX.length)));
    }
  }
});

test("every metric has a help text that is a sentence", async () => {
  const { metrics } = await openMetered();
  for (const { name, help } of await metrics.registry.getMetricsAsJSON()) {
    if (name.startsWith(PREFIX)) expect(help, name).toMatch(/^[A-Z1].{15,}\.$/);
  }
});

test("those of the process are there too", async () => {
  const { metrics } = await openMetered();
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  expect(text).toMatch(/^nodejs_heap_size_used_bytes \d/m);
});

test("each instance has its own registry, and the global one stays empty", async () => {
  const [one, other] = [await openMetered(), await openMetered()];
  expect(one.metrics.registry).not.toBe(other.metrics.registry);
  expect(register.getMetricsAsArray()).toEqual([]);
});
