/** Why a body or record cannot be processed: a code for machines, a path and a sentence for people. Never the value itself. */

export const REFUSAL_CODES = [
  /** The body has no bytes. */
  "EMPTY_BODY",
  /** The body is larger than a record may be. */
  "BODY_TOO_LARGE",
  /** The body is not valid UTF-8. */
  "INVALID_UTF8",
  /** The body is not JSON. */
  "INVALID_JSON",
  /** Objects and arrays are nested deeper than the limit. */
  "TOO_DEEP",
  /** A key such as `__proto__`, which could change what other objects inherit. */
  "FORBIDDEN_KEY",
  /** A field that must be there is not. */
  "MISSING_FIELD",
  /** A field has another type than it must; also a number that is no safe integer. */
  "BAD_TYPE",
  /** A field has the right type but a value that is not allowed. */
  "BAD_VALUE",
  /** Two fields that must agree do not. */
  "CONFLICTING_VALUES",
  /** The document names no tenant and none is configured. */
  "MISSING_TENANT",
  /** The source is not one of those that are understood, or cannot be told from the document. */
  "UNKNOWN_SOURCE",
  /** The event is of a kind whose meaning is not known; its bytes are kept so that it can be sent through again. */
  "UNSUPPORTED_EVENT",
  /** A record of a joined topic has no key, or one that is not UTF-8. */
  "BAD_KEY",
  /** A record of a joined topic lies under another key than its fields say. */
  "KEY_MISMATCH",
  /** A record of a joined topic cannot be decoded. */
  "UNDECODABLE",
  /** A control record asks for something that is not known. */
  "UNSUPPORTED_CONTROL",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface Refusal {
  readonly code: RefusalCode;
  /** Where, as `data.attributes.rev` or `routingReasons[0].meta`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
}

export function refusal(code: RefusalCode, path: string, message: string): Refusal {
  return { code, path, message };
}

/** `CODE at PATH: message`, or `CODE: message` when it concerns the whole document. */
export function describeRefusal({ code, path, message }: Refusal): string {
  return path === "" ? `${code}: ${message}` : `${code} at ${path}: ${message}`;
}
