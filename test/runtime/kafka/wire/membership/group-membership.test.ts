/** Being a member of a real group: who has what, in which generation, and who is one no longer. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import {
  ClosedError,
  commitOffsets,
  Deadline,
  DeadlineError,
  FencedError,
  RefusedError,
  TransactionalWriter,
  WireError,
} from "../../../../../runtime/kafka/wire/index.js";
import { Coordination } from "../../../../../runtime/kafka/wire/membership/coordination.js";
import { describeWithKafka, uniqueTopic, until } from "../../../../support/kafka/index.js";
import { patient } from "../../../../support/patience.js";
import { clusterFor, createTopic, settled } from "../support/wire.js";
import { killedMember } from "./support/child-process.js";
import { member } from "./support/members.js";

const WITHIN_MS = 15_000;
const ALL = [0, 1, 2, 3, 4, 5];

describeWithKafka("a member of a group", { kafka: "shared", independentClient: true }, (servers) => {
  /** A group over two topics with different numbers of partitions, 4 and 6. */
  async function group() {
    const { bootstrap } = servers.kafka;
    const [four, six] = [uniqueTopic("four"), uniqueTopic("six")];
    await createTopic(bootstrap, four, { partitions: 4 });
    await createTopic(bootstrap, six, { partitions: 6 });
    const options = { groupId: uniqueTopic("group"), topics: [four, six], sessionTimeoutMs: 3_000 };
    return { cluster: clusterFor(bootstrap), options, four, six };
  }

  it("K15 has all partitions alone, shares them with another, and has them again when that one leaves", async () => {
    const { cluster, options } = await group();
    const first = member(cluster, options);
    await first.membership.join();
    expect(first.partitions()).toEqual(ALL);

    const second = member(cluster, options);
    await second.membership.join();
    expect(second.partitions()).toHaveLength(3);
    await until(() => first.assignments.length === 2, WITHIN_MS);
    expect([...first.partitions(), ...second.partitions()].sort()).toEqual(ALL);

    expect(await timed(() => second.membership.leave())).toBeLessThan(patient(1_000));
    await first.has(ALL, WITHIN_MS);
  });

  it("K17 keeps what it has when another joins, and gets what it has a store of", async () => {
    const { cluster, options } = await group();
    const first = member(cluster, options);
    await first.membership.join();
    const localPositions = () =>
      new Map([
        [1, 10],
        [3, 10],
        [5, 10],
      ] as const);
    const second = member(cluster, { ...options, localPositions });
    expect((await second.membership.join()).partitions).toEqual([1, 3, 5]);
    await first.has([0, 2, 4], WITHIN_MS);
  });

  it("K24 knows the coordinator's generation from the assignment on", async () => {
    const { cluster, options, four: topic } = await group();
    const { membership, assignments } = member(cluster, options);
    await membership.join();
    const current = membership.member;
    if (current === null) throw new Error("it is no member");
    expect(assignments).toEqual([{ ...current, partitions: ALL }]);
    const offsets = [{ topic, partition: 0, offset: 7, metadata: null }];

    const wrong = { ...current, generationId: current.generationId + 1 };
    const commit = commitOffsets(cluster, wrong, offsets, { deadline: new Deadline(WITHIN_MS), channel: "test" });
    await expect(commit).rejects.toThrow(FencedError);

    const { groupId } = options;
    const writer = await TransactionalWriter.open(cluster, { transactionalId: groupId, transactionTimeoutMs: 10_000 });
    writer.begin();
    await writer.sendOffsets({ ...current, offsets });
    await writer.commit();
    await writer.close();
    expect(await servers.independentClient.committedOffsets(groupId)).toMatchObject([
      { topic, partition: 0, offset: 7 },
    ]);
  });

  it("K16 has its heartbeat confirmed in the new generation when a rebalance is under way", async () => {
    const { cluster, options } = await group();
    const first = member(cluster, options);
    await first.membership.join();
    const before = await first.membership.heartbeatNow();
    expect(before).toEqual(first.membership.member);
    const second = member(cluster, options);
    const joined = second.membership.join();
    await until(() => second.memberIds.length === 1, WITHIN_MS);
    await delay(50);
    const after = await first.membership.heartbeatNow();
    expect(after.generationId).toBeGreaterThan(before.generationId);
    expect(after.generationId).toBe((await joined).generationId);
    expect(first.partitions()).toHaveLength(3);
  });

  it("K16 is told that it is a member no longer, and becomes one again", async () => {
    const { cluster, options } = await group();
    const first = member(cluster, { ...options, sessionTimeoutMs: 6_000 });
    const { memberId } = await first.membership.join();
    const offsets = [{ topic: options.topics[0] ?? "", partition: 0, offset: 7, metadata: null }];
    const writer = await TransactionalWriter.open(cluster, {
      transactionalId: options.groupId,
      transactionTimeoutMs: 10_000,
    });
    // Somebody takes it for dead.
    const second = member(cluster, { ...options, formerMemberIds: [memberId] });
    expect((await second.membership.join()).partitions).toEqual(ALL);
    const zombie = first.membership.member;
    if (zombie === null) throw new Error("it is to believe that it is a member");
    expect(zombie.memberId).toBe(memberId);
    await expect(first.membership.heartbeatNow()).rejects.toThrow(FencedError);
    writer.begin();
    await expect(writer.sendOffsets({ ...zombie, offsets })).rejects.toThrow(FencedError);
    await writer.close();

    await until(() => first.assignments.length === 2, WITHIN_MS);
    expect(first.assignments.at(-1)?.memberId).not.toBe(memberId);
    expect(first.lost).toEqual([expect.any(FencedError)]);
    expect(first.memberIds).toEqual([memberId, first.assignments.at(-1)?.memberId]);
    await until(() => second.partitions().length === 3, WITHIN_MS);
    expect([...first.partitions(), ...second.partitions()].sort()).toEqual(ALL);
    expect(await first.membership.heartbeatNow()).toEqual(first.membership.member);
  });

  it("K15 stays one while the process blocks for 2 s, and while it is busy most of the time", async () => {
    const { cluster, options } = await group();
    const patient = member(cluster, { ...options, groupId: uniqueTopic("patient"), sessionTimeoutMs: 6_000 });
    const hasty = member(cluster, { ...options, sessionTimeoutMs: 1_000 });
    await Promise.all([patient.membership.join(), hasty.membership.join()]);
    const endMs = performance.now() + 2_000;
    while (performance.now() < endMs) {
      block(250);
      await delay(1);
    }
    const generations = [await hasty.membership.heartbeatNow(), await patient.membership.heartbeatNow()];
    await hasty.membership.leave();
    block(2_000);
    await delay(200);
    expect(await patient.membership.heartbeatNow()).toEqual(generations[1]);
    expect(patient.assignments).toHaveLength(1);
    expect(hasty.assignments).toHaveLength(1);
  });

  it("K23 takes over at once from a former self that was killed", async () => {
    const { cluster, options, six } = await group();
    const { bootstrap } = servers.kafka;
    const topics = [six];
    const formerMemberId = await killedMember(bootstrap, options.groupId, six);
    const successor = member(cluster, {
      ...options,
      topics,
      sessionTimeoutMs: 30_000,
      formerMemberIds: [formerMemberId],
    });
    const takenMs = await timed(() => successor.membership.join());
    expect(successor.partitions()).toEqual(ALL);
    expect(successor.memberIds).toEqual([successor.membership.member?.memberId]);
    expect(takenMs).toBeLessThan(patient(2_000));
  });

  it("K23 joins although its former self has long been forgotten", async () => {
    const { cluster, options } = await group();
    const { membership, partitions } = member(cluster, { ...options, formerMemberIds: ["nobody"] });
    expect(await timed(() => membership.join())).toBeLessThan(patient(2_000));
    expect(partitions()).toEqual(ALL);
  });

  it("leaves at once while the others are still waited for", async () => {
    const { cluster, options } = await group();
    const first = member(cluster, { ...options, sessionTimeoutMs: 30_000 });
    await first.membership.join();
    const second = member(cluster, { ...options, sessionTimeoutMs: 30_000 });
    const joined = settled(second.membership.join());
    await until(() => second.memberIds.length === 1, WITHIN_MS);
    await delay(100);
    expect(await timed(() => second.membership.leave())).toBeLessThan(patient(1_000));
    expect(await joined).toBeInstanceOf(ClosedError);
    expect(second.membership.member).toBeNull();
    await expect(second.membership.heartbeatNow()).rejects.toThrow(ClosedError);
    await delay(500);
    const coordination = new Coordination(cluster, options.groupId, "test");
    const { memberIds } = await coordination.describe(new Deadline(WITHIN_MS));
    expect(memberIds).toEqual([first.membership.member?.memberId]);
  });

  it("says what is refused, and gives up what does not come to be", async () => {
    const { cluster, options } = await group();
    const tooShort = member(cluster, { ...options, sessionTimeoutMs: 30 });
    await expect(tooShort.membership.join()).rejects.toThrow(RefusedError);
    await expect(tooShort.membership.heartbeatNow()).rejects.toThrow(/INVALID_SESSION_TIMEOUT/);
    expect(tooShort.failures).toEqual([tooShort.membership.failure]);

    const nowhere = member(cluster, { ...options, topics: [uniqueTopic("nowhere")], joinTimeoutMs: 1_500 });
    const failure = await settled(nowhere.membership.join());
    expect(failure).toBeInstanceOf(DeadlineError);
    expect(String(failure)).toMatch(/UNKNOWN_TOPIC_OR_PARTITION/);
    expect(nowhere.lost.length).toBeGreaterThan(0);
  });

  it("ends with the error of a listener", async () => {
    const { cluster, options } = await group();
    const { membership, failures } = member(cluster, options, {
      onAssignment: () => {
        throw new Error("a defect");
      },
    });
    await membership.join().catch(() => undefined);
    await until(() => failures.length > 0, WITHIN_MS);
    expect(failures).toEqual([expect.any(WireError)]);
    expect(String(failures[0])).toMatch(/a defect/);
    expect(membership.member).toBeNull();
  });
});

/** @returns how long it took */
async function timed(act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  return Math.round(performance.now() - startMs);
}

function block(forMs: number): void {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs);
}
