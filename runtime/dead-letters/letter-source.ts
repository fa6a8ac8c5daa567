/** The dead letters of one application, and the topics that they come from. */
import { pagesOf, type QueriedLog } from "../queries/index.js";
import type { ConsumedRecord } from "../task/index.js";
import { LETTER_PARTITION } from "./partition.js";
import type { LetterPlace } from "./place.js";
import type { LetterTopics } from "./port.js";

export interface LetterSourceNames {
  readonly deadLetters: string;
  /** The application's own input topics. */
  readonly inputs: readonly string[];
  readonly topicPrefix: string;
}

export class LetterSource {
  constructor(
    private readonly from: LetterTopics,
    private readonly names: LetterSourceNames,
  ) {}

  get log(): QueriedLog {
    return this.from.log;
  }

  get topics(): readonly string[] {
    return this.names.inputs;
  }

  get topicPrefix(): string {
    return this.names.topicPrefix;
  }

  readonly partitionsOf = (topic: string): number | null => this.from.partitionsOf(topic);

  append(records: Parameters<LetterTopics["append"]>[0]): Promise<unknown> {
    return this.from.append(records);
  }

  /** The offset after the last letter. */
  endOffset(): Promise<number> {
    return this.log.endOffset(this.names.deadLetters, LETTER_PARTITION);
  }

  /** Page by page, in their order. @param toOffset without it, the end as it is now: letters that are made meanwhile are not read */
  async *letters(fromOffset = 0, toOffset?: number): AsyncGenerator<readonly ConsumedRecord[]> {
    const range = { topic: this.names.deadLetters, partition: LETTER_PARTITION, fromOffset };
    yield* pagesOf(this.log, { ...range, toOffset: toOffset ?? (await this.endOffset()) });
  }

  /** The letter at a place; null when there is none. */
  async letter({ partition, offset }: LetterPlace): Promise<ConsumedRecord | null> {
    if (partition !== LETTER_PARTITION || offset >= (await this.endOffset())) return null;
    for await (const page of this.letters(offset, offset + 1)) {
      const found = page.find((record) => record.offset === offset);
      if (found !== undefined) return found;
    }
    return null;
  }
}
