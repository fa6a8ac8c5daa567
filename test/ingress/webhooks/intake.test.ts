/** From a record that was offered to a record that is durable. */
import { afterEach, expect, it } from "vitest";
import { type Append, Intake, type IntakeSettings } from "../../../ingress/webhooks/intake.js";
import { partitionFor } from "../../../runtime/records/index.js";
import { encodeText, type ProducedRecord } from "../../../runtime/task/index.js";

const PARTITIONS = 2;

/** A write that somebody else ends. */
interface Write {
  readonly numbers: readonly number[];
  succeed(): void;
  fail(error: Error): void;
}

const opened: Intake[] = [];
afterEach(() => {
  for (const intake of opened.splice(0)) intake.close();
});

function scene(settings: Partial<IntakeSettings> = {}) {
  const writes: Write[] = [];
  const failed: unknown[] = [];
  const append: Append = (records) =>
    new Promise<void>((succeed, fail) => {
      writes.push({ numbers: records.map(({ timestamp }) => timestamp), succeed, fail });
    });
  const intake = new Intake(
    { partitions: PARTITIONS, durableWithinMs: 60_000, maxWriteRecords: 3, maxWriteBytes: 1_000, ...settings },
    append,
    (error) => failed.push(error),
  );
  opened.push(intake);
  const outcomes: string[] = [];
  const released: number[] = [];
  const offer = (record: ProducedRecord) =>
    void intake
      .offer(record, () => released.push(record.timestamp))
      .then(
        () => outcomes.push(`${record.timestamp} durable`),
        (error: Error & { code: string }) => outcomes.push(`${record.timestamp} ${error.code}`),
      );
  return { writes, failed, outcomes, released, offer };
}

/** A record that is told by its timestamp. */
function record(number: number, partition = 0, sizeBytes = 10): ProducedRecord {
  let key = encodeText("k0");
  for (let at = 1; partitionFor(key, PARTITIONS) !== partition; at++) key = encodeText(`k${at}`);
  return { topic: "raw-events", timestamp: number, key, value: new Uint8Array(sizeBytes), headers: [] };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const waited = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it("writes what comes while a write is under way with the next one, in its order, within the bounds of a write", async () => {
  const { writes, outcomes, offer } = scene();
  for (let number = 1; number <= 5; number++) offer(record(number));
  expect(writes.map(({ numbers }) => numbers)).toEqual([[1]]);
  writes[0]?.succeed();
  await settled();
  expect(writes.map(({ numbers }) => numbers)).toEqual([[1], [2, 3, 4]]);
  expect(outcomes).toEqual(["1 durable"]);
  writes[1]?.succeed();
  await settled();
  expect(writes[2]?.numbers).toEqual([5]);
});

it("writes one that is larger than a write alone", async () => {
  const { writes, offer } = scene();
  for (const [number, sizeBytes] of [10, 600, 600, 5_000, 10].entries()) offer(record(number, 0, sizeBytes));
  for (let at = 0; at < 5; at++) {
    writes[at]?.succeed();
    await settled();
  }
  expect(writes.map(({ numbers }) => numbers)).toEqual([[0], [1], [2], [3], [4]]);
});

it("has a partition that is not written hold up its own records only", async () => {
  const { writes, outcomes, offer } = scene();
  offer(record(1, 0));
  offer(record(2, 1));
  writes[1]?.succeed();
  await settled();
  expect(outcomes).toEqual(["2 durable"]);
  offer(record(3, 1));
  writes[2]?.succeed();
  await settled();
  expect(outcomes).toEqual(["2 durable", "3 durable"]);
});

it("tells everybody whose write failed, and writes on", async () => {
  const { writes, failed, outcomes, released, offer } = scene();
  for (let number = 1; number <= 3; number++) offer(record(number));
  const error = new Error("the disk is full");
  writes[0]?.fail(error);
  await settled();
  expect(outcomes).toEqual(["1 NOT_DURABLE"]);
  expect(failed).toEqual([error]);
  writes[1]?.succeed();
  await settled();
  expect(outcomes).toEqual(["1 NOT_DURABLE", "2 durable", "3 durable"]);
  expect(released).toEqual([1, 2, 3]);
});

it("tells whoever has waited too long, and holds what is being written until its write is over", async () => {
  const { writes, outcomes, released, offer } = scene({ durableWithinMs: 1 });
  offer(record(1));
  offer(record(2));
  // It is looked for them four times a second.
  for (let tries = 0; outcomes.length < 2 && tries < 100; tries++) await waited(50);
  expect(outcomes.toSorted()).toEqual(["1 NOT_DURABLE", "2 NOT_DURABLE"]);
  expect(released).toEqual([2]);
  writes[0]?.succeed();
  await settled();
  expect(released).toEqual([2, 1]);
  expect(outcomes).toHaveLength(2);
  expect(writes).toHaveLength(1);
});
