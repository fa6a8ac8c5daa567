/** Whether a conversation's whole input was there to be replayed: otherwise its result need not be the live one. */
import type { AssignmentRow } from "../../schemas/index.js";
import type { InputRange } from "./range.js";

export type InputKind = "joined" | "raw";

/** Why the result of a conversation cannot be compared. */
export type Incomparable =
  /** Records of it have expired. */
  | "input-expired"
  /** The live row does not say where its input begins, and input of its partition has expired. */
  | "input-unknown"
  /** Records of it never were in the topic that is replayed. */
  | "input-elsewhere"
  /** The log has earlier records of it than the live row has seen: it was forgotten in between, or the application began later. */
  | "live-began-later";

export interface InputStarts {
  readonly input: InputKind;
  /** Of one partition, the first offset that is there in each topic that is replayed. */
  readonly conversation: number;
  readonly workItem: number;
  readonly raw: number;
}

export interface StartTopics {
  readonly rawEvents: string;
  readonly conversationEvents: string;
  readonly workItemEvents: string;
}

export function inputStarts(
  input: InputKind,
  topics: StartTopics,
  partition: number,
  ranges: readonly InputRange[],
): InputStarts {
  const startOf = (topic: string) =>
    ranges.find((range) => range.topic === topic && range.partition === partition)?.startOffset ?? 0;
  return {
    input,
    conversation: startOf(topics.conversationEvents),
    workItem: startOf(topics.workItemEvents),
    raw: startOf(topics.rawEvents),
  };
}

/** @returns null when the two can be compared. @param replayed null when the replay has seen nothing of the conversation */
export function incomparable(
  live: AssignmentRow,
  replayed: AssignmentRow | null,
  starts: InputStarts,
): Incomparable | null {
  const { firstInput } = live;
  const nothingExpired = starts.conversation === 0 && starts.workItem === 0 && starts.raw === 0;
  if (firstInput === null) return nothingExpired ? null : "input-unknown";
  const { conversationOffset, workItemOffset, rawOffset } = firstInput;
  const before = replayed?.firstInput ?? null;
  if (starts.input === "raw") {
    if (rawOffset === null) return "input-elsewhere";
    if (rawOffset < starts.raw) return "input-expired";
    return isEarlier(before?.rawOffset ?? null, rawOffset) ? "live-began-later" : null;
  }
  const expired =
    (conversationOffset !== null && conversationOffset < starts.conversation) ||
    (workItemOffset !== null && workItemOffset < starts.workItem);
  if (expired) return "input-expired";
  const later =
    before !== null &&
    (isEarlier(before.conversationOffset, conversationOffset) || isEarlier(before.workItemOffset, workItemOffset));
  return later ? "live-began-later" : null;
}

function isEarlier(one: number | null, other: number | null): boolean {
  return one !== null && (other === null || one < other);
}
