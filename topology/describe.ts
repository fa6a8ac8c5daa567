/** Prints a topology: as text in the spirit of Kafka Streams' `TopologyDescription`, or as a Mermaid flow chart. */
import { childrenOf, type Node, type StoreSpec, type SubTopology, storesOf, type Topology } from "./topology.js";

/** One block per sub-topology, one entry per node, with what comes before and after it. */
export function describeTopology(topology: Topology<unknown>): string {
  const lines = ["Topology:"];
  topology.subTopologies.forEach((subTopology, index) => {
    lines.push(`  Sub-topology: ${index} (${subTopology.name})`);
    for (const node of subTopology.nodes) lines.push(...describeNode(node, subTopology));
    for (const { name, changelogTopic } of subTopology.stores) {
      lines.push(`    Store: ${name} (changelog: ${changelogTopic})`);
    }
    lines.push("");
  });
  lines.push("  Topics:");
  for (const { name, partitions, cleanup } of topology.topics) {
    lines.push(`    ${name} (partitions: ${partitions}, clean-up: ${cleanup})`);
  }
  return `${lines.join("\n")}\n`;
}

const TITLES = { source: "Source", processor: "Processor", sink: "Sink", "dead-letters": "Dead letters" } as const;

function describeNode(node: Node<unknown>, subTopology: SubTopology<unknown>): string[] {
  const lines = [`    ${TITLES[node.kind]}: ${node.name} (${detailsOf(node, subTopology)})`];
  if (node.kind === "source" || node.kind === "processor") {
    const children = childrenOf(subTopology, node.name).map(({ name }) => name);
    lines.push(`      --> ${children.length === 0 ? "none" : children.join(", ")}`);
  }
  if (node.kind !== "source") lines.push(`      <-- ${node.parents.join(", ")}`);
  return lines;
}

function detailsOf(node: Node<unknown>, subTopology: SubTopology<unknown>): string {
  if (node.kind === "processor") {
    return `stores: [${storesOf(subTopology, node.name)
      .map(({ name }) => name)
      .join(", ")}]`;
  }
  if (node.kind === "dead-letters") return `topic: ${node.topic}, as received`;
  return `topic: ${node.topic}, value: ${node.value}`;
}

/** A Mermaid flow chart: topics as parallelograms, stores as databases, one box per sub-topology. */
export function describeAsMermaid(topology: Topology<unknown>): string {
  const lines = ["flowchart LR"];
  const shown = topology.topics.filter(({ name }) => !isChangelog(name, topology));
  for (const { name } of shown) lines.push(`  ${topicId(name)}[/"${name}"/]`);
  for (const subTopology of topology.subTopologies) {
    lines.push(`  subgraph ${id("sub", subTopology.name)}["${subTopology.name}"]`);
    for (const node of subTopology.nodes) {
      if (node.kind === "processor") lines.push(`    ${id("node", node.name)}("${node.name}")`);
    }
    for (const { name } of subTopology.stores) lines.push(`    ${id("store", name)}[("${name}")]`);
    lines.push("  end");
    lines.push(...edgesOf(subTopology));
  }
  return `${lines.join("\n")}\n`;
}

function edgesOf(subTopology: SubTopology<unknown>): string[] {
  const edges = subTopology.nodes.flatMap((node): string[] => {
    if (node.kind === "source") return [];
    return node.parents.map((parent) => {
      const to = node.kind === "processor" ? id("node", node.name) : topicId(node.topic);
      return `  ${originOf(parent, subTopology)} --> ${to}`;
    });
  });
  const stores = subTopology.stores.flatMap(({ name, processors }: StoreSpec) =>
    processors.map((processor) => `  ${id("node", processor)} <--> ${id("store", name)}`),
  );
  return [...new Set([...edges, ...stores])];
}

/** A source is drawn as the topic it reads. */
function originOf(name: string, { nodes }: SubTopology<unknown>): string {
  const node = nodes.find((candidate) => candidate.name === name);
  return node?.kind === "source" ? topicId(node.topic) : id("node", name);
}

function isChangelog(topic: string, { subTopologies }: Topology<unknown>): boolean {
  return subTopologies.some(({ stores }) => stores.some(({ changelogTopic }) => changelogTopic === topic));
}

function topicId(name: string): string {
  return id("topic", name);
}

function id(kind: string, name: string): string {
  return `${kind}_${name.replace(/[^A-Za-z0-9]/g, "_")}`;
}
