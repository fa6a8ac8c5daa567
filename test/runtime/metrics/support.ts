/** An embedded engine with the product's topology and metrics, and its metrics as a scrape gives them. */
import { onTestFinished } from "vitest";
import { type AppendRecord, EmbeddedEngine, type EmbeddedEngineOptions } from "../../../runtime/embedded/index.js";
import { EngineMetrics } from "../../../runtime/metrics/index.js";
import { encodeText } from "../../../runtime/task/index.js";
import { conversationKey } from "../../../schemas/index.js";
import { type ProductOutcome, productTopology } from "../../../topology/index.js";
import type { JoinedEvent } from "../../oracle/build.js";
import { kustomerLines, TENANT } from "../../processors/sources/documents.js";
import { temporaryFolder } from "../embedded/support/folders.js";
import { header } from "../task/records.js";

/** When every raw event of these tests came in, and when every checkpoint was committed. */
export const RECEIVED_AT_MS = 1_700_000_000_000;
export const COMMITTED_AT_MS = RECEIVED_AT_MS + 750;

const OWNER = { applicationId: "queue-ratchet", topicPrefix: "", partitions: 1 };

export type MeteredRun = {
  readonly engine: EmbeddedEngine<ProductOutcome>;
  readonly metrics: EngineMetrics;
};

/** Opens an engine that is not started, in a folder of its own when none is given; both go when the test ends. */
export async function openMetered(
  options: Partial<Omit<EmbeddedEngineOptions<ProductOutcome>, "observer" | "topology">> = {},
): Promise<MeteredRun> {
  const owner = { ...OWNER, ...options };
  const topology = productTopology({ ...owner, tenant: TENANT, workItemStream: "present" });
  const metrics = new EngineMetrics({ topology, now: () => COMMITTED_AT_MS });
  const folder = options.folder ?? (await temporaryFolder());
  const engine = await EmbeddedEngine.open({ ...owner, topology, folder, observer: metrics });
  onTestFinished(() => engine.stop().catch(() => undefined));
  metrics.attach(engine);
  return { engine, metrics };
}

/** Opens an engine, and runs the founding incident through it. */
export async function incident(): Promise<MeteredRun> {
  const run = await openMetered();
  run.engine.start();
  await feed(run.engine, kustomerLines.map(raw));
  return run;
}

export async function feed(engine: EmbeddedEngine<ProductOutcome>, records: readonly AppendRecord[]): Promise<void> {
  await engine.append(records);
  await engine.caughtUp();
}

/** A raw event of Kustomer. */
export function raw(body: string): AppendRecord {
  return {
    topic: "raw-events",
    timestamp: RECEIVED_AT_MS,
    key: null,
    value: encodeText(body),
    headers: [header("source", "kustomer"), header("received-at", String(RECEIVED_AT_MS))],
  };
}

/** The record of a joined topic that another producer would write for an event. */
export function joined(
  engine: EmbeddedEngine<ProductOutcome>,
  { kind, event }: JoinedEvent,
  timestamp = RECEIVED_AT_MS,
): AppendRecord {
  const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
  const place = { timestamp, key, headers: [] };
  if (kind === "conversation") {
    const value = engine.codec("conversation-events").encode(event);
    return { ...place, topic: "conversation-events", value };
  }
  return { ...place, topic: "work-item-events", value: engine.codec("work-item-events").encode(event) };
}

/** The samples of a metric as lines `{labels} value`, sorted; the name is left out. */
export async function samples({ metrics }: Pick<MeteredRun, "metrics">, name: string): Promise<string[]> {
  const full = `queue_ratchet_${name}`;
  const text = await metrics.registry.getSingleMetricAsString(full);
  const lines = text.split("\n").filter((line) => !line.startsWith("#") && line !== "");
  return lines.map((line) => line.slice(full.length).trim()).sort();
}

/** The same, without what has not counted anything. */
export async function counted(run: Pick<MeteredRun, "metrics">, name: string): Promise<string[]> {
  return (await samples(run, name)).filter((line) => !line.endsWith(" 0"));
}
