/** Topics of a real broker as someone reads them who must not miss what was written before. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { SettledLog } from "../../../runtime/kafka/settled-log.js";
import { KafkaTopicLog } from "../../../runtime/kafka/topic-log.js";
import { DeadlineError } from "../../../runtime/kafka/wire/index.js";
import { describeWithKafka, uniqueTopic } from "../../support/kafka/index.js";
import { clusterFor, createTopic } from "./wire/support/wire.js";

describeWithKafka("the end of a topic", { kafka: "shared", independentClient: true }, (servers) => {
  function openLog(timeoutMs?: number): SettledLog {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const committed = new KafkaTopicLog(cluster);
    onTestFinished(() => committed.close());
    return new SettledLog(cluster, committed, timeoutMs === undefined ? {} : { timeoutMs });
  }

  /** A record, hidden behind that of a transaction which is not ended. */
  async function hiddenRecord() {
    const topic = await createTopic(servers.kafka.bootstrap, uniqueTopic("settled"), { partitions: 1 });
    const open = await servers.independentClient.transactional(uniqueTopic("transaction"));
    await open.begin();
    await open.send(topic, [{ value: "open" }], 0);
    await open.flush();
    await servers.independentClient.produce({ topic, partition: 0, records: [{ value: "hidden" }] });
    return { topic, open };
  }

  it("is waited for while a transaction hides what lies there", async () => {
    const { topic, open } = await hiddenRecord();
    const log = openLog();
    let isThere = false;
    const end = log.endOffset(topic, 0).finally(() => {
      isThere = true;
    });
    await delay(300);
    expect(isThere).toBe(false);
    await open.abort();
    expect(await end).toBeGreaterThanOrEqual(2);
    const { records } = await log.read(topic, 0, await log.startOffset(topic, 0));
    expect(records.map(({ value }) => Buffer.from(value ?? []).toString())).toEqual(["hidden"]);
  });

  it("is given up on when the transaction stays open", async () => {
    const { topic, open } = await hiddenRecord();
    await expect(openLog(200).endOffset(topic, 0)).rejects.toThrow(DeadlineError);
    await open.abort();
  });
});
