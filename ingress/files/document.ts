/** What reading gives: one JSON text where it was found, or why there is none. */

/**
 * `line` counts from 1: where the document starts, or the opening bracket of an array that is never closed. `body` is the
 * document's bytes without the white space around it, valid JSON or not; it may be a view of an input chunk and keeps that chunk
 * in memory as long as it is held. `sizeBytes` is the document's full size.
 */
export type Document =
  | { readonly line: number; readonly body: Uint8Array }
  | {
      readonly line: number;
      readonly problem: "too-large";
      readonly sizeBytes: number;
    }
  | { readonly line: number; readonly problem: "unterminated-array" };
