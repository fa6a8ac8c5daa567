/** `kill -9` of the service at random moments, amid its input; the same input again: nothing lost, nothing twice. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { EMBEDDED_CRASH_POINTS } from "../../runtime/crash-points.js";
import { EmbeddedEngine } from "../../runtime/embedded/index.js";
import { type ConsumedRecord, headerText } from "../../runtime/task/index.js";
import { type AssignmentDecision, conversationKey, type QueueAssignment } from "../../schemas/index.js";
import { type ProductOutcome, productTopology } from "../../topology/index.js";
import { kustomerHistories } from "../oracle/histories.js";
import { evaluate, type JoinedEvent } from "../oracle/oracle.js";
import { announce, randomNumbers, SEED, setting } from "../oracle/settings.js";
import { kustomerBody } from "../runtime/embedded/support/kustomer-bodies.js";
import { startService } from "../support/service.js";

const ROUNDS = setting("ROUNDS", 3);
const CONVERSATIONS = setting("CONVERSATIONS", 300);
const KILLS_PER_ROUND = 3;
/** About as long as the input takes. */
const KILL_WITHIN_MS = 500;
const PARTITIONS = 3;
const OWNER = { applicationId: "queue-ratchet", topicPrefix: "", partitions: PARTITIONS };
const RULE = { workItemStream: "present" } as const;

beforeAll(() => announce("kill -9", { ROUNDS, CONVERSATIONS }));

interface Input {
  readonly arrivals: ReadonlyMap<string, readonly JoinedEvent[]>;
  readonly lines: readonly string[];
}

/** Histories of several conversations, shuffled into one input. Audit lines have another form than webhooks: left out. */
function inputOf(seed: number): Input {
  const random = randomNumbers(seed);
  const histories = fc.sample(kustomerHistories, { seed, numRuns: CONVERSATIONS });
  const arrivals = new Map<string, readonly JoinedEvent[]>();
  const lines: { readonly at: number; readonly line: string }[] = [];
  histories.forEach(({ rearranged }, index) => {
    const conversationId = `c${index}`;
    const own = rearranged
      .filter((joined) => joined.kind === "work-item" || !joined.event.isAudit)
      .map((joined) => ({ ...joined, event: { ...joined.event, conversationId } }) as JoinedEvent);
    if (own.length === 0) return;
    arrivals.set(conversationKey("kustomer", "t", conversationId), own);
    for (const joined of own) lines.push({ at: random(), line: kustomerBody(joined) });
  });
  lines.sort((a, b) => a.at - b.at);
  return { arrivals, lines: lines.map(({ line }) => line) };
}

/** Starts the service on the input, and kills it a while after it is ready. @returns whether it was in time */
async function runAndKill(args: readonly string[], afterMs: number): Promise<boolean> {
  const service = startService(args);
  await service.said('"msg":"ready"');
  await Promise.race([delay(afterMs), service.ended]);
  service.kill("SIGKILL");
  return (await service.ended).signal === "SIGKILL";
}

/** What is in a folder that nobody has open. */
class Folder {
  private constructor(private readonly engine: EmbeddedEngine<ProductOutcome>) {}

  static async open(folder: string): Promise<Folder> {
    const topology = productTopology({ ...OWNER, tenant: null, workItemStream: "present" });
    return new Folder(await EmbeddedEngine.open({ ...OWNER, topology, folder }));
  }

  async records(topic: string): Promise<ConsumedRecord[]> {
    const records: ConsumedRecord[] = [];
    for (const info of this.engine.log.partitions().filter((partition) => partition.topic === topic)) {
      for (let offset = info.startOffset; offset < info.endOffset; ) {
        const slice = await this.engine.log.read(topic, info.partition, offset);
        records.push(...slice.records);
        offset = slice.nextOffset;
      }
    }
    return records;
  }

  async decisions(): Promise<AssignmentDecision[]> {
    const records = await this.records("queue-assignment-decisions");
    return records.map(({ topic, value }) =>
      this.engine.codec(topic).decodeAs("AssignmentDecision", value ?? new Uint8Array()),
    );
  }

  /** The last record of each conversation. */
  async assignments(): Promise<ReadonlyMap<string, QueueAssignment>> {
    const records = await this.records("queue-assignments");
    return new Map(
      records.map(({ topic, key, value }) => [
        String(Buffer.from(key ?? [])),
        this.engine.codec(topic).decodeAs("QueueAssignment", value ?? new Uint8Array()),
      ]),
    );
  }

  close(): Promise<void> {
    return this.engine.stop();
  }
}

function expectFinal(arrivals: Input["arrivals"], assignments: ReadonlyMap<string, QueueAssignment>): void {
  for (const [key, own] of arrivals) {
    const expected = evaluate(own, RULE);
    const last = assignments.get(key);
    const emitted = last && {
      assignment: last.assignment,
      version: last.assignmentVersion,
      lifecycle: last.lifecycle,
    };
    // A conversation that nothing was decided about has no record.
    if (emitted === undefined) {
      expect([key, expected.assignmentVersion, expected.lifecycle]).toEqual([key, null, "OPEN"]);
      continue;
    }
    expect([key, plain(emitted.assignment), emitted.lifecycle]).toEqual([
      key,
      plain(expected.assignment),
      expected.lifecycle,
    ]);
  }
  expect([...assignments.keys()].filter((key) => !arrivals.has(key))).toEqual([]);
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** 1, 2, 3 … per conversation, in the order in which they were decided. */
function expectSequences(decisions: readonly AssignmentDecision[]): void {
  const last = new Map<string, number>();
  for (const { conversationId, emittedSequence } of decisions) {
    if (emittedSequence === null) continue;
    expect([conversationId, emittedSequence]).toEqual([conversationId, (last.get(conversationId) ?? 0) + 1]);
    last.set(conversationId, emittedSequence);
  }
}

/** Everything that came in became one event, every event has one decision, and all ends where the oracle says. */
async function expectWhole(folder: string, { arrivals, lines }: Input): Promise<void> {
  const opened = await Folder.open(folder);
  try {
    const raw = await opened.records("raw-events");
    const joined = [...(await opened.records("conversation-events")), ...(await opened.records("work-item-events"))];
    // The last run gave all of the input, the killed ones a beginning of it.
    expect(raw.length).toBeGreaterThanOrEqual(lines.length);
    const rawPositions = joined.map(({ headers }) => headerText(headers, "raw-position"));
    expect(new Set(rawPositions)).toEqual(new Set(raw.map(({ partition, offset }) => `${partition}:${offset}`)));
    expect(rawPositions).toHaveLength(raw.length);
    const decisions = await opened.decisions();
    const decided = decisions.map(
      ({ inputTopic, inputPartition, inputOffset }) => `${inputTopic}:${inputPartition}:${inputOffset}`,
    );
    expect(new Set(decided).size).toBe(decided.length);
    expect(decided).toHaveLength(joined.length);
    expect(await opened.records("dead-letters")).toEqual([]);
    expectSequences(decisions);
    expectFinal(arrivals, await opened.assignments());
  } finally {
    await opened.close();
  }
}

interface Scene {
  readonly input: Input;
  readonly folder: string;
  readonly args: readonly string[];
}

async function withScene(seed: number, run: (scene: Scene) => Promise<void>): Promise<void> {
  const input = inputOf(seed);
  const root = await mkdtemp(join(tmpdir(), "queue-ratchet-kill-"));
  try {
    const file = join(root, "input.ndjson");
    const folder = join(root, "data");
    await writeFile(file, `${input.lines.join("\n")}\n`);
    const partitions = String(PARTITIONS);
    const args = ["--data-dir", folder, "--partitions", partitions, "--input", file, "--exit-after-input"];
    await run({ input, folder, args });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function runToEnd(args: readonly string[]): Promise<void> {
  const service = startService(args);
  const ended = await service.ended;
  expect(ended, service.lines.slice(-10).join("\n")).toEqual({ code: 0, signal: null });
}

/** Amid what a service was killed that had appended so many of its documents. */
function momentOf(appended: number, documents: number): "beforeInput" | "amidInput" | "amidProcessing" {
  if (appended === 0) return "beforeInput";
  return appended < documents ? "amidInput" : "amidProcessing";
}

/** How many raw events are in a folder. */
async function rawEvents(folder: string): Promise<number> {
  const opened = await Folder.open(folder);
  const { length } = await opened.records("raw-events");
  await opened.close();
  return length;
}

describe("a service that is killed amid its input, and gets it again, loses nothing and does nothing twice:", () => {
  const killed = { beforeInput: 0, amidInput: 0, amidProcessing: 0, tooLate: 0 };

  it.each(Array.from({ length: ROUNDS }, (_, round) => [round + 1]))(
    "round %i",
    { timeout: 120_000 },
    async (round) => {
      const random = randomNumbers(SEED + round);
      await withScene(SEED + round, async ({ input, folder, args }) => {
        let before = 0;
        for (let kill = 0; kill < KILLS_PER_ROUND; kill++) {
          const inTime = await runAndKill(args, random() ** 2 * KILL_WITHIN_MS);
          const raw = await rawEvents(folder);
          killed[inTime ? momentOf(raw - before, input.lines.length) : "tooLate"] += 1;
          before = raw;
        }
        await runToEnd(args);
        await expectWhole(folder, input);
      });
    },
  );

  it("at every place that a commit passes", { timeout: 240_000 }, async () => {
    const labels = EMBEDDED_CRASH_POINTS.filter((label) => /^(identity|commit)/.test(label));
    for (const [index, label] of labels.entries()) {
      await withScene(SEED + index, async ({ input, folder, args }) => {
        const nth = label.startsWith("commit") ? 2 + (index % 3) : 1;
        const service = startService(args, { env: { QUEUE_RATCHET_CRASH_AT: `${label}:${nth}` } });
        expect([label, (await service.ended).signal]).toEqual([label, "SIGKILL"]);
        await runToEnd(args);
        await expectWhole(folder, input);
      });
    }
  });

  it("in rounds that were killed at different moments", () => {
    console.log(`kill -9: ${JSON.stringify(killed)}`);
    expect(killed.amidInput + killed.amidProcessing).toBeGreaterThan(0);
  });
});
