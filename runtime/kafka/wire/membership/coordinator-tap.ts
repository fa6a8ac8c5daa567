/**
 * Between kafkajs' consumer and its group's coordinator: the one file here that touches kafkajs' private parts. By this the
 * generation is known from the join itself (K24), the member id before it, and no offset is ever asked for or committed.
 */
import type { Broker, Cluster } from "kafkajs";

/** What kafkajs does not try again. Its own class for that cannot be imported by name from an ES module. */
export class NotToBeRetried extends Error {
  readonly retriable = false;
}

export interface JoinRequest {
  /** Empty for a consumer that has no id yet, or lost it. */
  readonly memberId: string;
}

export interface Generation {
  readonly memberId: string;
  readonly generationId: number;
}

export interface TapListener {
  /** Before each request. What it throws is thrown instead: once stopped, kafkajs may still be on its way to join. */
  mustGoOn(): void;
  /** A join is about to be asked for. @returns the id to join with; when it rejects, there is no join */
  joining(request: JoinRequest): Promise<string>;
  /** The coordinator has given an assignment in this generation. GROUP_JOIN comes next. */
  synced(generation: Generation): void;
}

type OffsetFetch = Parameters<Broker["offsetFetch"]>[0];

interface Coordinator extends Broker {
  joinGroup(request: JoinRequest): Promise<unknown>;
  syncGroup(request: Generation): Promise<unknown>;
  heartbeat(request: object): Promise<unknown>;
}

/** @param cluster of one consumer: nobody else's coordinators are touched */
export function tapCoordinator(cluster: Cluster, listener: TapListener): void {
  const find = cluster.findGroupCoordinator.bind(cluster);
  cluster.findGroupCoordinator = async (group) => tapped(await find(group), listener);
}

function tapped(broker: Broker, listener: TapListener): Broker {
  if (!isCoordinator(broker)) {
    throw new NotToBeRetried("kafkajs is not the version this was written for (2.2.4): its brokers join no groups");
  }
  const coordinator: Coordinator = Object.create(broker);
  coordinator.joinGroup = async (request) => {
    listener.mustGoOn();
    const memberId = await listener.joining(request);
    return broker.joinGroup({ ...request, memberId });
  };
  coordinator.syncGroup = async (request) => {
    listener.mustGoOn();
    const answer = await broker.syncGroup(request);
    const { memberId, generationId } = request;
    listener.synced({ memberId, generationId });
    return answer;
  };
  coordinator.heartbeat = async (request) => {
    listener.mustGoOn();
    return broker.heartbeat(request);
  };
  // Asked for after each join, though nothing is fetched: a leader that is away would hold up the heartbeats.
  coordinator.offsetFetch = async ({ topics }: OffsetFetch) => ({
    responses: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition, offset: "0" })),
    })),
  });
  coordinator.offsetCommit = () => Promise.reject(new NotToBeRetried("a paused consumer commits no offsets"));
  return coordinator;
}

function isCoordinator(broker: Broker): broker is Coordinator {
  return ["joinGroup", "syncGroup", "heartbeat"].every((name) => name in broker);
}
