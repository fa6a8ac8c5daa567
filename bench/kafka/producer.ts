/**
 * A program: `producer.js SETTINGS` writes normalised events into the joined topics, first some as fast as may be, then a steady
 * flow. The steady ones carry in their trace id when they were handed to the writer. It prints a line of JSON for each stage.
 */
import { setTimeout as delay } from "node:timers/promises";
import { RAW_POSITION_HEADER, RECEIVED_AT_HEADER } from "../../processors/index.js";
import { Cluster, IdempotentWriter } from "../../runtime/kafka/wire/index.js";
import { type BatchRecord, partitionFor } from "../../runtime/records/index.js";
import { encodeText } from "../../runtime/task/index.js";
import { ContractCodec, conversationKey } from "../../schemas/index.js";
import { ConfluentSchemaRegistry } from "../../schemas/registry/confluent.js";
import { topicNames } from "../../topology/index.js";
import { events } from "../events.js";
import { clockMs } from "./clock.js";

export interface ProducerSettings {
  readonly bootstrap: string;
  readonly registryUrl: string;
  readonly prefix: string;
  readonly partitions: number;
  readonly conversations: number;
  /** As fast as may be. */
  readonly atOnce: number;
  /** After that. */
  readonly perSecond: number;
  readonly seconds: number;
}

/** What it prints. */
export type ProducerStage =
  | { readonly stage: "written" | "sent"; readonly events: number }
  | { readonly stage: "steady"; readonly fromMs: number };

interface Placed {
  readonly topic: string;
  readonly partition: number;
  readonly record: BatchRecord;
}

type NextEvent = (timestamp: number, traceId: string) => Placed;

const SEED = 1;
/** Of what is written at once: no time. */
const TRACE_ID = "before-the-flow";
const BATCH = 500;
const IN_FLIGHT = 32;

async function source({ registryUrl, prefix, partitions, conversations }: ProducerSettings): Promise<NextEvent> {
  const registry = new ConfluentSchemaRegistry({ url: registryUrl });
  const { conversationEvents, workItemEvents } = topicNames({ prefix, applicationId: "" });
  const conversationCodec = await ContractCodec.open("ConversationEvent", `${conversationEvents}-value`, registry);
  const workItemCodec = await ContractCodec.open("WorkItemEvent", `${workItemEvents}-value`, registry);
  const endless = events({ conversations, queueChanges: 0.3, workItemEvents: 0.3, seed: SEED });
  let count = 0;
  return (timestamp, traceId) => {
    const { kind, event } = endless.next().value;
    const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
    const value =
      kind === "conversation"
        ? conversationCodec.encode({ ...event, traceId })
        : workItemCodec.encode({ ...event, traceId });
    const headers = [
      { key: RAW_POSITION_HEADER, value: Buffer.from(`0:${count++}`) },
      { key: RECEIVED_AT_HEADER, value: Buffer.from(String(timestamp)) },
    ];
    // What codecs give may be a view on what they use again.
    const record = { timestamp, key, value: Buffer.from(value), headers };
    return {
      topic: kind === "conversation" ? conversationEvents : workItemEvents,
      partition: partitionFor(key, partitions),
      record,
    };
  };
}

/** Their timestamps are a millisecond apart, and end now. */
async function writeAtOnce(writer: IdempotentWriter, next: NextEvent, count: number): Promise<void> {
  const firstMs = Date.now() - count;
  const gathered = new Map<string, { readonly topic: string; readonly partition: number; records: BatchRecord[] }>();
  const window: Promise<unknown>[] = [];
  for (let made = 0; made < count; made++) {
    const { topic, partition, record } = next(firstMs + made, TRACE_ID);
    const place = `${topic}-${partition}`;
    const batch = gathered.get(place) ?? { topic, partition, records: [] };
    gathered.set(place, batch);
    batch.records.push(record);
    if (batch.records.length < BATCH) continue;
    gathered.delete(place);
    window.push(writer.send(batch));
    if (window.length >= IN_FLIGHT) await window.shift();
  }
  for (const batch of gathered.values()) window.push(writer.send(batch));
  await Promise.all(window);
}

/** What is late is sent as soon as may be, with the time at which it is. */
async function writeSteadily(writer: IdempotentWriter, next: NextEvent, settings: ProducerSettings): Promise<number> {
  const { perSecond, seconds } = settings;
  const startedMs = performance.now();
  let sent = 0;
  while (sent < perSecond * seconds) {
    const due = Math.min(perSecond * seconds, ((performance.now() - startedMs) / 1_000) * perSecond);
    for (; sent < due; sent++) {
      const { topic, partition, record } = next(Date.now(), String(clockMs()));
      writer.send({ topic, partition, records: [record] }).catch(fail);
    }
    await delay(1);
  }
  await writer.flush();
  return sent;
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

function print(stage: ProducerStage): void {
  console.log(JSON.stringify(stage));
}

const settings: ProducerSettings = JSON.parse(process.argv[2] ?? "");
const cluster = new Cluster({ brokers: settings.bootstrap.split(","), clientId: "bench-producer" });
const writer = await IdempotentWriter.open(cluster);
const next = await source(settings);
await writeAtOnce(writer, next, settings.atOnce);
print({ stage: "written", events: settings.atOnce });
print({ stage: "steady", fromMs: clockMs() });
print({ stage: "sent", events: await writeSteadily(writer, next, settings) });
await cluster.close();
