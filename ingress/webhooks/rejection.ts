/** Why a request is not accepted: its status, and what its sender is told. */

export type RejectionCode =
  | "BAD_SIGNATURE"
  | "UNKNOWN_SOURCE"
  | "BODY_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "BUSY"
  | "NOT_DURABLE"
  | "STOPPING"
  | "ABORTED";

const STATUSES: Readonly<Record<RejectionCode, number>> = {
  BAD_SIGNATURE: 401,
  UNKNOWN_SOURCE: 404,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  BUSY: 503,
  NOT_DURABLE: 503,
  STOPPING: 503,
  // The sender has gone: nobody reads it, but it is counted.
  ABORTED: 400,
};

export class Rejection extends Error {
  override readonly name = "Rejection";
  readonly statusCode: number;

  constructor(
    readonly code: RejectionCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.statusCode = STATUSES[code];
  }
}
