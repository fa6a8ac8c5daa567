/** What can be wrong with a read of the log. */

/** There is no such topic or partition here: a defect of the caller, or settings of another version. */
export class UnknownPartitionError extends Error {
  override readonly name = "UnknownPartitionError";

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {
    super(`there is no topic "${topic}" with a partition ${partition}`);
  }
}

/** The offset is not there any more (retention), or not yet. Start again at `startOffset`, or wait for `endOffset`. */
export class OffsetOutOfRangeError extends Error {
  override readonly name = "OffsetOutOfRangeError";

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly offset: number,
    /** The first offset that can be read. */
    readonly startOffset: number,
    /** The offset that the next record will have. */
    readonly endOffset: number,
  ) {
    super(
      `${topic}-${partition}: offset ${offset} is out of range; it holds the offsets from ${startOffset} up to, not including, ${endOffset}`,
    );
  }
}
