/** What belongs to an application in a cluster: the contract's names, written a second time. */

export interface Application {
  readonly applicationId: string;
  readonly topicPrefix: string;
  /** Of every topic but the dead letters. */
  readonly partitions: number;
}

/** The key of a changelog's last record of each checkpoint. */
export const POSITIONS_KEY = "positions";
export const STORE = "assignment-store";
export const SUB_TOPOLOGIES = ["normalise", "ratchet"] as const;

export function topicsOf({ applicationId, topicPrefix }: Application) {
  return {
    raw: `${topicPrefix}raw-events`,
    conversation: `${topicPrefix}conversation-events`,
    workItem: `${topicPrefix}work-item-events`,
    assignments: `${topicPrefix}queue-assignments`,
    decisions: `${topicPrefix}queue-assignment-decisions`,
    deadLetters: `${topicPrefix}dead-letters`,
    changelog: `${topicPrefix}${applicationId}-${STORE}-changelog`,
  } as const;
}

/** The topics that a sub-topology reads. */
export function sourcesOf(application: Application, subTopology: (typeof SUB_TOPOLOGIES)[number]): readonly string[] {
  const { raw, conversation, workItem } = topicsOf(application);
  return subTopology === "normalise" ? [raw] : [conversation, workItem];
}

export function groupOf({ applicationId }: Application, subTopology: (typeof SUB_TOPOLOGIES)[number]): string {
  return `${applicationId}-${subTopology}`;
}
