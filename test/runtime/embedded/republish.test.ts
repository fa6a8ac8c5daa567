/** Scans of control records in the embedded engine: asked to stop in the middle, and with nothing to write. */
import { expect, it } from "vitest";
import { EmbeddedEngine } from "../../../runtime/embedded/index.js";
import type { CommittedReport } from "../../../runtime/observer.js";
import { encodeText, type ProducedRecord, type RecordHeader } from "../../../runtime/task/index.js";
import { conversationKey } from "../../../schemas/index.js";
import { type ProductOutcome, productTopology } from "../../../topology/index.js";
import { conversation, TO_Q1 } from "../../oracle/build.js";
import { PRODUCT } from "../product/product-run.js";
import { header } from "../task/records.js";
import { temporaryFolder } from "./support/folders.js";

const CONVERSATIONS = 1_500;

async function open(folder: string, committed: (report: CommittedReport<ProductOutcome>) => void = () => {}) {
  const engine = await EmbeddedEngine.open({
    ...PRODUCT,
    topology: productTopology(PRODUCT),
    folder,
    runner: { checkpointIntervalMs: 1 },
    observer: { committed },
  });
  engine.start();
  return engine;
}

function events(engine: EmbeddedEngine<ProductOutcome>): ProducedRecord[] {
  const codec = engine.codec("conversation-events");
  return Array.from({ length: CONVERSATIONS }, (_, index) => {
    const { event } = conversation({ conversationId: `c${index}`, eventId: "e", revision: 1, queueChange: TO_Q1 });
    const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
    const value = Uint8Array.from(codec.encode(event as never));
    return { topic: "conversation-events", timestamp: 1_000 + index, key, value, headers: [] };
  });
}

function control(...headers: RecordHeader[]): ProducedRecord {
  const all = [header("control", "republish"), ...headers];
  return {
    topic: "conversation-events",
    partition: 0,
    timestamp: 5_000,
    key: encodeText("control"),
    value: null,
    headers: all,
  };
}

const republished = ({ rowOutcomes }: CommittedReport<ProductOutcome>) => rowOutcomes.length;

it("a stop in the middle of a scan finishes the checkpoint at hand; the next start begins with the first row", async () => {
  const folder = await temporaryFolder();
  let stopping: Promise<void> | null = null;
  let before = 0;
  const engine = await open(folder, (report) => {
    before += republished(report);
    if (republished(report) > 0) stopping ??= engine.stop();
  });
  await engine.append(events(engine));
  await engine.caughtUp();
  const end = engine.log.endOffset("conversation-events", 0);
  await engine.append([control()]);
  await engine.ended();
  await stopping;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(CONVERSATIONS);

  let after = 0;
  const next = await open(folder, (report) => {
    after += republished(report);
  });
  expect(next.log.endOffset("conversation-events", 0)).toBe(end + 1);
  await next.caughtUp();
  await next.stop();
  expect(after).toBe(CONVERSATIONS);
});

it("a scan that finds nothing to write goes to its end, and what comes behind it is processed", async () => {
  const reports: CommittedReport<ProductOutcome>[] = [];
  const engine = await open(await temporaryFolder(), (report) => reports.push(report));
  const [first, ...rest] = events(engine);
  await engine.append(rest);
  await engine.caughtUp();
  reports.length = 0;
  await engine.append([
    control(header("since", String(2 ** 42))),
    ...(first === undefined ? [] : [{ ...first, timestamp: 9_000 }]),
  ]);
  await engine.caughtUp();
  await engine.stop();
  expect(reports.flatMap(({ rowOutcomes }) => rowOutcomes)).toEqual([]);
  expect(reports.reduce((sum, { records }) => sum + records, 0)).toBe(2);
  expect(reports.flatMap(({ outcomes }) => outcomes)).toMatchObject([{ kind: "decided", reason: "ASSIGNED" }]);
});
