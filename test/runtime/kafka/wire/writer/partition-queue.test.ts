/** What waits to be sent to one partition, and what is let go. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { PartitionQueue } from "../../../../../runtime/kafka/wire/writer/partition-queue.js";
import { Send } from "../../../../../runtime/kafka/wire/writer/send.js";
import { noCompression, RecordBatchBuilder } from "../../../../../runtime/records/index.js";
import { record } from "../support/wire.js";

const PRODUCER = { producerId: 1, producerEpoch: 0 };

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

describe("a partition's queue", () => {
  it("keeps no record alive that is written, however few sends there were", async () => {
    const builder = new RecordBatchBuilder({ maxBytes: 1_000 });
    const queue = new PartitionQueue(
      { topic: "t", partition: 0 },
      { maxBatchBytes: 1_000, compression: noCompression, builder },
    );
    const written: WeakRef<Send>[] = [];
    const writeOne = (offset: number) => {
      const send = new Send([record("k", "v")], 100, 0);
      written.push(new WeakRef(send));
      queue.enqueue(send);
      const batch = queue.take(PRODUCER, false);
      if (batch === null) throw new Error("nothing to send");
      for (const { send: one } of batch.shares) one.written(offset, offset);
      queue.written(batch, offset);
    };
    for (let offset = 0; offset < 10; offset++) writeOne(offset);
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
    expect(written.filter((one) => one.deref() !== undefined)).toHaveLength(0);
    expect(queue.idle).toBe(true);
  });
});
