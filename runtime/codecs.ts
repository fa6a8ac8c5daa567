/** Opens the codecs of the topics that a topology reads and writes: each schema is registered once, before anything runs. */
import { ContractCodec } from "../schemas/codec.js";
import type { SchemaRegistry } from "../schemas/registry/port.js";
import type { ContractName } from "../schemas/types.js";
import { nodesOfKind, type Topology } from "../topology/index.js";
import type { TopicCodecs } from "./task/plans.js";

/** @throws SchemaRegistryError when the registry cannot be reached or refuses a schema. */
export async function openCodecs(topology: Topology<unknown>, registry: SchemaRegistry): Promise<TopicCodecs> {
  const codecs = new Map<string, ContractCodec<ContractName>>();
  for (const subTopology of topology.subTopologies) {
    for (const { topic, value } of [...nodesOfKind(subTopology, "source"), ...nodesOfKind(subTopology, "sink")]) {
      if (value === "bytes" || codecs.has(topic)) continue;
      codecs.set(topic, await ContractCodec.open(value, `${topic}-value`, registry));
    }
  }
  return codecs;
}
