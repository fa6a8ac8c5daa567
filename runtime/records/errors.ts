/** What can be wrong with a record batch: one class per recovery. Topic and partition are the caller's to add (`cause`). */

/** Any error this room throws on purpose. Whatever else escapes it is a defect. */
export abstract class RecordBatchError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/**
 * What does not fit: the CRC-32C; bytes missing at the end; a format version other than 2; a field of the batch header;
 * the records; the compressed stream.
 */
export type Corruption = "checksum" | "truncated" | "magic" | "header" | "records" | "compression";

/** Where in a batch something was found. */
export interface BatchPlace {
  /** Bytes from the start of `within`. */
  readonly position: number;
  /** Records of a compressed batch have positions in what was decompressed, not in the caller's buffer. */
  readonly within?: "buffer" | "decompressed records";
  /** What the batch says its first offset is; null when that could not be read. */
  readonly baseOffset?: number | null;
}

function describe({ position, within = "buffer", baseOffset = null }: BatchPlace): string {
  const batch = baseOffset === null ? "record batch" : `record batch with base offset ${baseOffset}`;
  return within === "buffer" ? `${batch}, byte ${position}` : `${batch}, byte ${position} of its decompressed records`;
}

/** The bytes are not a whole, valid batch. Reading again may help after a network or memory fault, else restore the data. */
export class CorruptBatchError extends RecordBatchError {
  readonly corruption: Corruption;
  readonly position: number;
  readonly baseOffset: number | null;

  constructor(corruption: Corruption, what: string, place: BatchPlace, options?: ErrorOptions) {
    super(`${describe(place)}: ${what}`, options);
    this.corruption = corruption;
    this.position = place.position;
    this.baseOffset = place.baseOffset ?? null;
  }
}

/** The batch is compressed with something that no codec was given for, or whose library does not load. The message says what to do. */
export class UnsupportedCompressionError extends RecordBatchError {
  /** The id in the batch's attributes, 0 to 7. */
  readonly id: number;
  readonly codec: string;

  constructor(id: number, codec: string, what: string, place: BatchPlace | null, options?: ErrorOptions) {
    super(
      `${place === null ? "record batch" : describe(place)}: compression ${codec} is not supported: ${what}`,
      options,
    );
    this.id = id;
    this.codec = codec;
  }
}

/** The records decompress to more than the bound. Raise `maxDecompressedBytes` if the producer is to be trusted. */
export class DecompressedSizeError extends RecordBatchError {
  readonly maxBytes: number;

  constructor(codec: string, maxBytes: number, options?: ErrorOptions) {
    super(`a ${codec} record batch decompresses to more than ${maxBytes} bytes (maxDecompressedBytes)`, options);
    this.maxBytes = maxBytes;
  }
}

/** A 64-bit number that JavaScript's numbers do not hold exactly. Such a record cannot be read or written here. */
export class UnsafeLongError extends RecordBatchError {
  /** The field's name in Kafka's protocol documentation. */
  readonly field: string;

  constructor(field: string, value: bigint | number | string, place: BatchPlace | null) {
    super(
      `${place === null ? "record batch" : describe(place)}: ${field} ${value} is not an integer within ±(2^53 - 1)`,
    );
    this.field = field;
  }
}

/** What was to be encoded cannot be a batch (nothing in it, too large, a number out of its field's range): the caller's error. */
export class InvalidBatchError extends RecordBatchError {}
