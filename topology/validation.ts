/** What must hold of a topology. Each check names the node, store or topic that breaks it. */
import {
  childrenOf,
  type Node,
  nodesOfKind,
  type StoreSpec,
  type SubTopology,
  type TopicSpec,
  type Topology,
  type ValueKind,
} from "./topology.js";

/** A topology that cannot be run. */
export class TopologyError extends Error {
  override readonly name = "TopologyError";
}

type AnySubTopology = SubTopology<unknown>;
type AnyNode = Node<unknown>;

/** @throws TopologyError for the first thing that does not hold. */
export function checkTopology(topology: Topology<unknown>): void {
  const { subTopologies, topics } = topology;
  checkUnique(
    "topic",
    topics.map(({ name }) => name),
  );
  checkUnique(
    "sub-topology",
    subTopologies.map(({ name }) => name),
  );
  checkUnique(
    "node or store",
    subTopologies.flatMap(({ nodes, stores }) => [...nodes, ...stores].map(({ name }) => name)),
  );
  for (const topic of topics) checkPartitions(topic);
  checkValues(subTopologies);
  checkChangelogs(subTopologies);
  for (const subTopology of subTopologies) {
    checkNodes(subTopology, topology);
    checkStores(subTopology);
    checkCopartitioning(subTopology, topics);
  }
  inFlowOrder(subTopologies);
}

function checkUnique(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (name === "") throw new TopologyError(`a ${what} has no name`);
    if (seen.has(name)) throw new TopologyError(`${what} "${name}" is declared twice`);
    seen.add(name);
  }
}

function checkPartitions({ name, partitions }: TopicSpec): void {
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new TopologyError(`topic "${name}" must have at least one partition, not ${partitions}`);
  }
}

/** A topic has one codec, so all that read and write it decoded must mean the same contract. */
function checkValues(subTopologies: readonly AnySubTopology[]): void {
  const users = new Map<string, { readonly name: string; readonly value: ValueKind }>();
  for (const subTopology of subTopologies) {
    for (const node of [...nodesOfKind(subTopology, "source"), ...nodesOfKind(subTopology, "sink")]) {
      if (node.value === "bytes") continue;
      const other = users.get(node.topic) ?? node;
      if (other.value !== node.value) {
        throw new TopologyError(
          `"${other.name}" takes topic "${node.topic}" for ${other.value}, "${node.name}" for ${node.value}`,
        );
      }
      users.set(node.topic, other);
    }
  }
}

function checkChangelogs(subTopologies: readonly AnySubTopology[]): void {
  const owners = new Map<string, string>();
  for (const { name, changelogTopic } of subTopologies.flatMap(({ stores }) => stores)) {
    const other = owners.get(changelogTopic);
    if (other !== undefined) {
      throw new TopologyError(`stores "${other}" and "${name}" both have the changelog topic "${changelogTopic}"`);
    }
    owners.set(changelogTopic, name);
  }
}

function checkNodes(subTopology: AnySubTopology, topology: Topology<unknown>): void {
  const { name, nodes } = subTopology;
  if (nodesOfKind(subTopology, "source").length === 0) throw new TopologyError(`sub-topology "${name}" has no source`);
  const deadLetters = nodesOfKind(subTopology, "dead-letters");
  if (deadLetters.length !== 1) {
    throw new TopologyError(`sub-topology "${name}" must have one dead-letters node, not ${deadLetters.length}`);
  }
  checkSourcesDiffer(subTopology);
  for (const node of nodes) {
    if (node.kind !== "processor") checkTopicDeclared(node.name, node.topic, topology.topics);
    if (node.kind !== "source") checkParents(node, subTopology, topology);
    if (node.kind === "source" && !feedsProcessor(subTopology, node.name)) {
      throw new TopologyError(`source "${node.name}" feeds no processor`);
    }
  }
  checkAcyclic(subTopology);
}

function feedsProcessor(subTopology: AnySubTopology, name: string): boolean {
  return childrenOf(subTopology, name).some(({ kind }) => kind === "processor");
}

function checkSourcesDiffer(subTopology: AnySubTopology): void {
  const readers = new Map<string, string>();
  for (const { name, topic } of nodesOfKind(subTopology, "source")) {
    const other = readers.get(topic);
    if (other !== undefined) throw new TopologyError(`sources "${other}" and "${name}" both read topic "${topic}"`);
    readers.set(topic, name);
  }
}

function checkTopicDeclared(user: string, topic: string, topics: readonly TopicSpec[]): void {
  if (!topics.some(({ name }) => name === topic)) {
    throw new TopologyError(`"${user}" names topic "${topic}", which is not declared`);
  }
}

function checkParents(
  node: Exclude<AnyNode, { kind: "source" }>,
  own: AnySubTopology,
  topology: Topology<unknown>,
): void {
  if (node.parents.length === 0) throw new TopologyError(`${node.kind} "${node.name}" has no parent`);
  for (const parentName of node.parents) {
    const parent = own.nodes.find(({ name }) => name === parentName);
    if (parent === undefined) throw new TopologyError(unknownParent(node, parentName, topology));
    if (parent.kind === "sink" || parent.kind === "dead-letters") {
      throw new TopologyError(
        `${node.kind} "${node.name}" has the ${parent.kind} node "${parentName}" as parent: nothing comes out of it`,
      );
    }
    if (node.kind === "sink" && parent.kind === "source") {
      throw new TopologyError(
        `sink "${node.name}" has the source "${parentName}" as parent: a processor must stand between`,
      );
    }
    if (node.kind === "processor" && parent.kind === "source" && parent.value !== node.input) {
      throw new TopologyError(
        `processor "${node.name}" takes ${node.input}, its source "${parentName}" gives ${parent.value}`,
      );
    }
  }
}

function unknownParent(node: AnyNode, parentName: string, { subTopologies }: Topology<unknown>): string {
  const elsewhere = subTopologies.find(({ nodes }) => nodes.some(({ name }) => name === parentName));
  const why = elsewhere === undefined ? "which does not exist" : `which is in sub-topology "${elsewhere.name}"`;
  return `${node.kind} "${node.name}" has the parent "${parentName}", ${why}`;
}

function checkAcyclic(subTopology: AnySubTopology): void {
  const onPath = new Set<string>();
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (onPath.has(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name];
      throw new TopologyError(`node "${name}" is part of a cycle: ${cycle.join(" -> ")}`);
    }
    if (done.has(name)) return;
    onPath.add(name);
    for (const child of childrenOf(subTopology, name)) visit(child.name, [...path, name]);
    onPath.delete(name);
    done.add(name);
  };
  for (const { name } of subTopology.nodes) visit(name, []);
}

function checkStores(subTopology: AnySubTopology): void {
  for (const store of subTopology.stores) {
    if (store.processors.length === 0) throw new TopologyError(`store "${store.name}" is used by no processor`);
    for (const user of store.processors) {
      const node = subTopology.nodes.find(({ name }) => name === user);
      if (node?.kind !== "processor") {
        throw new TopologyError(
          `store "${store.name}" names "${user}", which is no processor of sub-topology "${subTopology.name}"`,
        );
      }
    }
  }
}

/** A row lies where its key lies: what a stateful sub-topology reads and writes must be cut alike. */
function checkCopartitioning(subTopology: AnySubTopology, topics: readonly TopicSpec[]): void {
  if (subTopology.stores.length === 0) return;
  const places = [
    ...nodesOfKind(subTopology, "source").map(topicOfNode),
    ...nodesOfKind(subTopology, "sink").map(topicOfNode),
    ...subTopology.stores.map(topicOfStore),
  ];
  let first: { readonly user: string; readonly topic: TopicSpec } | undefined;
  for (const place of places) {
    checkTopicDeclared(place.user, place.topic, topics);
    const topic = topics.find(({ name }) => name === place.topic);
    if (topic === undefined) continue;
    first ??= { user: place.user, topic };
    if (topic.partitions !== first.topic.partitions) {
      throw new TopologyError(
        `"${place.user}" and "${first.user}" must be co-partitioned: topic "${topic.name}" has ${topic.partitions} partitions, ` +
          `topic "${first.topic.name}" has ${first.topic.partitions}`,
      );
    }
  }
}

function topicOfNode({ name, topic }: { readonly name: string; readonly topic: string }) {
  return { user: name, topic };
}

function topicOfStore({ name, changelogTopic }: StoreSpec) {
  return { user: name, topic: changelogTopic };
}

/**
 * The sub-topologies in the order in which records flow.
 * @throws TopologyError when a sub-topology reads, directly or through others, what it writes.
 */
export function inFlowOrder<Outcome>(subTopologies: readonly SubTopology<Outcome>[]): SubTopology<Outcome>[] {
  const ordered: SubTopology<Outcome>[] = [];
  const rest = [...subTopologies];
  while (rest.length > 0) {
    const next = rest.find((candidate) => !rest.some((other) => feeds(other, candidate)));
    if (next === undefined) throw new TopologyError(topicCycle(rest));
    rest.splice(rest.indexOf(next), 1);
    ordered.push(next);
  }
  return ordered;
}

function topicCycle(subTopologies: readonly AnySubTopology[]): string {
  const written = new Set(subTopologies.flatMap((subTopology) => [...topicsWritten(subTopology)]));
  const nodes = subTopologies.flatMap((subTopology) =>
    nodesOfKind(subTopology, "source").filter(({ topic }) => written.has(topic)),
  );
  return `sub-topologies read what they write, through source ${nodes.map(({ name, topic }) => `"${name}" (topic "${topic}")`).join(", ")}`;
}

function feeds(from: AnySubTopology, to: AnySubTopology): boolean {
  const written = topicsWritten(from);
  return nodesOfKind(to, "source").some(({ topic }) => written.has(topic));
}

function topicsWritten(subTopology: AnySubTopology): Set<string> {
  return new Set(
    [...nodesOfKind(subTopology, "sink"), ...nodesOfKind(subTopology, "dead-letters")].map(({ topic }) => topic),
  );
}
