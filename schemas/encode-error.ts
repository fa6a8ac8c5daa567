/** What writing fails with. Apart from the writer, so that who handles it compiles nothing else. */

/** A value does not fit its contract, or is too large to be a record. */
export class EncodeError extends Error {
  override readonly name = "EncodeError";
}
