/** What a member says of itself as bytes: the user data of its join. */
import { Buffer } from "node:buffer";
import { ResponseDecoder } from "../../protocol/decoder.js";
import { RequestEncoder } from "../../protocol/encoder.js";
import type { Claims } from "./assign.js";

const VERSION = 1;
const NO_CLAIMS: Claims = { generation: -1, owned: [], positions: new Map() };

export function encodeClaims({ generation, owned, positions }: Claims): Buffer {
  const encoder = new RequestEncoder();
  encoder.int8(VERSION);
  encoder.int32(generation);
  encoder.array(owned, (partition) => encoder.int32(partition));
  encoder.array([...positions], ([partition, offset]) => {
    encoder.int32(partition);
    encoder.int64(offset);
  });
  return Buffer.concat(encoder.parts());
}

/** A member of another version, or of another program, claims nothing: it gets its share all the same. */
export function decodeClaims(bytes: Buffer | null): Claims {
  if (bytes === null || bytes.length === 0 || bytes[0] !== VERSION) return NO_CLAIMS;
  try {
    const decoder = new ResponseDecoder(bytes, "a member's claims");
    decoder.int8();
    return {
      generation: decoder.int32(),
      owned: decoder.array(() => decoder.int32()),
      positions: new Map(decoder.array(() => [decoder.int32(), decoder.int64()])),
    };
  } catch {
    return NO_CLAIMS;
  }
}
