/** Kafka's framing: four bytes of length, then that many bytes of a request or a response. */
const LENGTH_BYTES = 4;
const LARGEST_BYTES = 256 * 1_024 * 1_024;

/** @returns each frame as it came, length included. @throws on a frame that nobody who speaks Kafka sends. */
export async function* frames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = LENGTH_BYTES;
  for await (const chunk of chunks) {
    parts.push(chunk);
    held += chunk.length;
    // Joined once a frame is complete, and not with every chunk of a long one.
    if (held < wanted) continue;
    let bytes = parts.length === 1 ? chunk : Buffer.concat(parts, held);
    for (;;) {
      wanted = bytes.length < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + lengthOf(bytes);
      if (bytes.length < wanted) break;
      yield bytes.subarray(0, wanted);
      bytes = bytes.subarray(wanted);
    }
    parts = [bytes];
    held = bytes.length;
  }
}

function lengthOf(bytes: Buffer): number {
  const length = bytes.readInt32BE(0);
  if (length < 0 || length > LARGEST_BYTES) throw new Error(`a frame of ${length} bytes: this is not Kafka's protocol`);
  return length;
}

export interface RequestHeader {
  readonly apiKey: number;
  readonly correlationId: number;
}

/** The same in every version of a request's header: api key, api version, correlation id. */
export function requestHeader(frame: Buffer): RequestHeader {
  return { apiKey: frame.readInt16BE(LENGTH_BYTES), correlationId: frame.readInt32BE(LENGTH_BYTES + 4) };
}

/** All that a response says of its request. */
export const responseCorrelationId = (frame: Buffer): number => frame.readInt32BE(LENGTH_BYTES);

export const withoutLength = (frame: Buffer): Buffer => frame.subarray(LENGTH_BYTES);
