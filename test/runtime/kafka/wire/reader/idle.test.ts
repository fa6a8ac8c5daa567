/** What a reader costs when there is nothing to read. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { Reader } from "../../../../../runtime/kafka/wire/index.js";
import { describeWithKafka } from "../../../../support/kafka/index.js";
import { values } from "./support/records.js";
import { placesOf, TestBed } from "./support/test-bed.js";

const PARTITIONS = 50;
const FOR_MS = 3_000;

describeWithKafka("an idle reader", { kafka: "shared" }, (servers) => {
  // Each test file has a process of its own: what it uses here is the reader's.
  it("of 50 partitions uses next to nothing of a core, and still hears at once of what is written", async () => {
    const bed = await TestBed.open(servers.kafka.bootstrap);
    const places = placesOf(await bed.topic(PARTITIONS), PARTITIONS);
    const reader = new Reader(bed.cluster, { isolation: "read_committed" });
    for (const place of places) reader.assign(place, 0);
    const next = reader.next();
    await delay(500);
    const before = process.cpuUsage();
    await delay(FOR_MS);
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / 1_000 / FOR_MS;
    console.log(`${PARTITIONS} idle partitions: ${(share * 100).toFixed(2)} % of a core`);
    const writtenMs = performance.now();
    await bed.plain().write({ topic: places[0]?.topic ?? "", partition: 33 }, values("at last"));
    expect((await next).partition).toBe(33);
    console.log(`heard of a record ${(performance.now() - writtenMs).toFixed(1)} ms after it was sent`);
    expect(share).toBeLessThan(0.05);
    await reader.close();
    await bed.close();
  });
});
