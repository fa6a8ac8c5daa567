/** A data folder of a service that has ended, opened to look at what it holds. */
import { EmbeddedEngine } from "../../../runtime/embedded/index.js";
import type { ConsumedRecord, ProducedRecord } from "../../../runtime/task/index.js";
import { type AssignmentRow, assignmentRowCodec } from "../../../schemas/index.js";
import { ASSIGNMENT_STORE, type ProductOutcome, productTopology } from "../../../topology/index.js";
import { type Emitted, emitted } from "./ends.js";

export class Folder {
  private constructor(
    private readonly engine: EmbeddedEngine<ProductOutcome>,
    private readonly partitions: number,
  ) {}

  static async open(folder: string, partitions: number): Promise<Folder> {
    const owner = { applicationId: "queue-ratchet", topicPrefix: "", partitions };
    const topology = productTopology({ ...owner, tenant: null, workItemStream: "present" });
    return new Folder(await EmbeddedEngine.open({ ...owner, topology, folder }), partitions);
  }

  static async look<Found>(
    folder: string,
    partitions: number,
    find: (folder: Folder) => Promise<Found>,
  ): Promise<Found> {
    const opened = await Folder.open(folder, partitions);
    try {
      return await find(opened);
    } finally {
      await opened.engine.stop();
    }
  }

  async append(records: readonly ProducedRecord[]): Promise<void> {
    await this.engine.append(records);
  }

  get lag(): number {
    return this.engine.tasks.reduce((sum, { lag }) => sum + lag, 0);
  }

  async records(topic: string): Promise<ConsumedRecord[]> {
    const found: ConsumedRecord[] = [];
    for (let partition = 0; partition < this.partitions; partition++) {
      let offset = this.engine.log.startOffset(topic, partition);
      while (offset < this.engine.log.endOffset(topic, partition)) {
        const slice = await this.engine.log.read(topic, partition, offset);
        found.push(...slice.records);
        offset = slice.nextOffset;
      }
    }
    return found;
  }

  async assignments(): Promise<Emitted[]> {
    const codec = this.engine.codec("queue-assignments");
    const records = await this.records("queue-assignments");
    return records.map((record) =>
      emitted(record, codec.decodeAs("QueueAssignment", record.value ?? new Uint8Array())),
    );
  }

  async rows(): Promise<Map<string, AssignmentRow>> {
    const found = new Map<string, AssignmentRow>();
    for (let partition = 0; partition < this.partitions; partition++) {
      for (let after: string | null | undefined; after !== null; ) {
        const page = await this.engine
          .store(ASSIGNMENT_STORE, partition)
          .page({ maxRows: 1_000, ...(after === undefined ? {} : { after }) });
        for (const { key, value } of page.rows) found.set(key, assignmentRowCodec.decode(value));
        after = page.after;
      }
    }
    return found;
  }
}
