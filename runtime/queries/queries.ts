/** Answers questions about one conversation from the assignment store and the decisions topic. Reads only; starts nothing. */
import { type AssignmentDecision, assignmentRowCodec, type ConversationKey } from "../../schemas/index.js";
import { ASSIGNMENT_STORE, topicNames } from "../../topology/index.js";
import { partitionFor } from "../records/index.js";
import { encodeText } from "../task/index.js";
import { parseConversationKey } from "./key.js";
import type { QueriesOf, QueryPort } from "./port.js";
import { DEFAULT_TIMELINE_ENTRIES, findValues, type Timeline, type TimelineOptions } from "./timeline.js";
import { type AssignmentView, assignmentView } from "./view.js";

/** Between the two reads of a row, while the log is searched, it may change; after so many changes the answer is given as it is. */
const MAX_SEARCHES = 3;

export class AssignmentQueries {
  private readonly decisionsTopic: string;

  constructor(
    private readonly port: QueryPort,
    private readonly settings: QueriesOf,
  ) {
    const { topicPrefix: prefix, applicationId } = settings;
    this.decisionsTopic = topicNames({ prefix, applicationId }).decisions;
  }

  /**
   * Where a conversation is, as of the last checkpoint; null for one that was never seen.
   * @param key `<source>:<tenant>:<conversationId>`
   * @throws InvalidKeyError, NotHereError, RowFormatError, StorageError
   */
  async assignment(key: string): Promise<AssignmentView | null> {
    const place = this.placeOf(parseConversationKey(key));
    const bytes = await this.rowOf(place);
    return bytes === null ? null : assignmentView(place.key, assignmentRowCodec.decode(bytes));
  }

  /**
   * The same with the decisions of the conversation (decision rule, R8). It reads the whole partition of the decisions topic.
   * @throws InvalidKeyError, NotHereError, RowFormatError, DecodeError, StorageError; WireError when the brokers fail
   */
  async timeline(
    key: string,
    { maxEntries = DEFAULT_TIMELINE_ENTRIES }: TimelineOptions = {},
  ): Promise<Timeline | null> {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1)
      throw new RangeError(`a timeline has at least 1 entry, not ${maxEntries}`);
    const place = this.placeOf(parseConversationKey(key));
    let bytes = await this.rowOf(place);
    for (let search = 1; bytes !== null; search++) {
      const found = await this.find(place, maxEntries);
      const now = await this.rowOf(place);
      if (search < MAX_SEARCHES && (now === null || Buffer.compare(now, bytes) !== 0)) {
        bytes = now;
        continue;
      }
      const view = assignmentView(place.key, assignmentRowCodec.decode(bytes));
      const decisions = await this.decode(found.values);
      return { ...view, decisions, omittedDecisions: found.omitted, beginningExpired: found.beginningExpired };
    }
    return null;
  }

  private placeOf(key: ConversationKey): Place {
    const bytes = encodeText(key);
    return { key, bytes, partition: partitionFor(bytes, this.settings.partitions) };
  }

  private async rowOf({ key, partition }: Place): Promise<Uint8Array | null> {
    const [bytes] = await this.port.store(ASSIGNMENT_STORE, partition).getMany([key]);
    return bytes ?? null;
  }

  private find({ bytes, partition }: Place, maxEntries: number) {
    return findValues(this.port.log, { topic: this.decisionsTopic, partition }, bytes, maxEntries);
  }

  private async decode(values: readonly Uint8Array[]): Promise<readonly AssignmentDecision[]> {
    const codec = this.port.codec(this.decisionsTopic);
    const decisions: AssignmentDecision[] = [];
    for (const value of values) {
      const unknown = codec.unknownSchemaId(value);
      // Written by another version of this program.
      if (unknown !== null) await codec.learn(unknown);
      decisions.push(codec.decodeAs("AssignmentDecision", value));
    }
    return decisions;
  }
}

interface Place {
  readonly key: ConversationKey;
  readonly bytes: Uint8Array;
  readonly partition: number;
}
