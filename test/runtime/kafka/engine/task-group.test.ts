/** A group of tasks between assignments: what it keeps, what it builds again, and when it commits. Membership is a stand-in's. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { openCodecs } from "../../../../runtime/codecs.js";
import { noCrashPoints } from "../../../../runtime/crash-points.js";
import type { RunnerPorts } from "../../../../runtime/kafka/runner-ports.js";
import { InstanceFile } from "../../../../runtime/kafka/store/instance-file.js";
import { LocalStore } from "../../../../runtime/kafka/store/local-store.js";
import { TaskGroup } from "../../../../runtime/kafka/task-group.js";
import { prepareTopics, wantedTopics } from "../../../../runtime/kafka/topics.js";
import { Cluster, Deadline, type GroupMember, type GroupMembership } from "../../../../runtime/kafka/wire/index.js";
import type { TaskObserver } from "../../../../runtime/observer.js";
import { RowStore } from "../../../../runtime/stores/index.js";
import { ConfluentSchemaRegistry } from "../../../../schemas/registry/confluent.js";
import { type ProductOutcome, productTopology } from "../../../../topology/index.js";
import { describeWithKafka, type Servers, until } from "../../../support/kafka/index.js";
import { Application } from "./support/application.js";

const WITHIN_MS = 20_000;
/** Long enough for what must not happen. */
const NOT_WITHIN_MS = 400;

/** Says what a test tells it to. */
class StandIn {
  member: GroupMember | null = null;
  /** What the next heartbeats answer; as {@link member} unless told otherwise. */
  heartbeatGeneration: number | null = null;

  async heartbeatNow(): Promise<GroupMember> {
    if (this.member === null) throw new Error("no member");
    return { ...this.member, generationId: this.heartbeatGeneration ?? this.member.generationId };
  }
}

async function openGroup(servers: Servers) {
  const application = Application.forTest(servers, { partitions: 2 });
  const { settings } = application;
  const topology = productTopology(settings);
  const cluster = new Cluster({ brokers: servers.kafka.bootstrap.split(","), clientId: "group" });
  const wanted = wantedTopics(topology.topics, { replicationFactor: 1, retentionMs: -1 });
  await prepareTopics(cluster, wanted, { create: true, deadline: new Deadline(WITHIN_MS), channel: "group" });
  const folder = await application.folder();
  const store = await LocalStore.open({
    folder: join(folder, "kafka"),
    clusterId: "any",
    applicationId: settings.applicationId,
    cacheBytes: 1_000_000,
    log: () => {},
  });
  const opened: number[] = [];
  const observer: TaskObserver<ProductOutcome> = {
    committed: () => {},
    taskOpened: (_, partition) => opened.push(partition),
  };
  const ratchet = topology.subTopologies.find(({ name }) => name === "ratchet");
  if (ratchet === undefined) throw new Error("no ratchet");
  const ports: RunnerPorts<ProductOutcome> = {
    cluster,
    store,
    instance: await InstanceFile.open(folder),
    subTopology: ratchet,
    codecs: await openCodecs(topology, new ConfluentSchemaRegistry({ url: servers.registry.url })),
    partitionsOf: (topic) => (topic === application.topics.deadLetters ? 1 : settings.partitions),
    observer,
    crashPoints: noCrashPoints,
    log: () => {},
    onSettled: () => {},
    now: Date.now,
    settings: {
      applicationId: settings.applicationId,
      guarantee: "exactly_once",
      sessionTimeoutMs: 6_000,
      checkpointIntervalMs: 100,
      maxTaskIdleMs: 0,
      expiredInput: "fail",
      rowCacheBytes: 1_000_000,
    },
  };
  const standIn = new StandIn();
  const groupId = `${settings.applicationId}-ratchet`;
  const group = new TaskGroup(ports, standIn as unknown as GroupMembership, groupId);
  const living = group.live();
  living.catch(() => undefined);
  onTestFinished(async () => {
    group.stop();
    await living.catch(() => undefined);
    group.closeTasks();
    await cluster.close();
    await store.close();
  });
  const assign = (generationId: number, partitions: readonly number[], memberId = "me") => {
    standIn.member = { groupId, generationId, memberId };
    group.assign({ groupId, generationId, memberId, partitions });
  };
  const ready = () => until(() => group.isReady, WITHIN_MS);
  return { group, assign, ready, opened, standIn, application };
}

describeWithKafka("a group of tasks", { kafka: "shared", registry: true }, (servers) => {
  it("keeps what stays its own from one generation to the next, and builds only what is new", async () => {
    const { assign, ready, opened } = await openGroup(servers);
    assign(1, [0]);
    expect(await ready()).toBe(true);
    assign(2, [0, 1]);
    expect(await ready()).toBe(true);
    expect(opened).toEqual([0, 1]);
  });

  it.each([
    ["a generation was missed", 3, "me"],
    ["it is another member", 2, "me again"],
  ])("E10: builds its tasks again when somebody else may have had them: %s", async (_, generation, memberId) => {
    const { assign, ready, opened } = await openGroup(servers);
    assign(1, [0, 1]);
    expect(await ready()).toBe(true);
    assign(generation, [0, 1], memberId);
    expect(await until(() => opened.length === 4, WITHIN_MS)).toBe(true);
    expect(await ready()).toBe(true);
  });

  it("E10: builds its tasks again after its membership was lost", async () => {
    const { group, assign, ready, opened } = await openGroup(servers);
    assign(1, [0]);
    expect(await ready()).toBe(true);
    group.lost(new Error("expelled"));
    expect(group.isReady).toBe(false);
    assign(2, [0]);
    expect(await until(() => opened.length === 2, WITHIN_MS)).toBe(true);
    expect(await ready()).toBe(true);
  });

  it("E11: takes nothing over when a heartbeat says that the generation is another by now", async () => {
    const { group, assign, ready, opened, standIn } = await openGroup(servers);
    standIn.heartbeatGeneration = 2;
    assign(1, [0]);
    expect(await until(() => opened.length > 0, NOT_WITHIN_MS)).toBe(false);
    expect(group.isReady).toBe(false);
    standIn.heartbeatGeneration = null;
    assign(2, [0]);
    expect(await ready()).toBe(true);
    expect(opened).toEqual([0]);
  });

  it("gives up what it is not assigned any more", async () => {
    const { group, assign, ready } = await openGroup(servers);
    assign(1, [0, 1]);
    expect(await ready()).toBe(true);
    assign(2, [1]);
    expect(await ready()).toBe(true);
    expect(await until(() => group.tasks.length === 1, WITHIN_MS)).toBe(true);
    expect(group.tasks.map(({ partition, state }) => [partition, state])).toEqual([[1, "running"]]);
  });

  it("makes progress with each page of a scan that has nothing to write, of which no checkpoint tells", async () => {
    const { group, assign, ready, application } = await openGroup(servers);
    assign(1, [0]);
    expect(await ready()).toBe(true);
    let pages = 0;
    const spy = vi.spyOn(RowStore.prototype, "page").mockImplementation(async () => {
      pages += 1;
      await delay(10);
      return { rows: [], after: pages < 40 ? `k${pages}` : null };
    });
    onTestFinished(() => spy.mockRestore());
    const headers = [{ key: "control", value: Buffer.from("republish") }];
    const key = Buffer.from("control");
    const topic = application.topics.conversationEvents;
    await application.write([{ topic, partition: 0, timestamp: Date.now(), key, value: null, headers }]);
    expect(await until(() => pages >= 10, WITHIN_MS)).toBe(true);
    const early = group.progressMs;
    expect(await until(() => pages >= 30, WITHIN_MS)).toBe(true);
    expect(group.progressMs).toBeGreaterThan(early);
    expect(group.hasWork).toBe(true);
    expect(await until(() => pages === 40, WITHIN_MS)).toBe(true);
  });
});
