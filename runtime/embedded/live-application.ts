/** An embedded engine, which runs or was only opened, as tools read it. */
import { ASSIGNMENT_STORE, NORMALISE, RATCHET } from "../../topology/index.js";
import { type LiveApplication, StateOnce } from "../live/index.js";
import type { EmbeddedEngine } from "./engine.js";
import { queryPort } from "./query-port.js";

/** @param close what becomes of the engine when the tool is done */
export function liveApplication<Outcome>(
  engine: EmbeddedEngine<Outcome>,
  close: () => Promise<void> = async () => undefined,
): LiveApplication {
  const { log } = queryPort(engine);
  const partitions = new Map<string, number>();
  for (const { topic } of engine.log.partitions()) partitions.set(topic, (partitions.get(topic) ?? 0) + 1);
  return {
    log: {
      startOffset: (topic, partition) => log.startOffset(topic, partition),
      endOffset: (topic, partition) => log.endOffset(topic, partition),
      read: (topic, partition, fromOffset) => log.read(topic, partition, fromOffset),
      offsetAt: async (topic, partition, timestampMs) =>
        (await engine.log.offsetForTimestamp(topic, partition, timestampMs)) ?? engine.log.endOffset(topic, partition),
    },
    partitionsOf: (topic) => partitions.get(topic) ?? null,
    state: async (partition) => {
      if (!engine.runners.some((runner) => runner.subTopology === RATCHET && runner.partition === partition))
        throw new RangeError(`the assignment store has no partition ${partition}`);
      return new StateOnce(() => engine.stateOf(RATCHET, partition, ASSIGNMENT_STORE));
    },
    // Of its one source.
    rawPosition: async (partition) => engine.positions(NORMALISE, partition)?.positions[0]?.offset ?? null,
    close,
  };
}
