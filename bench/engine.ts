/** What the benchmarks run in: the product's topology in an embedded engine with default settings. */
import { EmbeddedEngine } from "../runtime/embedded/index.js";
import { type ProductOutcome, type ProductSettings, productTopology } from "../topology/index.js";
import { type FeedKind, feed } from "./feed.js";

const SETTINGS: ProductSettings = {
  applicationId: "queue-ratchet",
  topicPrefix: "",
  partitions: 12,
  tenant: null,
  workItemStream: "present",
};

/** Records that are appended at once. */
const BATCH = 1_000;
/** What may be appended and not decided yet: as far as the engine keeps it in memory, nobody would wait for it in a steady flow. */
const MAX_LAG_BYTES = 8 * 1024 * 1024;

export interface Benched {
  readonly engine: EmbeddedEngine<ProductOutcome>;
  /** Resolves with the next checkpoint of any task. */
  readonly nextCheckpoint: () => Promise<void>;
}

export async function openEngine(folder: string): Promise<Benched> {
  let waiting: (() => void)[] = [];
  const committed = () => {
    const told = waiting;
    waiting = [];
    for (const resolve of told) resolve();
  };
  const topology = productTopology(SETTINGS);
  const engine = await EmbeddedEngine.open({ topology, folder, ...SETTINGS, observer: { committed } });
  engine.start();
  return { engine, nextCheckpoint: () => new Promise((resolve) => waiting.push(resolve)) };
}

export interface Fed {
  readonly bytes: number;
  /** From the first append until everything is decided and durable, without the making of the records. */
  readonly elapsedMs: number;
  readonly makingMs: number;
}

/** Appends so many records of one kind as fast as they are decided. @param onBatch told how many there were after each batch. */
export async function run(
  { engine, nextCheckpoint }: Benched,
  kind: FeedKind,
  { conversations, count }: { readonly conversations: number; readonly count: number },
  onBatch: (appended: number) => void = () => {},
): Promise<Fed> {
  const source = feed(kind, conversations, engine as EmbeddedEngine<unknown>);
  const startedMs = performance.now();
  let makingMs = 0;
  let bytes = 0;
  for (let appended = 0; appended < count; ) {
    const makingFromMs = performance.now();
    const records = Array.from({ length: Math.min(BATCH, count - appended) }, () => source.next().value);
    for (const { key, value } of records) bytes += (key?.length ?? 0) + (value?.length ?? 0);
    makingMs += performance.now() - makingFromMs;
    await engine.append(records);
    appended += records.length;
    const maxLag = MAX_LAG_BYTES / (bytes / appended);
    while (lagOf(engine) > maxLag) await nextCheckpoint();
    onBatch(appended);
  }
  await engine.caughtUp();
  return { bytes, makingMs, elapsedMs: performance.now() - startedMs - makingMs };
}

function lagOf(engine: EmbeddedEngine<ProductOutcome>): number {
  return engine.runners.reduce((sum, { lag }) => sum + lag, 0);
}
