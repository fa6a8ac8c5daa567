/**
 * A service that uses the consumer ends with the right table, whatever happens to it and to its topic: killed at random, replays
 * out of order and interleaved, rewinds, a republish (issue 8, point 1).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { From } from "../../../consumer/index.js";
import { partitionFor, type QueueAssignment } from "../../../index.js";
import { keyOf, toWrite } from "../../consumer/support/assignments.js";
import { announce, randomNumbers, SEED, setting } from "../../oracle/settings.js";
import { createTopic } from "../../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, type RecordToWrite, uniqueTopic } from "../../support/kafka/index.js";
import { ALL_OUTCOMES } from "../../support/slow.js";
import { RunningService } from "./support/running-service.js";
import { type Effect, readTable } from "./support/table-file.js";
import { interleaved, Traffic } from "./support/traffic.js";

const KILLS = setting("KILLS", ALL_OUTCOMES ? 20 : 4);
const CONVERSATIONS = setting("CONVERSATIONS", 30);
const PARTITIONS = 3;
const NEVER_HEARD_OF: Effect = { holder: "unknown", lifecycle: "OPEN" };

describeWithKafka("a service with a table", { kafka: "shared", independentClient: true }, (servers) => {
  it("ends with the right table after kills, replays, rewinds and a republish", async () => {
    announce("the right table", { KILLS, CONVERSATIONS });
    const random = randomNumbers(SEED);
    const traffic = new Traffic(SEED, CONVERSATIONS);
    const live = traffic.live(random);
    const expected = traffic.expected();
    const topic = await createTopic(servers.kafka.bootstrap, uniqueTopic("assignments"), { partitions: PARTITIONS });
    const folder = mkdtempSync(join(tmpdir(), "right-table-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const settings = {
      brokers: servers.kafka.bootstrap,
      groupId: uniqueTopic("service"),
      topic,
      file: join(folder, "table.json"),
    };
    const start = (from: From = "committed") => RunningService.start({ ...settings, from });
    let written = 0;
    const write = async (records: readonly QueueAssignment[], given: Partial<RecordToWrite> = {}) => {
      const toBeWritten = records.map((one) => ({
        ...toWrite(one, given),
        partition: partitionFor(Buffer.from(keyOf(one)), PARTITIONS),
      }));
      if (toBeWritten.length > 0) await servers.independentClient.produce({ topic, records: toBeWritten });
      written += records.length;
    };
    const table = (file = settings.file) => {
      const rows = readTable(file);
      return new Map([...expected.keys()].map((key) => [key, rows.get(key)?.effect ?? NEVER_HEARD_OF]));
    };
    const isAtEnd = (service: RunningService) =>
      service.until("it is at the end", ({ lag, partitions }) => lag === 0 && partitions.length === PARTITIONS);

    // Killed at random, half of the time with live records coming in, which nothing says twice; then with a replay out of order.
    const replayed = traffic.replay(random);
    let service: RunningService;
    for (const [what, records] of Object.entries({ live: live.records, replayed: replayed.records })) {
      const kills = Math.ceil(KILLS / 2);
      const share = Math.ceil(records.length / kills);
      for (let kill = 0; kill < kills; kill++) {
        service = start();
        const writing = write(records.slice(kill * share, (kill + 1) * share));
        // Now and then before it has joined its group, most of the time at its work.
        if (random() < 0.8) await service.until("it is at work", ({ partitions }) => partitions.length > 0);
        await delay(Math.floor(random() * 200));
        await service.kill();
        await writing;
      }
      service = start();
      await isAtEnd(service);
      expect(table(), `after the kills, ${what}`).toEqual(expected);
      await service.stop();
    }

    // Rewound: everything comes again, and nothing of it is new.
    const rewinds: readonly From[] = [
      { offset: 0 },
      { offset: { 0: 5, 1: 3, 2: 7 } },
      { timestamp: 1_000 * Math.floor(live.records.length / 2) },
    ];
    for (const from of rewinds) {
      service = start(from);
      await isAtEnd(service);
      expect(service.progress?.skipped, `rewound to ${JSON.stringify(from)}`).toBeGreaterThan(0);
      expect(service.progress?.applied).toBe(0);
      expect(table()).toEqual(expected);
      await service.stop();
    }

    // Written again, as it is now; and two more replays at the same time, with a kill in the middle.
    service = start();
    await write(live.current, { headers: [["republished", "true"]] });
    await service.until("they are read", ({ records }) => records === live.current.length);
    expect(table(), "after a republish").toEqual(expected);
    const [one, other] = [traffic.replay(random), traffic.replay(random)];
    const mixture = interleaved([one.records, other.records], random);
    await write(mixture.slice(0, mixture.length / 2));
    await service.kill();
    service = start();
    await write(mixture.slice(mixture.length / 2));
    await isAtEnd(service);
    expect(table(), "after two replays interleaved").toEqual(expected);
    await service.stop();

    // Its data is lost: from the beginning, in another group, everything above in one go.
    const anew = {
      ...settings,
      groupId: uniqueTopic("anew"),
      file: join(folder, "anew.json"),
      from: "beginning" as const,
    };
    service = RunningService.start(anew);
    await service.until("all is read", ({ records }) => records === written);
    expect(table(anew.file), "anew").toEqual(expected);
    await service.stop();
  });
});
