/** The door of the metrics. */
export { EngineMetrics, type EngineMetricsOptions } from "./engine-metrics.js";
export type { MeteredEngine, MeteredTask, MeteredTaskBytes } from "./metered-engine.js";
