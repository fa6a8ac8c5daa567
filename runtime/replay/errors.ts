/** Why a replay cannot be made, or not to its end. Nothing of the live application has been changed by it. */

/** It cannot go on: input has gone meanwhile, or what it reads does not fit together. The message says what to do. */
export class ReplayError extends Error {
  override readonly name: string = "ReplayError";
}

/** Retention was faster than the replay. What is missing is never jumped over. */
export class InputExpiredError extends ReplayError {
  override readonly name = "InputExpiredError";

  constructor(topic: string, partition: number, fromOffset: number, startOffset: number, options?: ErrorOptions) {
    super(
      `${topic}, partition ${partition}: the offsets ${fromOffset} to ${startOffset - 1} have expired while they were being replayed; start again: it then begins at offset ${startOffset} or later`,
      options,
    );
  }
}

/** The replay was asked to stop. */
export class ReplayInterruptedError extends ReplayError {
  override readonly name = "ReplayInterruptedError";

  constructor() {
    super("interrupted: nothing was changed but the replay's own folder and sink; the same command starts again");
  }
}

export type RangeEnd = "from" | "to";

/** What is asked for is not in the log. */
export class ReplayRangeError extends Error {
  override readonly name = "ReplayRangeError";

  /** @param end which end of the range is wrong */
  constructor(
    readonly end: RangeEnd,
    message: string,
  ) {
    super(message);
  }
}

/** @throws ReplayInterruptedError */
export function goOn(signal: AbortSignal): void {
  if (signal.aborted) throw new ReplayInterruptedError();
}
