/** The product in an embedded engine, for the tests that both engines have to pass. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedEngine } from "../../../../runtime/embedded/index.js";
import type { RowPage, RowPageOptions } from "../../../../runtime/stores/index.js";
import type { ConsumedRecord, ProducedRecord } from "../../../../runtime/task/index.js";
import { ASSIGNMENT_STORE, type ProductOutcome, productTopology } from "../../../../topology/index.js";
import type { ProductHost, ProductHostOptions, RunningProduct } from "../../product/host.js";

/** Small: what does not fit one batch, and one checkpoint, is no more than a test can make. */
const RUNNER = { maxBatchRecords: 500, maxCheckpointRecords: 1_000 };

class EmbeddedProduct implements RunningProduct {
  readonly topicPrefix: string;
  private readonly readTo = new Map<string, number>();

  private constructor(
    private readonly options: ProductHostOptions,
    private readonly folder: string,
    private engine: EmbeddedEngine<ProductOutcome>,
  ) {
    this.topicPrefix = options.settings.topicPrefix;
  }

  static async start(options: ProductHostOptions): Promise<EmbeddedProduct> {
    const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-product-"));
    return new EmbeddedProduct(options, folder, await life(options, folder));
  }

  codec(topic: string) {
    return this.engine.codec(topic);
  }

  async append(records: readonly ProducedRecord[]): Promise<void> {
    await this.engine.append(records);
  }

  caughtUp(): Promise<void> {
    return this.engine.caughtUp();
  }

  async readNew(): Promise<readonly ConsumedRecord[]> {
    const found: ConsumedRecord[] = [];
    for (const { topic, partition, endOffset } of this.engine.log.partitions()) {
      const place = `${topic}-${partition}`;
      let nextOffset = this.readTo.get(place) ?? 0;
      while (nextOffset < endOffset) {
        const slice = await this.engine.log.read(topic, partition, nextOffset);
        found.push(...slice.records);
        nextOffset = slice.nextOffset;
      }
      this.readTo.set(place, nextOffset);
    }
    return found;
  }

  page(partition: number, options: RowPageOptions): Promise<RowPage> {
    return this.engine.store(ASSIGNMENT_STORE, partition).page(options);
  }

  async restart(): Promise<void> {
    await this.engine.stop();
    this.engine = await life(this.options, this.folder);
  }

  async close(): Promise<void> {
    await this.engine.stop();
    await rm(this.folder, { recursive: true });
  }
}

async function life({ settings, now, committed }: ProductHostOptions, folder: string) {
  const topology = productTopology(settings);
  const observer = { committed };
  const engine = await EmbeddedEngine.open({ ...settings, topology, folder, now, runner: RUNNER, observer });
  engine.start();
  return engine;
}

export const EMBEDDED: ProductHost = {
  name: "the embedded engine",
  hasDenseOffsets: true,
  maxCheckpointRecords: RUNNER.maxCheckpointRecords,
  start: (options) => EmbeddedProduct.start(options),
};
