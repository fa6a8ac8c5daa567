/** The live topics as the replay's tasks read them: within their ranges, and never over a gap. */
import type { SourceLog, SourcePage } from "../embedded/index.js";
import type { LiveLog } from "../live/index.js";
import { goOn, InputExpiredError, ReplayError } from "./errors.js";
import type { InputRange } from "./range.js";

export class BoundedInput implements SourceLog {
  private readonly ranges: ReadonlyMap<string, InputRange>;
  private limit: "fromOffset" | "toOffset" = "fromOffset";

  constructor(
    private readonly log: LiveLog,
    ranges: readonly InputRange[],
    private readonly signal: AbortSignal,
  ) {
    this.ranges = new Map(ranges.map((range) => [`${range.topic}/${range.partition}`, range]));
  }

  /** Until this is called there is only what comes before the range: rows are rebuilt from it. */
  openRange(): void {
    this.limit = "toOffset";
  }

  startOffset(topic: string, partition: number): number {
    return this.rangeOf(topic, partition).startOffset;
  }

  endOffset(topic: string, partition: number): number {
    return this.rangeOf(topic, partition)[this.limit];
  }

  /** @throws InputExpiredError, ReplayInterruptedError, and what the log throws */
  async read(topic: string, partition: number, fromOffset: number): Promise<SourcePage> {
    const endOffset = this.endOffset(topic, partition);
    let offset = fromOffset;
    while (offset < endOffset) {
      goOn(this.signal);
      const page = await this.page(topic, partition, offset);
      const records = page.records.filter((record) => record.offset < endOffset);
      const nextOffset = Math.min(page.nextOffset, endOffset);
      if (records.length > 0 || nextOffset >= endOffset) return { records, nextOffset };
      if (nextOffset <= offset)
        throw new ReplayError(
          `${topic}, partition ${partition}: nothing can be read at offset ${offset}, and the range ends at ${endOffset}`,
        );
      offset = nextOffset;
    }
    return { records: [], nextOffset: offset };
  }

  private async page(topic: string, partition: number, offset: number) {
    try {
      return await this.log.read(topic, partition, offset);
    } catch (error) {
      const startOffset = await this.log.startOffset(topic, partition);
      if (startOffset <= offset) throw error;
      throw new InputExpiredError(topic, partition, offset, startOffset, { cause: error });
    }
  }

  private rangeOf(topic: string, partition: number): InputRange {
    const range = this.ranges.get(`${topic}/${partition}`);
    if (range === undefined) throw new Error(`${topic}, partition ${partition}, is no input of this replay`);
    return range;
  }
}
