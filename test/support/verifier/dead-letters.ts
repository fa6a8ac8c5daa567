/** The dead letters, by what they were. */
import type { Position } from "./partition.js";
import type { Reader } from "./reader.js";
import { type Application, topicsOf } from "./topics.js";

export interface DeadLetter {
  readonly place: Position;
  readonly original: Position;
  readonly code: string | null;
  readonly key: string | null;
  readonly timestamp: number;
  /** SHA-256 of the value. */
  readonly digest: string;
}

export async function readDeadLetters(reader: Reader, application: Application): Promise<DeadLetter[]> {
  const topic = topicsOf(application).deadLetters;
  const letters: DeadLetter[] = [];
  for (const { partition } of await reader.watermarks(topic, "read_committed")) {
    for (const { offset, timestamp, key, headers, digest } of await reader.digests(topic, partition)) {
      const original = {
        topic: headers["original-topic"] ?? "",
        partition: Number(headers["original-partition"]),
        offset: Number(headers["original-offset"]),
      };
      const place = { topic, partition, offset };
      letters.push({ place, original, code: headers["error-code"] ?? null, key, timestamp, digest });
    }
  }
  return letters;
}
