/** A verifier that is not the product's reader: whether what an application has written to Kafka is what it had to write. */
export { awaitNoLag, awaitNoTransactions } from "./at-rest.js";
export type { Delivery, Outcome } from "./deliveries.js";
export { type LocalStore, readLocalStore } from "./local-stores.js";
export { Reader, type RecordToAppend } from "./reader.js";
export { type Application, topicsOf } from "./topics.js";
export { type Verification, verify } from "./verify.js";
export { describeViolation, Findings, INVARIANTS, type Invariant, type Violation } from "./violations.js";
