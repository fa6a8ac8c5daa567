/** Where the assignments of a replay go. */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { ConsumedRecord } from "../../runtime/task/index.js";
import { conversationKey, type QueueAssignment } from "../../schemas/index.js";
import { UsageError } from "../errors.js";
import { printable } from "../output/text.js";
import type { Writer } from "../output/writer.js";

export interface ReplayedAssignment {
  readonly value: QueueAssignment;
  /** As the replay's own topic has it. */
  readonly record: ConsumedRecord;
}

export interface Sink {
  write(assignments: readonly ReplayedAssignment[]): Promise<void>;
  /** All of them were written. */
  end(): Promise<void>;
  /** Not all of them were: what can be taken back is. After {@link end} it only closes. */
  close(): Promise<void>;
}

export const noSink: Sink = {
  write: async () => undefined,
  end: async () => undefined,
  close: async () => undefined,
};

/** The fields of the contract plus the key, as `try --json` prints them. */
export function assignmentLine(value: QueueAssignment): string {
  const key = conversationKey(value.source, value.tenant, value.conversationId);
  return `${JSON.stringify({ key, ...value })}\n`;
}

export function printingSink(writer: Writer): Sink {
  return {
    async write(assignments) {
      for (const { value } of assignments) writer.write(assignmentLine(value));
      await writer.flush();
    },
    end: () => writer.flush(),
    close: async () => undefined,
  };
}

/** Written beside, and renamed when it is whole. */
export class FileSink implements Sink {
  private ended = false;

  private constructor(
    private readonly path: string,
    private readonly partialPath: string,
    private readonly handle: FileHandle,
  ) {}

  /** Where the file is while it is written. */
  static partialPath(path: string, id: string): string {
    return resolve(`${path}.${id}.partial`);
  }

  /** @throws UsageError when it cannot be written */
  static async open(path: string, id: string): Promise<FileSink> {
    const partialPath = FileSink.partialPath(path, id);
    try {
      return new FileSink(path, partialPath, await open(partialPath, "w"));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UsageError(`--sink: file:${printable(path)} cannot be written: ${printable(why)}`, { cause });
    }
  }

  async write(assignments: readonly ReplayedAssignment[]): Promise<void> {
    await this.handle.appendFile(assignments.map(({ value }) => assignmentLine(value)).join(""));
  }

  async end(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    this.ended = true;
    await rename(this.partialPath, this.path);
  }

  async close(): Promise<void> {
    if (this.ended) return;
    await this.handle.close();
    await rm(this.partialPath, { force: true });
  }
}

/** A topic, through whatever appends to it. @param frame the bytes of a value there; absent: as they are */
export function topicSink(
  name: string,
  append: (records: readonly ConsumedRecord[]) => Promise<unknown>,
  close: () => Promise<void>,
  frame?: (value: QueueAssignment) => Uint8Array,
): Sink {
  return {
    async write(assignments) {
      const records = assignments.map(({ value, record }) => ({
        ...recordFields(record),
        topic: name,
        ...(frame === undefined ? {} : { value: frame(value) }),
      }));
      if (records.length > 0) await append(records);
    },
    end: async () => undefined,
    close,
  };
}

/** A record's fields need not be its own properties. */
function recordFields({ topic, partition, offset, timestamp, key, value, headers }: ConsumedRecord): ConsumedRecord {
  return { topic, partition, offset, timestamp, key, value, headers };
}
