/** The door of the topology. */
export { SubTopologyBuilder, TopologyBuilder } from "./builder.js";
export { describeAsMermaid, describeTopology } from "./describe.js";
export {
  ASSIGNMENT_STORE,
  NORMALISE,
  type ProductOutcome,
  type ProductSettings,
  productTopology,
  RATCHET,
} from "./product.js";
export { type TopicNames, topicNames } from "./topics.js";
export {
  childrenOf,
  type DeadLetterNode,
  type Node,
  nodesOfKind,
  type ProcessorNode,
  type SinkNode,
  type SourceNode,
  type StoreSpec,
  type SubTopology,
  storesOf,
  type TopicSpec,
  type Topology,
  type ValueKind,
} from "./topology.js";
export { TopologyError } from "./validation.js";
