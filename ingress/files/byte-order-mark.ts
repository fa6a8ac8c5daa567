/** Leaves out the byte order mark that some editors and Windows tools put before UTF-8 text. */

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export async function* skipByteOrderMark(input: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const bytes of input) {
    const chunk = asBuffer(bytes);
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
    if (mayBecomeMark(start)) continue;
    yield isMarked(start) ? start.subarray(BYTE_ORDER_MARK.length) : start;
    start = undefined;
  }
  if (start !== undefined) yield start;
}

function mayBecomeMark(start: Buffer): boolean {
  return start.length < BYTE_ORDER_MARK.length && BYTE_ORDER_MARK.subarray(0, start.length).equals(start);
}

function isMarked(start: Buffer): boolean {
  return start.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
}

/** The same memory; a Buffer searches bytes natively. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
