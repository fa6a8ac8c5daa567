/** A data folder with a stretch of traffic in it, and what a test does to it behind the service's back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { EmbeddedStorage } from "../../../runtime/embedded/index.js";
import { partitionFor } from "../../../runtime/records/index.js";
import { encodeText } from "../../../runtime/task/index.js";
import {
  type AssignmentRow,
  assignmentRowCodec,
  ContractCodec,
  LocalSchemaRegistry,
  type QueueAssignment,
} from "../../../schemas/index.js";
import { ASSIGNMENT_STORE, productTopology, RATCHET } from "../../../topology/index.js";
import { rows, run } from "../../support/program.js";
import { type EventsOptions, writeEvents } from "./events.js";

export const PARTITIONS = 3;
const OWNER = { applicationId: "queue-ratchet", topicPrefix: "", partitions: PARTITIONS };
const CACHE_BYTES = 4 * 1024 * 1024;
const MANY = 100_000;
const FAR_MS = 1_000 * 24 * 60 * 60 * 1_000;

export class TrafficFolder {
  private constructor(readonly root: string) {}

  static async make(): Promise<TrafficFolder> {
    return new TrafficFolder(await mkdtemp(join(tmpdir(), "queue-ratchet-replay-")));
  }

  get dataDir(): string {
    return join(this.root, "data");
  }

  get flags(): readonly string[] {
    return ["--data-dir", this.dataDir, "--partitions", String(PARTITIONS)];
  }

  /** Runs the service on some events until they are processed. */
  async process(events: EventsOptions): Promise<void> {
    const file = join(this.root, "events.ndjson");
    await writeEvents(file, events);
    const args = ["start", ...this.flags, "--input", file, "--exit-after-input", "--port", "0", "--metrics-port", "0"];
    expect(await run(args)).toMatchObject({ code: 0 });
  }

  replay(...args: readonly string[]) {
    return run(["replay", ...args, ...this.flags]);
  }

  /** The lines of a comparison, and the last one with its numbers. */
  async compared(...args: readonly string[]) {
    const { code, stdout, stderr } = await this.replay(...args, "--compare", "--json");
    const lines = rows(stdout);
    return { code, stderr, lines: lines.slice(0, -1), totals: lines.at(-1) };
  }

  /** Opens the folder, in which nothing runs. @param keep false: all records are older than they may be. */
  async open<Result>(use: (storage: EmbeddedStorage) => Promise<Result>, keep = true): Promise<Result> {
    const { topics, subTopologies } = productTopology({ ...OWNER, tenant: null, workItemStream: "present" });
    const storage = await EmbeddedStorage.open(this.dataDir, {
      ...OWNER,
      cacheBytes: CACHE_BYTES,
      topics: topics.map((topic) => ({
        ...topic,
        ...(keep ? {} : { retentionMs: 1 }),
        readers: subTopologies.flatMap(({ name, nodes }) =>
          nodes.some((node) => node.kind === "source" && node.topic === topic.name) ? [name] : [],
        ),
      })),
      ...(keep ? {} : { now: () => Date.now() + FAR_MS }),
    });
    try {
      return await use(storage);
    } finally {
      await storage.close();
    }
  }

  /** All processed input, decisions and raw events expire: what is compacted stays. */
  async expireInput(): Promise<void> {
    await this.open(async ({ maintenance }) => {
      while (await maintenance.step());
    }, false);
  }

  /** The first `count` conversations of the store, of those that are wanted. */
  keys(count: number, wanted: (row: AssignmentRow) => boolean = () => true): Promise<readonly string[]> {
    return this.open(async (storage) => {
      const found: string[] = [];
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const { rows: all } = await storage.store(ASSIGNMENT_STORE, partition).page({ maxRows: MANY });
        found.push(...all.flatMap(({ key, value }) => (wanted(assignmentRowCodec.decode(value)) ? [key] : [])));
      }
      return found.slice(0, count);
    });
  }

  removeRow(key: string): Promise<void> {
    return this.writeRow(key, null);
  }

  /** Writes another row than the task has written. */
  async alterRow(key: string, change: (row: AssignmentRow) => Partial<AssignmentRow>): Promise<void> {
    const partition = partitionFor(encodeText(key), PARTITIONS);
    const changed = await this.open(async (storage) => {
      const [bytes] = await storage.store(ASSIGNMENT_STORE, partition).getMany([key]);
      if (bytes === undefined) throw new Error(`no row of ${key}`);
      const row = assignmentRowCodec.decode(bytes);
      return assignmentRowCodec.encode({ ...row, ...change(row) });
    });
    await this.writeRow(key, changed);
  }

  private async writeRow(key: string, value: Uint8Array | null): Promise<void> {
    const partition = partitionFor(encodeText(key), PARTITIONS);
    await this.open((storage) =>
      storage.committer.commit({ rows: [{ store: ASSIGNMENT_STORE, partition, rows: [{ key, value }] }] }),
    );
  }

  /** Writes another last record of the sync topic. */
  async alterSyncRecord(key: string, change: (record: QueueAssignment) => Partial<QueueAssignment>): Promise<void> {
    const partition = partitionFor(encodeText(key), PARTITIONS);
    await this.open(async (storage) => {
      const registry = await LocalSchemaRegistry.open(this.dataDir);
      const codec = await ContractCodec.open("QueueAssignment", "queue-assignments-value", registry);
      let last: QueueAssignment | null = null;
      for (let offset = 0; offset < storage.log.endOffset("queue-assignments", partition); ) {
        const page = await storage.log.read("queue-assignments", partition, offset);
        for (const record of page.records) {
          if (record.value !== null && Buffer.from(record.key ?? []).toString() === key)
            last = codec.decode(record.value);
        }
        offset = page.nextOffset;
      }
      if (last === null) throw new Error(`no record of ${key}`);
      const value = codec.encode({ ...last, ...change(last) });
      await storage.committer.commit({
        outputs: [{ topic: "queue-assignments", timestamp: last.emittedAt, key: encodeText(key), value, headers: [] }],
      });
    });
  }

  /** What the live application is made of: the ends of its topics, its rows and its positions. */
  fingerprint(): Promise<unknown> {
    return this.open(async (storage) => {
      const stores: unknown[] = [];
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const { rows: found } = await storage.store(ASSIGNMENT_STORE, partition).page({ maxRows: MANY });
        stores.push(found.map(({ key, value }) => [key, Buffer.from(value).toString("hex")]));
        stores.push(storage.positions(RATCHET, partition));
      }
      return { partitions: storage.log.partitions(), checkpoint: storage.committer.checkpoint, stores };
    });
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}
