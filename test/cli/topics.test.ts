/** `queue-ratchet topics`, as a user runs it against a real broker. */
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTopic } from "../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, uniqueTopic } from "../support/kafka/index.js";
import { patient } from "../support/patience.js";
import { rows, run } from "../support/program.js";

const NAMES = [
  "raw-events",
  "conversation-events",
  "work-item-events",
  "queue-assignments",
  "queue-assignment-decisions",
  "dead-letters",
  "app-assignment-store-changelog",
];

describeWithKafka("topics", { kafka: "shared" }, (servers) => {
  function topics(prefix: string, ...args: readonly string[]) {
    const connection = ["--brokers", servers.kafka.bootstrap, "--registry-url", "http://127.0.0.1:1"];
    return run(["topics", ...connection, "--topic-prefix", prefix, "--application-id", "app", ...args]);
  }
  const newPrefix = () => `${uniqueTopic("topics")}-`;
  const outcomes = (stdout: string) => rows(stdout).map(({ outcome }) => outcome);

  it("are looked for by --dry-run, which makes none and ends with 1", async () => {
    const prefix = newPrefix();
    for (let time = 0; time < 2; time++) {
      const { code, stdout, stderr } = await topics(prefix, "--dry-run", "--json", "--partitions", "3");
      expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
      expect(rows(stdout).map(({ topic }) => topic)).toEqual(NAMES.map((name) => prefix + name));
      expect(outcomes(stdout)).toEqual(NAMES.map(() => "missing"));
      expect(rows(stdout)[3]).toEqual({
        topic: `${prefix}queue-assignments`,
        outcome: "missing",
        wanted: {
          partitions: 3,
          replicationFactor: -1,
          configs: { "cleanup.policy": "compact", "message.timestamp.type": "CreateTime" },
        },
        actual: null,
        problems: [],
      });
    }
  });

  it("are made, and fit from then on", async () => {
    const prefix = newPrefix();
    const made = await topics(prefix, "--json", "--partitions", "3", "--retention-hours", "24");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(outcomes(made.stdout)).toEqual(NAMES.map(() => "made"));
    const again = await topics(prefix, "--json", "--partitions", "3", "--retention-hours", "24", "--dry-run");
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(outcomes(again.stdout)).toEqual(NAMES.map(() => "fits"));
    expect(rows(again.stdout)[0]).toMatchObject({
      actual: {
        partitions: 3,
        replicationFactor: 1,
        configs: { "cleanup.policy": "delete", "message.timestamp.type": "CreateTime", "retention.ms": "86400000" },
      },
    });
  });

  it("that cannot be used are named with what is there and what is wanted, none is made, and it ends with 1", async () => {
    const prefix = newPrefix();
    await createTopic(servers.kafka.bootstrap, `${prefix}raw-events`, { partitions: 2 });
    const { code, stdout, stderr } = await topics(prefix, "--partitions", "3");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toMatch(/^topic +is +partitions +copies +clean-up$/m);
    expect(stdout).toMatch(new RegExp(`^${prefix}raw-events +differs +2 +1 +delete$`, "m"));
    expect(stdout).toMatch(new RegExp(`^${prefix}dead-letters +missing +1 +\\(brokers' default\\) +delete$`, "m"));
    expect(stdout).toContain(`\u00d7 topic ${prefix}raw-events has 2 partitions, and 3 are wanted`);
    expect(stdout).toContain("None of the missing topics is made");
    expect(outcomes((await topics(prefix, "--partitions", "2", "--dry-run", "--json")).stdout).slice(1)).toEqual(
      NAMES.slice(1).map(() => "missing"),
    );
  });

  it("that can be used though they differ are told of, and it ends with 0", async () => {
    const prefix = newPrefix();
    expect((await topics(prefix, "--partitions", "1")).code).toBe(0);
    const { code, stdout } = await topics(prefix, "--partitions", "1", "--retention-hours", "1");
    expect(code).toBe(0);
    expect(stdout).toContain(
      `! topic ${prefix}raw-events has retention.ms=604800000, and 3600000 is wanted: records, `,
    );
  });

  it("that the brokers refuse to make are told in their words", async () => {
    const { code, stdout, stderr } = await topics(newPrefix(), "--replication-factor", "9");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^queue-ratchet: making topic .*INVALID_REPLICATION_FACTOR.*\n$/);
  });
});

describe("brokers that cannot be reached", () => {
  it("are named in one line, within a bounded time, and it ends with 1", async () => {
    const startedMs = performance.now();
    const { code, stdout, stderr } = await run(["topics", "--brokers", "127.0.0.1:1"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^queue-ratchet: no broker answered within 10 s: .*127\.0\.0\.1:1.*ECONNREFUSED.*\n$/);
    expect(performance.now() - startedMs).toBeLessThan(patient(15_000));
  });

  it("that accept and never answer are given up too", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const startedMs = performance.now();
    const { code, stderr } = await run(["topics", "--brokers", `127.0.0.1:${port}`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^queue-ratchet: no broker answered within 10 s: .*\n$/);
    expect(performance.now() - startedMs).toBeLessThan(patient(15_000));
  });
});

describe("wrong use ends with 2, and names", () => {
  it.each([
    [[], "--brokers"],
    [["--brokers", "localhost"], "--brokers"],
    [["--brokers", "localhost:9092", "--partitions", "0"], "--partitions"],
    [["--brokers", "localhost:9092", "--kafka-tls", "on", "--kafka-ca-file", "/nowhere"], "--kafka-ca-file: /nowhere"],
    [["--frobnicate"], "--frobnicate"],
  ])("%j: %s", async (args, named) => {
    const { code, stdout, stderr } = await run(["topics", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(named);
    expect(stderr).not.toContain("    at ");
  });
});
