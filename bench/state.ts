/**
 * `npm run bench:state`: bytes of state per conversation: of its row, in the changelog (its key and row in a record batch, not
 * compressed), and in RocksDB's files. EVENTS_PER_CONVERSATION and CONVERSATIONS make it another load.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecordBatchBuilder } from "../runtime/records/index.js";
import { assignmentRowCodec } from "../schemas/index.js";
import { ASSIGNMENT_STORE } from "../topology/index.js";
import { openEngine, run } from "./engine.js";
import { formatNumber } from "./measure.js";

const CONVERSATIONS = Number(process.env.CONVERSATIONS ?? 50_000);
const PER_CONVERSATION = (process.env.EVENTS_PER_CONVERSATION ?? "4,12,40").split(",").map(Number);
const PARTITIONS = 12;
const PAGE_ROWS = 1_000;

interface Sizes {
  readonly rows: number[];
  keyBytes: number;
  batchBytes: number;
  workItems: number;
}

async function measure(eventsPerConversation: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "queue-ratchet-bench-"));
  try {
    const { engine, ...rest } = await openEngine(folder);
    const count = CONVERSATIONS * eventsPerConversation;
    await run({ engine, ...rest }, "normalised", { conversations: CONVERSATIONS, count });
    await engine.stop();
    // What was in memory has become files.
    const again = await openEngine(folder);
    const sizes: Sizes = { rows: [], keyBytes: 0, batchBytes: 0, workItems: 0 };
    let fileBytes = 0;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const store = again.engine.store(ASSIGNMENT_STORE, partition);
      fileBytes += await store.approximateSizeBytes();
      for (let after: string | null | undefined; after !== null; ) {
        const page = await store.page({ maxRows: PAGE_ROWS, ...(after === undefined ? {} : { after }) });
        add(sizes, page.rows);
        after = page.after;
      }
    }
    await again.engine.stop();
    report(eventsPerConversation, sizes, fileBytes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function add(sizes: Sizes, rows: readonly { readonly key: string; readonly value: Uint8Array }[]): void {
  const builder = new RecordBatchBuilder();
  for (const { key, value } of rows) {
    sizes.rows.push(value.length);
    sizes.keyBytes += key.length;
    sizes.workItems += assignmentRowCodec.decode(value).workItems.length;
    builder.append({ timestamp: 0, key: Buffer.from(key), value, headers: [] });
  }
  sizes.batchBytes += builder.sizeBytes;
}

function report(events: number, { rows, keyBytes, batchBytes, workItems }: Sizes, fileBytes: number): void {
  const sorted = rows.toSorted((one, other) => one - other);
  const at = (share: number) => formatNumber(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
  const mean = rows.reduce((sum, size) => sum + size, 0) / rows.length;
  const per = (bytes: number) => formatNumber(bytes / rows.length);
  process.stdout.write(
    `${events} events per conversation, ${formatNumber(rows.length)} conversations, ${(workItems / rows.length).toFixed(2)} work items each:\n` +
      `  row: mean ${formatNumber(mean)}, median ${at(0.5)}, p95 ${at(0.95)}, largest ${at(1)} bytes; key ${per(keyBytes)}\n` +
      `  changelog, compacted: ${per(batchBytes)} bytes; RocksDB's files: ${per(fileBytes)} bytes\n`,
  );
}

for (const events of PER_CONVERSATION) await measure(events);
