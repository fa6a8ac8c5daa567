/** How a round is set up. */

/** Of every topic but the dead letters. */
export const PARTITIONS = 4;
export const CONVERSATIONS = 1_000;
/** A round that takes long gets fewer bodies a second in its later part: verifying takes its time too. */
export const LOAD = { perSecond: 1_000, fullUpTo: 20_000, thenPerSecond: 100 } as const;
export const SESSION_TIMEOUT_MS = 3_000;
/** The engine's own; a test of a stall has to last longer than both. */
export const TRANSACTION_TIMEOUT_MS = 10_000;

/** After the last fault, until nothing is left to be processed. */
export const AT_REST_WITHIN_MS = 60_000;
/** Until a transaction of a dead instance has ended: the timeout, and the broker's look for what is over it. */
export const TRANSACTIONS_END_WITHIN_MS = TRANSACTION_TIMEOUT_MS + 10_000;

/** For a cluster under faults: leaders go back to where they were within seconds of a broker's return. */
export const CLUSTER = {
  brokers: 3,
  proxied: true,
  properties: {
    "leader.imbalance.check.interval.seconds": 2,
    "leader.imbalance.per.broker.percentage": 0,
    "replica.lag.time.max.ms": 3000,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 500,
  },
} as const;
