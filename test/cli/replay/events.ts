/** Bodies of many conversations in a file, as `start --input` reads them. The same for the same seed. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { seededRandom } from "../../../bench/random.js";
import { Traffic } from "../../faults/load/traffic.js";

export interface EventsOptions {
  readonly events: number;
  readonly conversations: number;
  readonly seed: number;
}

/** Deliveries that come twice, deletions and bodies that are ignored among them; none that cannot be read. */
export async function writeEvents(file: string, { events, conversations, seed }: EventsOptions): Promise<void> {
  const traffic = new Traffic(seededRandom(seed), conversations);
  const stream = createWriteStream(file);
  for (let written = 0; written < events; ) {
    const { body, outcome } = traffic.next();
    if (outcome.kind === "dead-letter") continue;
    written += 1;
    if (!stream.write(`${body}\n`)) await once(stream, "drain");
  }
  stream.end();
  await finished(stream);
}
