/** A Kafka client of other hands, to check the product's against. */
export {
  type ClientSettings,
  type DigestRequest,
  IndependentClient,
  type Isolation,
  type ProduceRequest,
  type ReadRequest,
} from "./independent-client.js";
export { IndependentClientFailed, PythonProcess } from "./python-process.js";
export {
  ACKNOWLEDGED,
  type Acknowledged,
  type CommittedOffset,
  type Digest,
  type Place,
  type RecordToWrite,
  type StoredRecord,
  toJson,
  WATERMARKS,
  type Watermarks,
} from "./records.js";
export type { TransactionalProducer } from "./transactional-producer.js";
