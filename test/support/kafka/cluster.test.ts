/** The cluster for tests: it is a real one, and what a test does to a broker happens. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { describeWithKafka, type Kafka, until } from "./index.js";

const WITHIN_MS = 20_000;

describeWithKafka("a cluster of three", { kafka: "own" }, (servers) => {
  let kafka: Kafka;
  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 3, properties: { "log.segment.bytes": 1_048_576 } });
  });

  it("has an id, three brokers and the settings asked for", async () => {
    await withAdmin(kafka.bootstrap, async (admin) => {
      const { clusterId, brokers } = await admin.describeCluster();
      expect(clusterId).toBe(kafka.clusterId);
      expect(brokers.map(({ nodeId }) => nodeId).sort()).toEqual([1, 2, 3]);
    });
    const args = [
      "--bootstrap-server",
      kafka.bootstrap,
      "--entity-type",
      "brokers",
      "--entity-name",
      "1",
      "--all",
      "--describe",
    ];
    const { stdout } = await kafka.tool("kafka.admin.ConfigCommand", args);
    expect(stdout).toContain("log.segment.bytes=1048576");
  });

  it("loses a killed broker, and has it back once it is restarted", async () => {
    await kafka.broker(2).kill();
    expect(kafka.broker(2).isRunning()).toBe(false);
    await withAdmin(kafka.broker(1).bootstrap, async (admin) => {
      expect(await until(async () => (await liveBrokers(admin)).join() === "1,3", WITHIN_MS)).toBe(true);
      await kafka.broker(2).restart();
      expect(await until(async () => (await liveBrokers(admin)).join() === "1,2,3", WITHIN_MS)).toBe(true);
    });
  });

  it("has a paused broker that answers nothing until it is resumed", async () => {
    let answered = false;
    kafka.broker(3).pause();
    const asked = withAdmin(kafka.broker(3).bootstrap, async () => {
      answered = true;
    });
    await withAdmin(kafka.broker(1).bootstrap, async () => undefined);
    expect(answered).toBe(false);
    kafka.broker(3).resume();
    await asked;
    expect(answered).toBe(true);
  });
});

describeWithKafka("a cluster that cannot start", { kafka: "own" }, (servers) => {
  it("says why, and which log to read", async () => {
    // It outlives the failure: somebody has to read it.
    const folder = mkdtempSync(join(tmpdir(), "queue-ratchet-no-kafka-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const starting = servers.startOwnKafka({ brokers: 1, folder, properties: { "metric.reporters": "no.such.Class" } });
    const log = join(folder, "broker-1.log");
    await expect(starting).rejects.toThrow(new RegExp(`died before it was ready.*${log}[^]*no\\.such\\.Class`));
    expect(readFileSync(log, "utf8")).toContain("no.such.Class");
  });
});

type Admin = ReturnType<KafkaJs["admin"]>;

async function withAdmin(bootstrap: string, use: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = new KafkaJs({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.disconnect();
  }
}

async function liveBrokers(admin: Admin): Promise<number[]> {
  return (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId).sort();
}
