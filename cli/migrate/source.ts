/** The application that is left: its rows, once nothing of its input waits to be processed. */
import type { LiveApplication } from "../../runtime/live/index.js";
import { pagesOf } from "../../runtime/queries/index.js";
import { type TopicNames, topicNames } from "../../topology/index.js";
import { FailedError } from "../errors.js";
import { plural, printable } from "../output/text.js";
import type { RowSpool } from "./row-spool.js";
import type { MigrateSettings } from "./settings.js";

/** Where a partition of the input ended when it was looked at. */
interface SeenEnd {
  readonly topic: string;
  readonly partition: number;
  readonly end: number;
}

export class MigrationSource {
  readonly partitions: number;
  private readonly topics: TopicNames;
  private ends: SeenEnd[] = [];

  constructor(
    private readonly live: LiveApplication,
    settings: Pick<MigrateSettings, "applicationId" | "topicPrefix">,
  ) {
    const { applicationId, topicPrefix: prefix } = settings;
    this.topics = topicNames({ prefix, applicationId });
    this.partitions = live.partitionsOf(this.topics.changelog) ?? 0;
  }

  /** Reads all rows. @throws FailedError when something waits to be processed; StorageError, WireError */
  async readInto(spool: RowSpool, progress: (rows: number) => void): Promise<void> {
    const { rawEvents, conversationEvents, workItemEvents } = this.topics;
    let read = 0;
    this.ends = [];
    for (let partition = 0; partition < this.partitions; partition++) {
      await this.mustBeProcessed(rawEvents, partition, await this.live.rawPosition(partition));
      const state = await this.live.state(partition);
      for await (const rows of state.rows()) {
        await spool.add(rows);
        read += rows.length;
        progress(read);
      }
      for (const topic of [conversationEvents, workItemEvents]) {
        const position = state.positions?.positions.find((one) => one.topic === topic && one.partition === partition);
        await this.mustBeProcessed(topic, partition, position?.offset ?? null);
      }
    }
  }

  /** @throws FailedError when something has come in since the rows were read */
  async mustBeQuiet(): Promise<void> {
    for (const { topic, partition, end } of this.ends)
      if ((await this.live.log.endOffset(topic, partition)) !== end)
        throw new FailedError(
          `records have come to ${printable(topic)}-${partition} while the state was carried over: nothing was. Point what writes there at the new application first`,
        );
  }

  /** Offsets are no count: on Kafka the ends of transactions take some. */
  private async mustBeProcessed(topic: string, partition: number, position: number | null): Promise<void> {
    if (this.live.partitionsOf(topic) === null) return;
    const { log } = this.live;
    const end = await log.endOffset(topic, partition);
    const fromOffset = position ?? (await log.startOffset(topic, partition));
    let waiting = 0;
    for await (const page of pagesOf(log, { topic, partition, fromOffset, toOffset: end })) waiting += page.length;
    if (waiting > 0)
      throw new FailedError(
        `${plural(waiting, "record")} of ${printable(topic)}-${partition} from offset ${fromOffset} on ${waiting === 1 ? "is" : "are"} not processed yet, and would be left behind: let the application process them first (start it, without new input)`,
      );
    this.ends.push({ topic, partition, end });
  }
}
