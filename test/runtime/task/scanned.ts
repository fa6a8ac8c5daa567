/** A task whose source takes control records, over a store in memory: what is asked for is the row's own text. */
import type { Control, RowExpiry } from "../../../processors/index.js";
import { openCodecs } from "../../../runtime/codecs.js";
import {
  type Checkpoint,
  type ConsumedRecord,
  decodeText,
  encodeText,
  Task,
  type TaskCounters,
} from "../../../runtime/task/index.js";
import { type SubTopology, TopologyBuilder } from "../../../topology/index.js";
import { MemoryRegistry } from "../../schemas/registry/memory-registry.js";
import { consumed, header } from "./records.js";
import { textCodec, WatchedStore } from "./sample.js";

export const FORGET_AFTER_MS = 100;

/** Rows that end with a timestamp expire so long after it, and only those that begin with "old". */
const expiry: RowExpiry<string> = {
  sweepEveryMs: FORGET_AFTER_MS / 4,
  isExpired: (row: string, streamTimeMs) =>
    row.startsWith("old") && Number(row.split("@").at(-1)) < streamTimeMs - FORGET_AFTER_MS,
  forget(key, row: string, context) {
    context.count("old", -1);
    return `forgot ${key}: ${row}`;
  },
};

function subTopology(expires: boolean): SubTopology<string> {
  const builder = new TopologyBuilder<string>();
  for (const name of ["input", "output", "changelog"]) builder.topic({ name, partitions: 1, cleanup: "delete" });
  builder.topic({ name: "refused", partitions: 1, cleanup: "delete" });
  builder
    .subTopology("scanned")
    .source({ name: "source", topic: "input", value: "bytes" })
    .processor<Uint8Array>({
      name: "processor",
      parents: ["source"],
      input: "bytes",
      processor: {
        /** Writes what it reads into the row; "read" only reads it. */
        process({ key, value, timestamp }, context) {
          const rows = context.store<string>("rows");
          const text = decodeText(value) ?? "";
          if (text === "refuse") {
            context.refuse({ code: "BAD_VALUE", path: "", message: "" });
            return "refused";
          }
          const before = rows.get(key as never);
          if (text !== "read") rows.put(key as never, `${text}@${timestamp}`);
          if (text.startsWith("old") && !before?.startsWith("old")) context.count("old", 1);
          return `${before ?? "nothing"} → ${text}`;
        },
        control: ({ key, headers }): Control<string> => ({
          kind: "rows",
          store: "rows",
          key: key === "control" ? null : (key as never),
          visit(rowKey, row: string, context) {
            if (headers.only !== undefined && headers.only !== row) return null;
            context.forward("sink", { key: rowKey, value: encodeText(row), timestamp: 7 });
            return `saw ${rowKey}`;
          },
        }),
      },
    })
    .store({
      name: "rows",
      processors: ["processor"],
      changelogTopic: "changelog",
      codec: textCodec,
      ...(expires ? { expiry } : {}),
    })
    .sink({ name: "sink", parents: ["processor"], topic: "output", value: "bytes" })
    .deadLetters({ name: "refused-sink", parents: ["source", "processor"], topic: "refused" });
  const [only] = builder.build().subTopologies;
  if (only === undefined) throw new Error("there is one");
  return only;
}

export class Scanned {
  readonly store = new WatchedStore();
  private counters: TaskCounters = {};

  private constructor(
    private readonly expires: boolean,
    public task: Task<string>,
    private readonly codecs: Awaited<ReturnType<typeof openCodecs>>,
  ) {}

  static async open({ expires = false } = {}): Promise<Scanned> {
    const sub = subTopology(expires);
    const codecs = await openCodecs({ subTopologies: [sub], topics: [] }, new MemoryRegistry());
    const scanned: Scanned = new Scanned(expires, undefined as never, codecs);
    scanned.rebuild();
    return scanned;
  }

  /** As after a failure, from what is durable. */
  rebuild(): void {
    const { codecs, counters, expires } = this;
    const stores = new Map([["rows", this.store]]);
    this.task = new Task({ subTopology: subTopology(expires), codecs, stores, counters, now: () => 0 });
  }

  commit(): Checkpoint<string> {
    const checkpoint = this.handOver();
    this.committed(checkpoint);
    return checkpoint;
  }

  handOver(): Checkpoint<string> {
    return this.task.checkpoint();
  }

  committed(checkpoint: Checkpoint<string>): void {
    this.store.apply(checkpoint.rows.get("rows") ?? []);
    this.counters = checkpoint.counters;
    this.task.committed();
  }

  /** Until the batch at hand is done. @returns how many steps that took */
  async toEnd(): Promise<number> {
    let steps = 0;
    for (; this.task.hasMore; steps++) await this.task.proceed();
    return steps;
  }
}

export function event(offset: number, key: string, value: string, timestamp = 0): ConsumedRecord {
  return consumed({ topic: "input", offset, key: encodeText(key), value: encodeText(value), timestamp });
}

export function control(offset: number, key = "control", only?: string): ConsumedRecord {
  const headers = [header("control", "look"), ...(only === undefined ? [] : [header("only", only)])];
  return consumed({ topic: "input", offset, key: encodeText(key), value: null, headers });
}

export function seen({ outputs }: Checkpoint<string>): (string | null)[] {
  return outputs.map(
    ({ key, value }) => `${decodeText(key ?? new Uint8Array())}=${decodeText(value ?? new Uint8Array())}`,
  );
}
