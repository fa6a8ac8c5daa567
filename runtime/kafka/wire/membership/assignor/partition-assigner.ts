/** The assignment by partition number, as kafkajs wants one: partition p of all topics goes to one member (K17). */
import { Buffer } from "node:buffer";
import { type Assigner, AssignerProtocol, type Cluster, type GroupMember } from "kafkajs";
import { assignPartitions, type Candidate, type Claims } from "./assign.js";
import { decodeClaims, encodeClaims } from "./claims.js";

/** All members of a group must offer one by this name, or they cannot be in it together. */
export const ASSIGNOR_NAME = "by-partition-number";
/** Of kafkajs' and Java's consumer protocol. Later ones have fields that kafkajs does not write. */
const PROTOCOL_VERSION = 0;

/**
 * All members are expected to subscribe to the same topics; those of the leader count.
 * @param claims asked for at each join
 */
export function partitionAssigner(
  cluster: Pick<Cluster, "findTopicPartitionMetadata">,
  claims: () => Claims,
): Assigner {
  return {
    name: ASSIGNOR_NAME,
    version: PROTOCOL_VERSION,
    protocol: ({ topics }) => {
      const userData = encodeClaims(claims());
      return {
        name: ASSIGNOR_NAME,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: PROTOCOL_VERSION, topics, userData }),
      };
    },
    async assign({ members, topics }) {
      const counts = topics.map((topic) => ({ topic, count: cluster.findTopicPartitionMetadata(topic).length }));
      const most = Math.max(0, ...counts.map(({ count }) => count));
      return [...assignPartitions(most, members.map(candidate))].map(([memberId, partitions]) => ({
        memberId,
        memberAssignment: encodeAssignment(counts, partitions),
      }));
    },
  };
}

function encodeAssignment(
  counts: readonly { readonly topic: string; readonly count: number }[],
  partitions: readonly number[],
): Buffer {
  const assignment = Object.fromEntries(
    counts.map(({ topic, count }) => [topic, partitions.filter((partition) => partition < count)]),
  );
  return AssignerProtocol.MemberAssignment.encode({
    version: PROTOCOL_VERSION,
    assignment,
    userData: NO_USER_DATA,
  });
}

const NO_USER_DATA = Buffer.alloc(0);

function candidate({ memberId, memberMetadata }: GroupMember): Candidate {
  return { memberId, ...decodeClaims(userData(memberMetadata)) };
}

function userData(metadata: Buffer): Buffer | null {
  try {
    return AssignerProtocol.MemberMetadata.decode(metadata)?.userData ?? null;
  } catch {
    // Not a consumer's: no more than an empty claim can be made of it.
    return null;
  }
}
