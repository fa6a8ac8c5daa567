/** Brings tasks' stores to the ends of their changelogs: from where the local copy ends, page by page, several tasks at once. */
import { positionsCodec } from "../../../schemas/row.js";
import type { Positions } from "../../../schemas/types.js";
import type { CrashPoints } from "../../crash-points.js";
import type { ChangedRow } from "../../stores/index.js";
import { decodeText } from "../../task/index.js";
import { POSITIONS_KEY } from "../commit/checkpoint-writer.js";
import { InputLostError, UnknownChangelogError } from "../engine-errors.js";
import type { EngineLog } from "../engine-options.js";
import type { LocalStore } from "../store/local-store.js";
import { type Cluster, OffsetOutOfRangeError, type Page, Reader, TopicRecreatedError } from "../wire/index.js";
import { nextPage } from "./next-page.js";

export interface RestorePorts {
  readonly cluster: Cluster;
  readonly store: LocalStore;
  readonly crashPoints: CrashPoints;
  readonly log: EngineLog;
}

export interface TaskToRestore {
  readonly subTopology: string;
  readonly partition: number;
  readonly storeName: string;
  readonly changelog: string;
  /** The first offset of the changelog that is there: 0, unless somebody has deleted records. */
  readonly startOffset: number;
  /** The changelog ends here, for whoever is not fenced. */
  readonly endOffset: number;
  readonly topicId: string;
}

export interface RestoreListener {
  progressed(task: TaskToRestore, remaining: number): void;
  restored(task: TaskToRestore, report: { readonly records: number; readonly durationMs: number }): void;
  /** Nothing came for a while, though it is known to be there: an open transaction may lie before it. */
  waiting(tasks: readonly TaskToRestore[]): Promise<void>;
}

/** A page becomes one write batch. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
const WAITING_AFTER_MS = 300;

interface Restoring {
  readonly task: TaskToRestore;
  readonly beganMs: number;
  records: number;
  /** Whether the local copy was thrown away already in this restore. */
  fromStart: boolean;
}

/**
 * Tasks that are done are told of one by one; it returns when all are.
 * @throws WireError, StorageError; ClosedError when the signal says so
 */
export async function restoreTasks(
  tasks: readonly TaskToRestore[],
  ports: RestorePorts,
  listener: RestoreListener,
  signal: AbortSignal,
): Promise<void> {
  const restore = new Restore(ports, listener);
  try {
    await restore.run(tasks, signal);
  } finally {
    await restore.close();
  }
}

class Restore {
  private readonly restoring = new Map<number, Restoring>();
  private reader: Reader | null = null;

  constructor(
    private readonly ports: RestorePorts,
    private readonly listener: RestoreListener,
  ) {}

  async run(tasks: readonly TaskToRestore[], signal: AbortSignal): Promise<void> {
    for (const task of tasks) {
      const one = { task, beganMs: performance.now(), records: 0, fromStart: false };
      this.restoring.set(task.partition, one);
      await this.begin(one);
    }
    while (this.restoring.size > 0) {
      const page = await this.next(signal);
      if (page !== null) await this.apply(page);
    }
  }

  async close(): Promise<void> {
    await this.reader?.close();
  }

  private async next(signal: AbortSignal): Promise<Page | null> {
    const { reader } = this;
    if (reader === null) throw new Error("there is nothing to be read");
    try {
      const page = await nextPage(reader, WAITING_AFTER_MS, signal);
      if (page === null) await this.nothingCame(reader);
      return page;
    } catch (error) {
      const unfit = error instanceof OffsetOutOfRangeError || error instanceof TopicRecreatedError;
      const one = unfit ? this.restoring.get(error.partition) : undefined;
      if (one === undefined || !unfit) throw error;
      if (one.fromStart)
        throw new InputLostError(
          `${error.message}. The changelog was made anew, or cut off, while it was in use: restore it, or start anew with \`queue-ratchet reset\``,
          { cause: error },
        );
      await this.startOver(one, error.message);
      return null;
    }
  }

  private async nothingCame(reader: Reader): Promise<void> {
    for (const one of [...this.restoring.values()]) {
      const { changelog: topic, partition, endOffset } = one.task;
      // Compaction has left nothing more.
      if (reader.emptyUpTo({ topic, partition }) >= endOffset) this.finish(one);
    }
    if (this.restoring.size > 0) await this.listener.waiting([...this.restoring.values()].map(({ task }) => task));
  }

  /** From the local copy, if there is one that fits. */
  private async begin(one: Restoring): Promise<void> {
    const { task } = one;
    const stored = this.ports.store.task(task.subTopology, task.partition);
    if (stored === null) return this.startOver(one, null);
    const { topicId, offset } = stored.mark;
    if (topicId !== task.topicId) return this.startOver(one, "it is a copy of a topic that was made anew since");
    if (offset < task.startOffset)
      return this.startOver(one, `it ends at ${offset}, and records up to ${task.startOffset} were deleted since`);
    if (offset > task.endOffset)
      return this.startOver(one, `it ends at ${offset}, behind the changelog's end at ${task.endOffset}`);
    this.readFrom(one, offset);
  }

  private async startOver(one: Restoring, because: string | null): Promise<void> {
    const { subTopology, partition, storeName, startOffset } = one.task;
    if (because !== null)
      this.ports.log("warn", "a task's local copy is thrown away, and restored from the beginning of the changelog", {
        task: `${subTopology}-${partition}`,
        because,
      });
    one.fromStart = true;
    await this.ports.store.forget(subTopology, partition, storeName);
    this.readFrom(one, startOffset);
  }

  private readFrom(one: Restoring, offset: number): void {
    const { changelog: topic, partition, endOffset } = one.task;
    if (offset >= endOffset) {
      this.finish(one);
      return;
    }
    this.listener.progressed(one.task, endOffset - offset);
    this.reader ??= new Reader(this.ports.cluster, {
      isolation: "read_committed",
      maxPageBytes: MAX_PAGE_BYTES,
      maxBufferedBytes: MAX_BUFFERED_BYTES,
    });
    this.reader.assign({ topic, partition }, offset);
  }

  private async apply(page: Page): Promise<void> {
    const one = this.restoring.get(page.partition);
    if (one === undefined) return;
    const { task } = one;
    const { rows, positions } = contents(page);
    await this.ports.store.write([
      {
        subTopology: task.subTopology,
        partition: task.partition,
        store: task.storeName,
        rows,
        mark: { topicId: task.topicId, offset: page.nextOffset },
        ...(positions === null ? {} : { positions }),
      },
    ]);
    this.ports.crashPoints.hit("kafka.restoring");
    one.records += page.records.length;
    if (page.nextOffset >= task.endOffset) this.finish(one);
    else this.listener.progressed(task, task.endOffset - page.nextOffset);
  }

  private finish(one: Restoring): void {
    const { changelog: topic, partition } = one.task;
    this.restoring.delete(partition);
    this.reader?.unassign({ topic, partition });
    this.listener.restored(one.task, { records: one.records, durationMs: performance.now() - one.beganMs });
  }
}

/** The last row of each key, and the last positions. */
function contents(page: Page): { readonly rows: readonly ChangedRow[]; readonly positions: Positions | null } {
  const rows = new Map<string, Uint8Array | null>();
  let positions: Positions | null = null;
  for (const { key, value, offset } of page.records) {
    const place = `${page.topic}-${page.partition} at offset ${offset}`;
    if (key === null) throw new UnknownChangelogError(`${place}: a changelog's record has a key`);
    if (key.equals(POSITIONS_KEY)) {
      if (value === null) throw new UnknownChangelogError(`${place}: positions are never removed`);
      positions = positionsCodec.decode(value);
      continue;
    }
    const text = decodeText(key);
    if (text === null) throw new UnknownChangelogError(`${place}: the key is not UTF-8: no changelog of this program`);
    rows.set(text, value);
  }
  return { rows: [...rows].map(([key, value]) => ({ key, value })), positions };
}
