/** How a command ends when it does not end well. */

export const EXIT_OK = 0;
/** Failed while running. */
export const EXIT_FAILED = 1;
/** Wrong use: an unknown flag, a bad value, unreadable input. */
export const EXIT_USAGE = 2;

/** The command was called in a way that cannot work. The message names what is wrong: a flag, a variable, a file. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked for could not be done, for a reason outside of this program. The message says what to do. */
export class FailedError extends Error {
  override readonly name = "FailedError";
}
