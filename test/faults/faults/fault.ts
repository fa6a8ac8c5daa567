/** What a fault is done to. */
import type { Kafka } from "../../support/kafka/cluster/index.js";
import type { Fleet } from "../fleet.js";

export interface Stage {
  readonly kafka: Kafka;
  readonly fleet: Fleet;
  /** From 0 to 1, from the round's seed. */
  readonly random: () => number;
  /** Takes what must not have happened. */
  readonly problem: (text: string) => void;
}

/** Resolves when it is over; who was harmed may still be recovering. */
export type Fault = (stage: Stage) => Promise<void>;

/** A whole number from `from` up to, not including, `to`. */
export function between(random: () => number, from: number, to: number): number {
  return from + Math.floor(random() * (to - from));
}
