/** What a sender makes of answers that no real broker gives on demand: a leader that is scripted. */
import { describe, expect, it } from "vitest";
import { RetriableError } from "../../../../../runtime/kafka/wire/error-codes.js";
import { OutcomeUnknownError, ReinitialiseError } from "../../../../../runtime/kafka/wire/errors.js";
import type { ProduceBatch, ProducedPartition } from "../../../../../runtime/kafka/wire/protocol/produce.js";
import { BatchSender } from "../../../../../runtime/kafka/wire/writer/batch-sender.js";
import type { LeaderDirectory } from "../../../../../runtime/kafka/wire/writer/options.js";
import { readBatchHeader } from "../../../../../runtime/records/index.js";
import { record, settled } from "../support/wire.js";

type Answer = Partial<ProducedPartition> | "unnamed" | undefined;

/** Each batch that it gets is answered by the next of `answers`, then with success. */
function scripted(answers: readonly (Answer | Promise<Answer>)[], nextOffset = 0) {
  const sequences: number[] = [];
  let inFlight = 0;
  let most = 0;
  let offset = nextOffset;
  const connection = {
    usable: true,
    throttle: () => undefined,
    async request(_api: unknown, { batches }: { readonly batches: readonly ProduceBatch[] }) {
      inFlight++;
      most = Math.max(most, inFlight);
      const partitions: ProducedPartition[] = [];
      for (const { topic, partition, bytes } of batches) {
        const { baseSequence, count } = readBatchHeader(bytes);
        const answer = answers[sequences.push(baseSequence) - 1];
        const given = await answer;
        const success = { topic, partition, errorCode: 0, baseOffset: offset, logStartOffset: 0, message: null };
        if (given === "unnamed") continue;
        if (given === undefined) offset += count;
        partitions.push({ ...success, ...given });
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      inFlight--;
      return { throttleMs: 0, partitions };
    },
  };
  const leader = { nodeId: 1, epoch: 0, topicId: "" };
  const directory = {
    requestTimeoutMs: 1000,
    knownLeader: () => leader,
    leader: async () => leader,
    connection: async () => connection,
    recover: async () => undefined,
  } as unknown as LeaderDirectory;
  const identity = { transactionalId: null, producerId: 1, producerEpoch: 0 };
  const sender = new BatchSender(directory, identity, "test", { maxBatchBytes: 150 });
  const send = (value: string) =>
    settled(sender.send({ topic: "t", partition: 0, records: [record(value.padEnd(60, "."))] }));
  return { sender, send, sequences, most: () => most };
}

const NOT_LEADER = { errorCode: 6 };
const OUT_OF_ORDER = { errorCode: 45 };
const DUPLICATE = { errorCode: 46 };

describe("a sender", () => {
  it("K2: has five batches in flight at most, under sequences that are given once and in order", async () => {
    const { send, sequences, most } = scripted([]);
    await send("known");
    await Promise.all(Array.from({ length: 12 }, (_, index) => send(String(index))));
    expect(sequences).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(most()).toBe(5);
  });

  it("K2: has one batch in flight while brokers may not know the producer, which take any sequence from it", async () => {
    const { send, sequences } = scripted([NOT_LEADER]);
    await Promise.all(["a", "b", "c", "d"].map(send));
    expect(sequences).toEqual([0, 0, 1, 2, 3]);
  });

  it("K2: sends nothing beyond five batches from the oldest that has no answer, whatever was answered behind it", async () => {
    let answer: (answer: Answer) => void = () => undefined;
    const late = new Promise<Answer>((resolve) => {
      answer = resolve;
    });
    const { send, sequences } = scripted(
      [
        { baseOffset: 0 },
        late,
        { baseOffset: 2 },
        { baseOffset: 3 },
        { baseOffset: 4 },
        { baseOffset: 5 },
        { baseOffset: 1 },
      ],
      6,
    );
    await send("known");
    const sends = Array.from({ length: 12 }, (_, index) => send(String(index)));
    await Promise.all(sends.slice(1, 5));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(sequences).toEqual([0, 1, 2, 3, 4, 5]);
    answer({ errorCode: 7 });
    // Written by the first try, before the others.
    expect(await sends[0]).toEqual({ firstOffset: 1, lastOffset: 1 });
    await Promise.all(sends);
    expect(sequences).toEqual([0, 1, 2, 3, 4, 5, 1, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("K3: sends what failed again under the same sequence, and what was refused behind it after it", async () => {
    const { send, sequences } = scripted([undefined, NOT_LEADER, OUT_OF_ORDER, OUT_OF_ORDER]);
    await send("known");
    const written = await Promise.all(["a", "b", "c", "d"].map(send));
    expect(sequences).toEqual([0, 1, 2, 3, 1, 2, 3, 4]);
    expect(written).toEqual([1, 2, 3, 4].map((offset) => ({ firstOffset: offset, lastOffset: offset })));
  });

  it("K3: is at its end when the oldest batch is out of order, for what came before is lost", async () => {
    const { sender, send } = scripted([OUT_OF_ORDER]);
    expect(await send("a")).toBeInstanceOf(ReinitialiseError);
    expect(sender.failure).toBeInstanceOf(ReinitialiseError);
  });

  it("K4: takes a batch that the answer does not name for one without an answer", async () => {
    const { send, sequences } = scripted(["unnamed"]);
    expect(await send("a")).toEqual({ firstOffset: 0, lastOffset: 0 });
    expect(sequences).toEqual([0, 0]);
  });

  it("K4: does not believe a base offset that lies before what was acknowledged", async () => {
    const { send } = scripted([{ baseOffset: 10 }, { baseOffset: 10 }]);
    expect(await send("a")).toEqual({ firstOffset: 10, lastOffset: 10 });
    const second = await send("b");
    expect(second).toBeInstanceOf(ReinitialiseError);
    expect(String(second)).toMatch(/t-0: acknowledged records are gone/);
  });

  it("takes a repetition that the broker knows for written, without saying where", async () => {
    const { send } = scripted([{ errorCode: 7 }, DUPLICATE]);
    expect(await send("a")).toEqual({ firstOffset: null, lastOffset: null });
  });

  it("says of a batch that may be in the log that it may be, and of one that is in none that it is not", async () => {
    const never = new Promise<Answer>(() => undefined);
    const { sender, send } = scripted([never]);
    const inFlight = send("a");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const waiting = send("b");
    await new Promise((resolve) => setTimeout(resolve, 20));
    sender.fail(new ReinitialiseError("enough"));
    expect(await inFlight).toBeInstanceOf(OutcomeUnknownError);
    expect(await waiting).toBeInstanceOf(ReinitialiseError);
    expect(await waiting).not.toBeInstanceOf(RetriableError);
  });
});
