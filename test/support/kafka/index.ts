/** Real servers for tests: Apache Kafka, proxies before it, a schema registry, and a client of other hands. */
export {
  type Broker,
  type Kafka,
  type KafkaOptions,
  type KafkaSecurity,
  kafkaTool,
  type Mechanism,
  type Properties,
  startKafka,
  type Tool,
  type User,
} from "./cluster/index.js";
export { DownloadFailed } from "./downloads/index.js";
export {
  describeWithKafka,
  type Needs,
  type Servers,
  type SharedKafka,
  type SharedRegistry,
  uniqueTopic,
} from "./for-tests/index.js";
export {
  type ClientSettings,
  type CommittedOffset,
  type Digest,
  type DigestRequest,
  IndependentClient,
  IndependentClientFailed,
  type Isolation,
  type ProduceRequest,
  type ReadRequest,
  type RecordToWrite,
  type StoredRecord,
  type TransactionalProducer,
  type Watermarks,
} from "./independent-client/index.js";
export { CommandFailed, ServerFailed, until } from "./processes/index.js";
export {
  API_KEYS,
  type ApiName,
  type FrameAction,
  type FrameRule,
  KafkaProxy,
  type RuleHandle,
} from "./proxy/index.js";
export { type Registry, type RegistryOptions, startRegistry } from "./registry/index.js";
