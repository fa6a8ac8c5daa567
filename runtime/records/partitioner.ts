/** Kafka's default partition of a key, so that a Java producer or Kafka Streams puts the same key into the same partition. */

const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;

/**
 * The partition, from 0 to `partitions` - 1, that Kafka's Java client gives to a record with this serialised key.
 * Source: `BuiltInPartitioner.partitionForKey` and `Utils.murmur2`, `Utils.toPositive` in kafka-clients.
 * @param partitions how many the topic has, at least 1
 */
export function partitionFor(key: Uint8Array, partitions: number): number {
  if (!Number.isSafeInteger(partitions) || partitions < 1) {
    throw new RangeError(`a topic has at least 1 partition, not ${partitions}`);
  }
  // Not Math.abs: Java's toPositive clears the sign bit, which gives other partitions.
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** Austin Appleby's MurmurHash2, 32 bits, as a signed integer, with the seed that Kafka uses. */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  let hash = SEED ^ length;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let word = byte(data, at) | (byte(data, at + 1) << 8) | (byte(data, at + 2) << 16) | (byte(data, at + 3) << 24);
    word = Math.imul(word, MIX);
    word ^= word >>> 24;
    hash = Math.imul(hash, MIX) ^ Math.imul(word, MIX);
  }
  const rest = length - whole;
  if (rest === 3) hash ^= byte(data, whole + 2) << 16;
  if (rest >= 2) hash ^= byte(data, whole + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byte(data, whole), MIX);
  hash = Math.imul(hash ^ (hash >>> 13), MIX);
  return hash ^ (hash >>> 15);
}

/** Within the bounds checked by the loop above. */
function byte(data: Uint8Array, at: number): number {
  return data[at] as number;
}
