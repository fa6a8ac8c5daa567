/** The names of the product's topics: fixed, but for one optional prefix (contracts). */

export interface TopicNames {
  readonly rawEvents: string;
  readonly conversationEvents: string;
  readonly workItemEvents: string;
  readonly queueAssignments: string;
  readonly decisions: string;
  readonly deadLetters: string;
  readonly changelog: string;
}

export function topicNames({
  prefix,
  applicationId,
}: {
  readonly prefix: string;
  readonly applicationId: string;
}): TopicNames {
  return {
    rawEvents: `${prefix}raw-events`,
    conversationEvents: `${prefix}conversation-events`,
    workItemEvents: `${prefix}work-item-events`,
    queueAssignments: `${prefix}queue-assignments`,
    decisions: `${prefix}queue-assignment-decisions`,
    deadLetters: `${prefix}dead-letters`,
    changelog: `${prefix}${applicationId}-assignment-store-changelog`,
  };
}

/** Dead letters are few and read by people: one partition keeps them in one order. */
export const DEAD_LETTER_PARTITIONS = 1;
