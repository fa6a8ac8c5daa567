/**
 * Kafka's varints to write: zigzag, then seven bits a byte, lowest first (protobuf's sint32 and sint64).
 * Longs are JavaScript numbers within ±(2^53 - 1); the caller has checked that.
 */

const MAX_ZIGZAG_31 = 2 ** 30 - 1;
const MIN_ZIGZAG_31 = -(2 ** 30);
const TWO_27 = 2 ** 27;

/** Bytes that `value`, a 32-bit integer, takes: 1 to 5. */
export function varintSize(value: number): number {
  return unsignedSize(((value << 1) ^ (value >> 31)) >>> 0);
}

/** Bytes that `value`, a safe integer, takes: 1 to 8. */
export function varlongSize(value: number): number {
  if (value >= MIN_ZIGZAG_31 && value <= MAX_ZIGZAG_31) return varintSize(value);
  return 4 + unsignedSize(Math.floor(magnitude(value) / TWO_27));
}

/** Writes a 32-bit integer; gives the position after it. */
export function writeVarint(buffer: Buffer, position: number, value: number): number {
  return writeUnsigned(buffer, position, ((value << 1) ^ (value >> 31)) >>> 0);
}

/** Writes a safe integer; gives the position after it. */
export function writeVarlong(buffer: Buffer, position: number, value: number): number {
  if (value >= MIN_ZIGZAG_31 && value <= MAX_ZIGZAG_31) return writeVarint(buffer, position, value);
  // Zigzag doubles the value, which would leave the safe range: so the lowest 28 bits go first, the rest (26 bits) after.
  const whole = magnitude(value);
  const low = (whole % TWO_27) * 2 + (value < 0 ? 1 : 0);
  buffer[position] = (low & 0x7f) | 0x80;
  buffer[position + 1] = ((low >>> 7) & 0x7f) | 0x80;
  buffer[position + 2] = ((low >>> 14) & 0x7f) | 0x80;
  buffer[position + 3] = (low >>> 21) | 0x80;
  return writeUnsigned(buffer, position + 4, Math.floor(whole / TWO_27));
}

/** The zigzag value without its lowest bit, the sign. */
function magnitude(value: number): number {
  return value < 0 ? -(value + 1) : value;
}

function unsignedSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

function writeUnsigned(buffer: Buffer, position: number, value: number): number {
  let at = position;
  let rest = value;
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at] = rest;
  return at + 1;
}
