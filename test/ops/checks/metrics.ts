/** The rules ask for metrics and labels that there are. */
import { EngineMetrics } from "../../../runtime/metrics/index.js";
import { productTopology } from "../../../topology/index.js";
import type { Check } from "./parts.js";

/** The names of metrics do not depend on them. */
export const ANY_SETTINGS = {
  applicationId: "queue-ratchet",
  topicPrefix: "",
  partitions: 1,
  tenant: null,
  workItemStream: "present",
} as const;

/** Prometheus gives these to every target. */
const TARGET_LABELS = ["instance", "job"];
/** level:metric:operations. */
const RECORDED = /^[a-z_]+:[a-z_]+:[a-z0-9_]+$/;

export const metrics: Check = ({ rules }) => {
  const { registry } = new EngineMetrics({ topology: productTopology(ANY_SETTINGS) });
  const labels = new Map(
    registry
      .getMetricsAsArray()
      .filter(({ name }) => name.startsWith("queue_ratchet_"))
      .map((metric) => [metric.name, labelNames(metric)]),
  );
  const known = new Set([...TARGET_LABELS, ...[...labels.values()].flat()]);
  const all = rules.groups.flatMap((group) => group.rules);
  const problems: string[] = [];
  const before = new Set<string>();
  for (const { record, expr } of all) {
    if (!RECORDED.test(record)) problems.push(`${record} is not level:metric:operations`);
    for (const [name] of expr.matchAll(/[a-z_:]*queue_ratchet_[a-z0-9_:]+/g)) {
      if (name.includes(":") ? !before.has(name) : !labels.has(name)) problems.push(`${record}: there is no ${name}`);
    }
    for (const [, list = ""] of expr.matchAll(/(?:by|without) \(([^)]*)\)/g)) {
      for (const label of list.split(", ")) {
        if (!known.has(label)) problems.push(`${record}: there is no label ${label}`);
      }
    }
    before.add(record);
  }
  return problems;
};

/** prom-client keeps them, and its types do not say so. */
function labelNames(metric: object): string[] {
  return "labelNames" in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
}
