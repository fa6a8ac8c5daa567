/** The product's topology in an embedded engine of a test, whose engine and records are the test's to look at. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { EmbeddedEngine } from "../../../../runtime/embedded/index.js";
import type { ConsumedRecord, ProducedRecord } from "../../../../runtime/task/index.js";
import { type ProductOutcome, type ProductSettings, productTopology } from "../../../../topology/index.js";
import { FAILED_AT, PRODUCT } from "../../product/product-run.js";

export { PRODUCT, rawEvent } from "../../product/product-run.js";

export class ProductRun {
  /** Every record that was written: topic by topic and partition by partition. */
  records: readonly ConsumedRecord[] = [];

  private constructor(readonly engine: EmbeddedEngine<ProductOutcome>) {}

  /** In a folder of its own; it ends with the test. */
  static async open(settings: Partial<ProductSettings> = {}): Promise<ProductRun> {
    const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-product-"));
    const all = { ...PRODUCT, ...settings };
    const engine = await EmbeddedEngine.open({ topology: productTopology(all), folder, ...all, now: () => FAILED_AT });
    engine.start();
    onTestFinished(async () => {
      await engine.stop();
      await rm(folder, { recursive: true });
    });
    return new ProductRun(engine);
  }

  /** Writes records, waits until all that follows from them is durable, and reads everything. */
  async pipe(records: readonly ProducedRecord[]): Promise<void> {
    await this.engine.append(records);
    await this.engine.caughtUp();
    const found: ConsumedRecord[] = [];
    for (const { topic, partition, startOffset, endOffset } of this.engine.log.partitions()) {
      for (let offset = startOffset; offset < endOffset; ) {
        const slice = await this.engine.log.read(topic, partition, offset);
        found.push(...slice.records);
        offset = slice.nextOffset;
      }
    }
    this.records = found;
  }

  of(topic: string): ConsumedRecord[] {
    return this.records.filter((record) => record.topic === topic);
  }
}
