/** What can keep the Kafka engine from going on, beside failures of the brokers and of the disk. */

/** Something that an operator has to look at. The message says what, and what to do. */
export class EngineError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The changelog and the group's offsets say different things of where a task stands: somebody has set the offsets. */
export class PositionConflictError extends EngineError {}

/** Records that were not processed are no longer there. */
export class InputExpiredError extends EngineError {}

/** A source holds less than was processed of it: it was truncated, or made anew. */
export class InputLostError extends EngineError {}

/** A changelog holds what this program does not write. */
export class UnknownChangelogError extends EngineError {}

/** A processor has failed: a defect. The message names the record at which, or behind which, it did. */
export class ProcessingError extends EngineError {}

/** A part has work and has made no progress for too long. It is replaced. */
export class StalledError extends EngineError {}

/** Parts were replaced again and again, and failed. The cause is what they failed with last. */
export class GaveUpError extends EngineError {}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
