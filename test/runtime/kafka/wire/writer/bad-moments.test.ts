/** What a writer tells of an outcome, and what it does to brokers, when closing, hanging and lost answers come at a bad moment. */
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../../../../runtime/kafka/wire/cluster.js";
import { brokerError } from "../../../../../runtime/kafka/wire/error-codes.js";
import {
  ClosedError,
  ConnectionError,
  DeadlineError,
  OutcomeUnknownError,
  RecordTooLargeError,
  RefusedError,
  ReinitialiseError,
  type WireError,
} from "../../../../../runtime/kafka/wire/errors.js";
import type { Api, TopicPartition } from "../../../../../runtime/kafka/wire/protocol/api.js";
import type { ProduceRequest } from "../../../../../runtime/kafka/wire/protocol/produce.js";
import { BatchSender } from "../../../../../runtime/kafka/wire/writer/batch-sender.js";
import type { LeaderDirectory } from "../../../../../runtime/kafka/wire/writer/options.js";
import {
  TransactionalWriter,
  type TransactionalWriterOptions,
} from "../../../../../runtime/kafka/wire/writer/transactional.js";
import { type CompressionCodec, noCompression } from "../../../../../runtime/records/index.js";
import { record, settled } from "../support/wire.js";

type Reply = (request: unknown) => Promise<unknown> | unknown;

/** A cluster of one broker, which answers each API by a function and says of which channels connections were wanted and closed. */
class ScriptedCluster {
  readonly requestTimeoutMs = 1000;
  readonly asked: string[] = [];
  readonly open = new Map<string, (why: WireError) => void>();
  readonly replies: Record<string, Reply> = {
    InitProducerId: () => ({ errorCode: 0, producerId: 1, producerEpoch: 0 }),
    AddPartitionsToTxn: (request) =>
      (request as { partitions: TopicPartition[] }).partitions.map((one) => ({ ...one, errorCode: 0 })),
    EndTxn: () => ({ errorCode: 0 }),
    Produce: (request) => ({
      throttleMs: 0,
      partitions: (request as ProduceRequest).batches.map(({ topic, partition }) => ({
        topic,
        partition,
        errorCode: 0,
        baseOffset: this.#offset++,
        logStartOffset: 0,
        message: null,
      })),
    }),
  };
  coordinatorFound: () => Promise<void> = async () => undefined;
  #offset = 0;

  knownLeader = () => ({ nodeId: 1, epoch: 0, topicId: "" });
  leader = async () => this.knownLeader();
  recover = async () => undefined;
  connection = async (_node: number, channel: string) => this.#connection(channel);
  coordinator = async (_kind: string, _key: string, channel: string) => {
    await this.coordinatorFound();
    return this.#connection(channel);
  };
  closeChannel = async (channel: string) => {
    this.open.get(channel)?.(new ClosedError("the connection was closed"));
    this.open.delete(channel);
  };

  #connection(channel: string) {
    let closed: Promise<never> | undefined;
    const old = this.open.get(channel);
    closed = new Promise<never>((_, reject) => {
      this.open.set(channel, (why) => {
        old?.(why);
        reject(why);
      });
    });
    closed.catch(() => undefined);
    return {
      usable: true,
      throttle: () => undefined,
      request: async (api: Api<unknown, unknown>, request: unknown) => {
        this.asked.push(api.name);
        const reply = this.replies[api.name];
        return Promise.race([reply?.(request), closed]);
      },
    };
  }
}

const never = () => new Promise<never>(() => undefined);

function openWriter(cluster: ScriptedCluster, options: Partial<TransactionalWriterOptions> = {}) {
  const all = { transactionalId: "one", transactionTimeoutMs: 10_000, ...options };
  return TransactionalWriter.open(cluster as unknown as Cluster, all);
}

const one = (partition = 0, value = "value") => ({ topic: "t", partition, records: [record(value)] });

describe("a transactional writer", () => {
  it("does not say that nothing is committed when it is closed while the coordinator commits", async () => {
    const cluster = new ScriptedCluster();
    cluster.replies.EndTxn = never;
    const writer = await openWriter(cluster);
    writer.begin();
    await writer.send(one());
    const outcome = settled(writer.commit());
    await expect.poll(() => cluster.asked).toContain("EndTxn");
    await writer.close();
    expect(await outcome).toBeInstanceOf(OutcomeUnknownError);
  });

  it("does not say that nothing is committed when the coordinator cannot say why it failed", async () => {
    const cluster = new ScriptedCluster();
    cluster.replies.EndTxn = () => ({ errorCode: -1 });
    const writer = await openWriter(cluster);
    writer.begin();
    await writer.send(one());
    expect(await settled(writer.commit())).toBeInstanceOf(OutcomeUnknownError);
  });

  it("K3 gives up at its deadline though the coordinator hangs, and says that the outcome is unknown", async () => {
    const cluster = new ScriptedCluster();
    cluster.replies.EndTxn = never;
    const writer = await openWriter(cluster, { stepTimeoutMs: 200 });
    writer.begin();
    await writer.send(one());
    const outcome = await Promise.race([settled(writer.commit()), delay(2000, "no end")]);
    expect(outcome).toBeInstanceOf(OutcomeUnknownError);
  });

  it("commits nothing after it has said so, though the coordinator is found later", async () => {
    const cluster = new ScriptedCluster();
    const writer = await openWriter(cluster, { stepTimeoutMs: 200 });
    writer.begin();
    await writer.send(one());
    let found: () => void = () => undefined;
    cluster.coordinatorFound = () =>
      new Promise((resolve) => {
        found = resolve;
      });
    const outcome = await Promise.race([settled(writer.commit()), delay(2000, "no end")]);
    expect(outcome).toBeInstanceOf(DeadlineError);
    found();
    await delay(20);
    expect(cluster.asked).not.toContain("EndTxn");
  });

  it("goes on though its predecessor of the same id is closed after it was opened", async () => {
    const cluster = new ScriptedCluster();
    const former = await openWriter(cluster);
    former.begin();
    await former.send(one());
    const writer = await openWriter(cluster);
    writer.begin();
    const answer = cluster.replies.Produce as Reply;
    cluster.replies.Produce = async (request) => {
      await former.close();
      return answer(request);
    };
    await writer.send(one());
    await writer.commit();
    await writer.close();
    expect([...cluster.open.keys()]).toEqual([]);
  });

  it("ends a transaction only after its partitions were added, though their records were refused", async () => {
    const cluster = new ScriptedCluster();
    const add = cluster.replies.AddPartitionsToTxn as Reply;
    let added = false;
    cluster.replies.AddPartitionsToTxn = async (request) => {
      await delay(30);
      added = true;
      return add(request);
    };
    let addedBeforeEnd: boolean | null = null;
    cluster.replies.EndTxn = () => {
      addedBeforeEnd = added;
      return { errorCode: 0 };
    };
    const writer = await openWriter(cluster, { maxBatchBytes: 200 });
    writer.begin();
    await expect(writer.send(one(0, "x".repeat(300)))).rejects.toThrow(RecordTooLargeError);
    await writer.commit();
    expect(addedBeforeEnd).toBe(true);
  });

  it("leaves no connection behind when it is closed while it looks for its coordinator", async () => {
    const cluster = new ScriptedCluster();
    const writer = await openWriter(cluster);
    let found: () => void = () => undefined;
    cluster.coordinatorFound = () =>
      new Promise((resolve) => {
        found = resolve;
      });
    writer.begin();
    const sent = settled(writer.send(one()));
    await delay(10);
    await writer.close();
    found();
    expect(await sent).toBeInstanceOf(ClosedError);
    await expect.poll(() => cluster.open.size).toBe(0);
  });
});

describe("the failure of a writer", () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  afterEach(() => {
    process.off("unhandledRejection", note);
    unhandled.splice(0);
  });

  it("leaves no connection of its own behind when it is not opened in time", async () => {
    const cluster = new ScriptedCluster();
    cluster.replies.InitProducerId = never;
    await settled(openWriter(cluster, { stepTimeoutMs: 50 }));
    expect(cluster.open.size).toBe(0);
    cluster.coordinatorFound = () => delay(100);
    await settled(openWriter(cluster, { stepTimeoutMs: 50 }));
    await delay(100);
    expect(cluster.open.size).toBe(0);
    await settled(openWriter(cluster, { stepTimeoutMs: 150, channel: "of others" }));
    expect([...cluster.open.keys()]).toEqual(["of others"]);
  });

  it("does not end the process by a send that nobody awaits", async () => {
    process.on("unhandledRejection", note);
    const cluster = new ScriptedCluster();
    cluster.replies.Produce = () => Promise.reject(new RefusedError("no"));
    const writer = await openWriter(cluster);
    writer.begin();
    void writer.send(one());
    await settled(writer.commit());
    await delay(20);
    expect(unhandled).toEqual([]);
  });
});

describe("a sender", () => {
  const identity = { transactionalId: null, producerId: 1, producerEpoch: 0 };
  const senderFor = (cluster: ScriptedCluster, options = {}) =>
    new BatchSender(cluster as unknown as LeaderDirectory, identity, "test", { maxBatchBytes: 150, ...options });
  const text = (value: string) => record(value.padEnd(60, "."));

  it("says of a send of several batches that some may be written when the first one is and the next is refused", async () => {
    const cluster = new ScriptedCluster();
    const success = cluster.replies.Produce as Reply;
    let batches = 0;
    cluster.replies.Produce = (request) => {
      if (batches++ === 0) return success(request);
      const [{ topic, partition }] = (request as { batches: [TopicPartition] }).batches;
      const answer = { topic, partition, errorCode: 87, baseOffset: -1, logStartOffset: 0, message: null };
      return { throttleMs: 0, partitions: [answer] };
    };
    const sent = senderFor(cluster).send({ topic: "t", partition: 0, records: [text("a"), text("b"), text("c")] });
    expect(await settled(sent)).toBeInstanceOf(OutcomeUnknownError);
  });

  it("K3 pauses for a partition that is refused, however well the others do", async () => {
    const cluster = new ScriptedCluster();
    const success = cluster.replies.Produce as Reply;
    let refused = 0;
    cluster.replies.Produce = async (request) => {
      const answer = (await success(request)) as { partitions: { partition: number; errorCode: number }[] };
      for (const given of answer.partitions) {
        if (given.partition !== 1) continue;
        given.errorCode = 19;
        refused++;
      }
      return answer;
    };
    const sender = senderFor(cluster);
    const stuck = settled(sender.send(one(1)));
    const untilMs = performance.now() + 500;
    while (performance.now() < untilMs) await sender.send(one(0));
    sender.fail(new ReinitialiseError("enough"));
    await stuck;
    expect(refused).toBeLessThan(25);
  });

  it("K3 pauses between lookups for a partition without a leader, however well the others do", async () => {
    const cluster = new ScriptedCluster();
    const known = cluster.knownLeader();
    let lookUps = 0;
    const directory = Object.assign(cluster, {
      knownLeader: ({ partition }: TopicPartition) => (partition === 0 ? known : null),
      leader: async ({ partition }: TopicPartition) => {
        if (partition === 1) throw brokerError("t-1", 5);
        return known;
      },
      recover: async () => {
        lookUps++;
      },
    });
    const sender = senderFor(directory);
    const stuck = settled(sender.send(one(1)));
    const untilMs = performance.now() + 500;
    while (performance.now() < untilMs) await sender.send(one(0));
    sender.fail(new ReinitialiseError("enough"));
    await stuck;
    expect(lookUps).toBeLessThan(25);
  });

  it("looks up the leaders of all partitions, though one has none", async () => {
    const cluster = new ScriptedCluster();
    const known = cluster.knownLeader();
    const found = new Set<number>();
    const directory = Object.assign(cluster, {
      knownLeader: ({ partition }: TopicPartition) => (found.has(partition) ? known : null),
      leader: async ({ partition }: TopicPartition) => {
        if (partition === 0) throw brokerError("t-0", 5);
        found.add(partition);
        return known;
      },
    });
    const sender = senderFor(directory);
    const stuck = settled(sender.send(one(0)));
    const sent = await Promise.race([settled(sender.send(one(1))), delay(1000, "never sent")]);
    sender.fail(new ReinitialiseError("enough"));
    await stuck;
    expect(sent).toEqual({ firstOffset: 0, lastOffset: 0 });
  });

  it("flushes what was sent before, though there is no end of what is sent meanwhile", async () => {
    const cluster = new ScriptedCluster();
    const success = cluster.replies.Produce as Reply;
    cluster.replies.Produce = async (request) => {
      await delay(8);
      return success(request);
    };
    // Of brokers of their own, whose answers never come together.
    const directory = Object.assign(cluster, {
      knownLeader: ({ partition }: TopicPartition) => ({ nodeId: partition, epoch: 0, topicId: "" }),
    });
    const sender = senderFor(directory as unknown as ScriptedCluster);
    let going = true;
    const busy = [0, 1].map(async (partition) => {
      await delay(4 * partition);
      while (going) await sender.send(one(partition));
    });
    await delay(20);
    const flushed = await Promise.race([sender.flush().then(() => "flushed"), delay(1000, "not flushed")]);
    going = false;
    await Promise.all(busy);
    expect(flushed).toBe("flushed");
  });

  it("fails, and all that wait with it, when a batch cannot be compressed", async () => {
    const compression = {
      ...noCompression,
      id: 1,
      compress: () => {
        throw new Error("no memory");
      },
    } as unknown as CompressionCodec;
    const sender = senderFor(new ScriptedCluster(), { compression });
    const sends = [one(0), one(0), one(1)].map((each) => settled(sender.send(each)));
    const outcomes = await Promise.race([Promise.all(sends), delay(1000, "never settled")]);
    expect(String(outcomes)).toMatch(/(.*no memory){3}/s);
    await expect(sender.flush()).rejects.toThrow(/no memory/);
  });

  it("says at its deadline what it was waiting for", async () => {
    const cluster = new ScriptedCluster();
    const directory = Object.assign(cluster, {
      knownLeader: () => null,
      leader: async () => {
        throw brokerError("t-9", 3);
      },
    });
    const sender = senderFor(directory as unknown as ScriptedCluster, { deliveryTimeoutMs: 150 });
    const error = await settled(sender.send(one(9)));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(String(error)).toMatch(/UNKNOWN_TOPIC_OR_PARTITION/);
  });

  it("K3 opens no connection after another to a broker that refuses them, however well the others do", async () => {
    const cluster = new ScriptedCluster();
    const { connection } = cluster;
    let opened = 0;
    const directory = Object.assign(cluster, {
      knownLeader: ({ partition }: TopicPartition) => ({ nodeId: partition, epoch: 0, topicId: "" }),
      connection: async (node: number, channel: string) => {
        if (node === 0) return connection(node, channel);
        opened++;
        throw new ConnectionError("refused");
      },
    });
    const sender = senderFor(directory);
    const stuck = settled(sender.send(one(1)));
    const untilMs = performance.now() + 500;
    while (performance.now() < untilMs) await sender.send(one(0));
    sender.fail(new ReinitialiseError("enough"));
    await stuck;
    expect(opened).toBeLessThan(25);
  });
});
