/** A sync topic of random records, as after several replays into it, and the table that a consumer of it ends with. */
import { readFileSync } from "node:fs";
import avsc from "avsc";
import { expect } from "vitest";
import { z } from "zod";
import { announce, randomNumbers, SEED } from "../../oracle/settings.js";
import { createTopic } from "../../runtime/kafka/wire/support/wire.js";
import { type IndependentClient, uniqueTopic } from "../../support/kafka/index.js";
import { keyOf, mixedRecords, tableOf } from "./assignment-records.js";
import { ROOT } from "./documents.js";

const RECORDS = 400;

const HELD = z.record(z.string(), z.object({ holder: z.string().nullable(), lifecycle: z.string() }));

/**
 * @param framing the five bytes in front of a record of the same schema
 * @param consume runs the example until the topic's end, and gives its table: by key, who holds and how it stands
 */
export async function expectRightTable(
  { client, brokers }: { readonly client: IndependentClient; readonly brokers: string },
  framing: Uint8Array,
  consume: (topic: string) => Promise<unknown>,
): Promise<void> {
  announce("a topic of mixed records", { RECORDS });
  const type = avsc.Type.forSchema(JSON.parse(readFileSync(`${ROOT}schemas/queue-assignment.avsc`, "utf8")));
  const records = mixedRecords(RECORDS, randomNumbers(SEED));
  const topic = uniqueTopic("mixed");
  await createTopic(brokers, topic, { partitions: 2 });
  const values = records.map((record) => Buffer.concat([framing, type.toBuffer(record)]));
  await client.produce({
    topic,
    records: records.map((record, index) => ({ key: keyOf(record), value: values[index] ?? null })),
  });
  const wanted = [...tableOf(records)].map(([key, { assignment, lifecycle }]) => [
    key,
    { holder: assignment?.id ?? null, lifecycle },
  ]);
  expect(HELD.parse(await consume(topic))).toEqual(Object.fromEntries(wanted));
}
