/** What it means that a topic differs: whether one can go on with it, and what the danger is. */
import type { TopicDifference } from "./wire/index.js";

export interface TopicProblem {
  /** Whether to go on would part keys from their rows, or lose rows. */
  readonly fatal: boolean;
  /** One sentence: the topic, what is there and what is wanted, and what that means. */
  readonly message: string;
}

/** Each topic has its own names and numbers; what they mean is the same for all. */
export function differenceOf(difference: TopicDifference): TopicProblem {
  const { message } = difference;
  switch (difference.kind) {
    case "partitions":
      return { fatal: true, message: `${message}: ${PARTITIONS_CHANGED}` };
    case "replication factor":
      return { fatal: false, message: `${message}: ${replicationDanger(difference)}` };
    case "config":
      return { fatal: difference.name === "cleanup.policy", message: `${message}: ${configDanger(difference)}` };
  }
}

export const PARTITIONS_CHANGED =
  "a changed count moves keys away from their rows; use the count that the topic was made with, or other topics";

type OfKind<Kind extends TopicDifference["kind"]> = Extract<TopicDifference, { readonly kind: Kind }>;

function replicationDanger({ wanted, actual }: OfKind<"replication factor">): string {
  if (actual > wanted) return "it takes more disk than was asked for";
  return actual === 1 ? "records are lost with one broker's disk" : `records are lost with ${actual} brokers' disks`;
}

function configDanger({ name, wanted, actual }: OfKind<"config">): string {
  switch (name) {
    case "cleanup.policy":
      return wanted === "compact"
        ? "rows that nobody changes would be deleted when they are old; set it to compact"
        : "all records of a key but the last would be removed, and events with them; set it to delete";
    case "retention.ms":
      return retentionDanger(Number(wanted), Number(actual));
    case "min.insync.replicas":
      return Number(actual) < Number(wanted)
        ? "a record that one broker alone has is acknowledged, and lost with its disk"
        : "nothing can be written while fewer brokers than that are in sync";
    case "message.timestamp.type":
      return "the brokers put their own time on records: the order between the input streams, and the times that a replay gives, are those of arrival";
    case "max.message.bytes":
      return Number(actual) < Number(wanted)
        ? "a record that is too large for it stops the task that has to write it"
        : "it takes larger records than this program writes";
    default:
      return "it was made with another setting";
  }
}

/** -1 is for ever. */
function retentionDanger(wantedMs: number, actualMs: number): string {
  const shorter = actualMs >= 0 && (wantedMs < 0 || actualMs < wantedMs);
  return shorter
    ? "records that are not processed by then are lost"
    : "records, with the personal data in them, stay longer than was asked for";
}
