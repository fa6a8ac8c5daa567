/** A member and its coordinator: what it asks of it, and what becomes of it when the coordinator cannot be reached. */
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import { IdempotentWriter } from "../../../../../runtime/kafka/wire/index.js";
import { type ApiName, describeWithKafka, type Kafka, uniqueTopic, until } from "../../../../support/kafka/index.js";
import { clusterFor, createTopic, record } from "../support/wire.js";
import { killedMember } from "./support/child-process.js";
import { member } from "./support/members.js";

const WITHIN_MS = 30_000;
const SESSION_MS = 1_200;

describeWithKafka("a member whose coordinator is not always there", { kafka: "own" }, (servers) => {
  let kafka: Kafka;
  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 1, proxied: true });
  });

  /** Joined, over a topic with records. */
  async function joined() {
    const topic = await createTopic(kafka.bootstrap, uniqueTopic("joined"), { partitions: 2 });
    const writer = await IdempotentWriter.open(clusterFor(kafka.bootstrap));
    await writer.send({ topic, partition: 0, records: [record("not to be fetched")] });
    await writer.close();
    const options = { groupId: uniqueTopic("group"), topics: [topic], sessionTimeoutMs: SESSION_MS };
    const cluster = clusterFor(kafka.proxiedBootstrap);
    const one = member(cluster, options);
    await one.membership.join();
    return { ...one, cluster, options };
  }

  it("K15 fetches nothing, and neither asks for offsets nor commits them", async () => {
    const count = (api: ApiName) => kafka.rule({ api, on: "request", action: { delayMs: 0 } });
    const never = (["Fetch", "ListOffsets", "OffsetFetch", "OffsetCommit"] as const).map(count);
    const heartbeats = count("Heartbeat");
    const { membership, cluster, options, has } = await joined();
    const other = member(cluster, options);
    await other.membership.join();
    await other.membership.leave();
    await has([0, 1], WITHIN_MS);
    expect(await until(() => heartbeats.hits >= 4, WITHIN_MS)).toBe(true);
    await membership.leave();
    expect(never.map(({ hits }) => hits)).toEqual([0, 0, 0, 0]);
    for (const rule of [...never, heartbeats]) rule.remove();
  });

  it("K23 leaves for its former self only when it is in the group itself", async () => {
    const topic = await createTopic(kafka.bootstrap, uniqueTopic("former"), { partitions: 2 });
    const groupId = uniqueTopic("group");
    const formerMemberId = await killedMember(kafka.bootstrap, groupId, topic);
    const seen: { readonly api: ApiName; readonly atMs: number }[] = [];
    const watch = (api: ApiName, delayMs: number) =>
      kafka.rule({
        api,
        on: "request",
        action: { delayMs },
        match: () => seen.push({ api, atMs: performance.now() }) > 0,
      });
    const rules = [watch("JoinGroup", 300), watch("LeaveGroup", 0)];
    const { membership } = member(clusterFor(kafka.proxiedBootstrap), {
      groupId,
      topics: [topic],
      formerMemberIds: [formerMemberId],
    });
    expect((await membership.join()).partitions).toEqual([0, 1]);
    for (const rule of rules) rule.remove();
    expect(seen.map(({ api }) => api)).toEqual(["JoinGroup", "JoinGroup", "LeaveGroup"]);
    const [, joinAtMs = 0, leaveAtMs = 0] = seen.map(({ atMs }) => atMs);
    expect(leaveAtMs - joinAtMs).toBeGreaterThan(290);
  });

  it("waits for a leader that takes its time to assign", async () => {
    const { lost, has, cluster, options } = await joined();
    const assigning = (frame: Buffer) => frame.length > 200;
    const slow = kafka.rule({
      api: "SyncGroup",
      on: "request",
      action: { delayMs: 1_000 },
      match: assigning,
      times: 1,
    });
    const other = member(cluster, options);
    await other.membership.join();
    await has(
      [0, 1].filter((partition) => !other.partitions().includes(partition)),
      WITHIN_MS,
    );
    expect(slow.hits).toBe(1);
    expect([...lost, ...other.lost]).toEqual([]);
  });

  it("K16 has its heartbeat confirmed while the coordinator is in a generation that it has not heard of yet", async () => {
    const { membership, cluster, options } = await joined();
    const before = membership.member;
    const slow = kafka.rule({ api: "SyncGroup", on: "response", action: { delayMs: 500 }, times: 2 });
    const other = member(cluster, options);
    const otherJoined = other.membership.join();
    expect(await until(() => slow.hits > 0, WITHIN_MS)).toBe(true);
    const after = await membership.heartbeatNow();
    expect(after.generationId).toBe((before?.generationId ?? 0) + 1);
    expect(after.generationId).toBe((await otherJoined).generationId);
  });

  it("stays one when its connections break", async () => {
    const { membership, assignments } = await joined();
    const cut = kafka.rule({ api: "Heartbeat", on: "response", action: "cut", times: 2 });
    expect(await until(() => cut.hits === 2, WITHIN_MS)).toBe(true);
    expect(await membership.heartbeatNow()).toEqual(membership.member);
    await delay(SESSION_MS);
    expect(await membership.heartbeatNow()).toEqual(membership.member);
    expect(assignments).toHaveLength(1);
  });

  it("becomes one again when its heartbeats have not come through for longer than its session", async () => {
    const { membership, assignments, memberIds, lost } = await joined();
    const dropped = kafka.rule({ api: "Heartbeat", on: "request", action: "drop" });
    await delay(2 * SESSION_MS);
    dropped.remove();
    expect(await until(() => assignments.length > 1, WITHIN_MS)).toBe(true);
    expect(memberIds.length).toBeGreaterThan(1);
    expect(lost.length).toBeGreaterThan(0);
    expect(await membership.heartbeatNow()).toEqual(membership.member);
  });

  it("becomes one again when the broker was away, and says so meanwhile", async () => {
    const { membership, assignments, lost, failures, has } = await joined();
    await kafka.broker(1).kill();
    expect(await until(() => lost.length > 0, WITHIN_MS)).toBe(true);
    expect(membership.member).toBeNull();
    await kafka.broker(1).restart();
    expect(await until(() => assignments.length > 1, WITHIN_MS)).toBe(true);
    await has([0, 1], WITHIN_MS);
    expect(failures).toEqual([]);
    expect(await membership.heartbeatNow()).toEqual(membership.member);
  });
});
