/** What a tool may rely on of a live application, whichever engine it is of. */
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { pagesOf } from "../../../runtime/queries/index.js";
import type { ConsumedRecord } from "../../../runtime/task/index.js";
import { until } from "../../support/kafka/processes/index.js";
import { eventOf, positionOf, readState, recomputed, recordOf } from "./events.js";
import { type LiveHost, PARTITIONS, RETENTION_HOURS } from "./host.js";

const HOUR_MS = 3_600_000;
const PARTITION_NUMBERS = Array.from({ length: PARTITIONS }, (_, partition) => partition);

export function liveTests(name: string, start: () => Promise<LiveHost>): void {
  describe(name, () => {
    it("that has seen nothing has empty topics, no rows and no positions", async () => {
      const { live, topics } = await forThisTest(start);
      for (const partition of PARTITION_NUMBERS) {
        expect(await live.log.startOffset(topics.rawEvents, partition)).toBe(0);
        expect(await live.log.endOffset(topics.rawEvents, partition)).toBe(0);
        expect(await live.log.offsetAt(topics.rawEvents, partition, 0)).toBe(0);
        expect(await live.log.read(topics.rawEvents, partition, 0)).toMatchObject({ records: [], nextOffset: 0 });
        expect(await readState(live, partition)).toEqual({ rows: new Map(), positions: null });
      }
    });

    it("gives a state that is of one checkpoint, though events go on coming in", async () => {
      const host = await forThisTest(start);
      const { engine, live, topics } = host;
      // Of now: nothing of it is to expire.
      const begin = Date.now();
      let stop = false;
      const lag = () => engine.tasks.reduce((sum, task) => sum + task.lag, 0);
      const load = (async () => {
        for (let revision = 1; !stop; revision++) {
          const records = Array.from({ length: 1_500 }, (_, one) =>
            recordOf(host, eventOf(one, revision), begin + revision),
          );
          await engine.append(records);
          // There is always something to process, and never much.
          await until(() => stop || lag() < 1_500, 60_000, 1);
        }
      })();
      // All of them have had several checkpoints.
      await expect
        .poll(async () => (await readState(live, 0)).positions?.positions[0]?.offset ?? 0, { timeout: 60_000 })
        .toBeGreaterThan(1_000);
      const states = [];
      for (const partition of PARTITION_NUMBERS) states.push(await readState(live, partition));
      const ends = await Promise.all(
        PARTITION_NUMBERS.map((partition) => live.log.endOffset(topics.conversationEvents, partition)),
      );
      // None of them is the end of everything: events go on coming in.
      for (const [partition, state] of states.entries()) {
        await expect
          .poll(() => live.log.endOffset(topics.conversationEvents, partition), { timeout: 60_000 })
          .toBeGreaterThan(positionOf(host, state) ?? -1);
      }
      stop = true;
      await load;
      await engine.caughtUp();
      for (const [partition, state] of states.entries()) {
        const position = positionOf(host, state) ?? -1;
        expect(position).toBeGreaterThan(1_000);
        expect(state.rows.size).toBeGreaterThan(400);
        expect(state.rows).toEqual(await recomputed(host, partition, position));
        expect(state.positions?.counters.find(({ name }) => name.endsWith(".entries"))?.count).toBe(state.rows.size);
        expect(ends[partition]).toBeGreaterThanOrEqual(position);
      }
    });

    describe("with records", () => {
      let host: LiveHost;
      const now = Date.now();
      beforeAll(async () => {
        host = await start();
        const old = now - 2 * RETENTION_HOURS * HOUR_MS;
        for (const [batch, timestamp] of [old, old + 5_000, now - 10_000, now - 5_000, now].entries()) {
          const records = Array.from({ length: 60 }, (_, one) =>
            recordOf(host, eventOf(one, batch + 1), timestamp + (one % 7)),
          );
          await host.engine.append(records);
          await host.engine.caughtUp();
        }
        return () => host.close();
      });

      const readAll = async (partition: number): Promise<ConsumedRecord[]> => {
        const { live, topics } = host;
        const topic = topics.conversationEvents;
        const toOffset = await live.log.endOffset(topic, partition);
        const all: ConsumedRecord[] = [];
        for await (const page of pagesOf(live.log, { topic, partition, fromOffset: 0, toOffset })) all.push(...page);
        return all;
      };

      it("says how many partitions a topic has, and of no topic", () => {
        const { live, topics } = host;
        expect(live.partitionsOf(topics.rawEvents)).toBe(PARTITIONS);
        expect(live.partitionsOf(topics.deadLetters)).toBe(1);
        expect(live.partitionsOf("no-such-topic")).toBeNull();
      });

      it("has no state of a partition that is not there", async () => {
        await expect(host.live.state(PARTITIONS)).rejects.toThrow(RangeError);
      });

      it("tells where a state stands once it was read, and gives it once", async () => {
        const state = await host.live.state(0);
        expect(() => state.positions).toThrow("read to the end");
        for await (const page of state.rows()) expect(page.length).toBeGreaterThan(0);
        expect(state.positions?.positions.length).toBeGreaterThan(0);
        await expect(first(state.rows())).rejects.toThrow("once");
      });

      it("can be read again when somebody has left a state half-read", async () => {
        for (let times = 0; times < 5; times++)
          for await (const page of (await host.live.state(0)).rows()) {
            expect(page.length).toBeGreaterThan(0);
            break;
          }
        expect((await readState(host.live, 0)).rows.size).toBeGreaterThan(0);
      });

      it("gives each record with its offset, time, key, value and headers", async () => {
        const records = (await Promise.all(PARTITION_NUMBERS.map(readAll))).flat();
        expect(records).toHaveLength(300);
        const codec = host.engine.codec(host.topics.conversationEvents);
        for (const record of records) {
          const { eventId, conversationId, revision } = codec.decodeAs(
            "ConversationEvent",
            record.value ?? Buffer.alloc(0),
          );
          expect(eventId).toBe(`e${conversationId.slice(1)}-${revision}`);
          expect(Buffer.from(record.key ?? []).toString()).toBe(`kustomer:t:${conversationId}`);
          expect(record).toMatchObject({ topic: host.topics.conversationEvents, headers: [] });
        }
        for (const partition of PARTITION_NUMBERS) {
          const offsets = records.filter((one) => one.partition === partition).map(({ offset }) => offset);
          expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
        }
      });

      it("finds the first record of a time or later, also among times that do not rise", async () => {
        const { live, topics } = host;
        const topic = topics.conversationEvents;
        for (const partition of PARTITION_NUMBERS) {
          const records = await readAll(partition);
          const end = await live.log.endOffset(topic, partition);
          const times = new Set(records.flatMap(({ timestamp }) => [timestamp - 1, timestamp, timestamp + 1]));
          for (const time of times) {
            const expected = records.find(({ timestamp }) => timestamp >= time)?.offset ?? end;
            expect(await live.log.offsetAt(topic, partition, time), `${time}`).toBe(expected);
          }
          expect(await live.log.offsetAt(topic, partition, -5)).toBe(records[0]?.offset);
          expect(await live.log.offsetAt(topic, partition, now + HOUR_MS)).toBe(end);
        }
      });

      it("begins with what retention has left", async () => {
        const { live, topics } = host;
        const topic = topics.conversationEvents;
        const before = await readAll(0);
        const first = before.find(({ timestamp }) => timestamp > now - HOUR_MS)?.offset ?? 0;
        expect(first).toBeGreaterThan(0);
        await host.expired(topic, 0, first);
        expect(await live.log.startOffset(topic, 0)).toBe(first);
        await expect(live.log.read(topic, 0, first - 1)).rejects.toThrow(/out of range|are gone/i);
        expect(await live.log.offsetAt(topic, 0, 0)).toBe(first);
        expect((await readAll(0)).map(({ offset }) => offset)).toEqual(
          before.map(({ offset }) => offset).filter((offset) => offset >= first),
        );
        // What is gone of the input is in the rows all the same.
        expect([...(await readState(live, 0)).rows.values()].every(({ sequence }) => sequence === 5)).toBe(true);
      });
    });
  });
}

async function forThisTest(start: () => Promise<LiveHost>): Promise<LiveHost> {
  const host = await start();
  onTestFinished(() => host.close());
  return host;
}

async function first<Item>(items: AsyncIterable<Item>): Promise<Item | null> {
  for await (const item of items) return item;
  return null;
}
