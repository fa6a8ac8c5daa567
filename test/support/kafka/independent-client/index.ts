/** A Kafka client of other hands, to check the product's against. */
export {
  type ClientSettings,
  type DigestRequest,
  IndependentClient,
  type Isolation,
  type ProduceRequest,
  type ReadRequest,
} from "./independent-client.js";
export { IndependentClientFailed } from "./python-process.js";
export type { CommittedOffset, Digest, Place, RecordToWrite, StoredRecord, Watermarks } from "./records.js";
export type { TransactionalProducer } from "./transactional-producer.js";
