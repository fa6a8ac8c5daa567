/** Who has a partition is known to its group of instances; each answers for its own. */

/** The conversation's partition is processed by another instance. Ask that one. */
export class NotHereError extends Error {
  override readonly name = "NotHereError";

  constructor(readonly partition: number) {
    super(
      `partition ${partition} is not processed by this instance now: another one of its group has it, or has it still; ask that one`,
    );
  }
}
