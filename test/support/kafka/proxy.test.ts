/** The proxy before a broker: its rules act on the frames they name, and on no others. */
import { Kafka as KafkaJs, logLevel, type Producer } from "kafkajs";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import {
  describeWithKafka,
  type FrameRule,
  type IndependentClient,
  type Kafka,
  type RuleHandle,
  uniqueTopic,
} from "./index.js";

describeWithKafka("a proxy", { kafka: "own", independentClient: true }, (servers) => {
  const topic = uniqueTopic("proxied");
  const rules: RuleHandle[] = [];
  let kafka: Kafka;
  let reader: IndependentClient;
  let producer: Producer;

  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 1, proxied: true });
    reader = await servers.startIndependentClient(kafka.bootstrap);
    const client = new KafkaJs({
      brokers: [kafka.proxiedBootstrap],
      logLevel: logLevel.NOTHING,
      requestTimeout: 500,
      retry: { retries: 0 },
    });
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
    await admin.disconnect();
    producer = client.producer();
    await producer.connect();
  });
  afterAll(() => producer.disconnect());
  afterEach(() => {
    for (const rule of rules.splice(0)) rule.remove();
  });

  function rule(given: FrameRule): RuleHandle {
    const handle = kafka.broker(1).proxy.rule(given);
    rules.push(handle);
    return handle;
  }
  const send = (value: string) => producer.send({ topic, messages: [{ value }] });
  const stored = async () =>
    (await reader.read({ topic, isolation: "read_uncommitted" })).map(({ value }) => value?.toString());

  it("lets pass what no rule is about, and clients that start behind it stay there", async () => {
    const fetches = rule({ api: "Fetch", on: "request", action: "cut" });
    const produces = rule({ api: "Produce", on: "request", action: { delayMs: 1 } });
    await send("passes");
    expect([fetches.hits, produces.hits]).toEqual([0, 1]);
    expect(await stored()).toEqual(["passes"]);
  });

  it("drops a response: the record is stored, and its writer does not know", async () => {
    const dropped = rule({ api: "Produce", on: "response", action: "drop", times: 1 });
    await expect(send("unanswered")).rejects.toThrow(/timed out/);
    expect(dropped.hits).toBe(1);
    expect(await stored()).toContain("unanswered");
    await send("after");
    expect(dropped.hits).toBe(1);
  });

  it("cuts before a request: the record is not stored, and the connection is gone", async () => {
    const cut = rule({
      api: "Produce",
      on: "request",
      action: "cut",
      match: (frame) => frame.includes("never stored"),
    });
    await expect(send("never stored")).rejects.toThrow();
    expect(cut.hits).toBe(1);
    expect(await stored()).not.toContain("never stored");
  });

  it("delays a response", async () => {
    await producer.connect();
    await send("quick");
    rule({ api: "Produce", on: "response", action: { delayMs: 200 } });
    const sentMs = performance.now();
    await send("slow");
    expect(performance.now() - sentMs).toBeGreaterThanOrEqual(199);
  });

  it("acts by chance where it is told to, on the test's own dice", async () => {
    const rolls = [0.9, 0.1, 0.9];
    const some = rule({
      api: "Produce",
      on: "request",
      action: { delayMs: 0 },
      probability: 0.5,
      random: () => rolls.shift() ?? 1,
    });
    for (const value of ["a", "b", "c"]) await send(value);
    expect(some.hits).toBe(1);
  });

  it("stops all traffic while it is paused", async () => {
    kafka.broker(1).proxy.pause();
    let answered = false;
    const sent = send("held").then(() => {
      answered = true;
    });
    // Past the proxy, the record is not there.
    expect(await stored()).not.toContain("held");
    expect(answered).toBe(false);
    kafka.broker(1).proxy.resume();
    await sent;
    expect(await stored()).toContain("held");
  });
});
