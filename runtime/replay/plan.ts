/** What a replay is to do: the topics of its input, and their ranges. Making a plan writes nothing. */
import { topicNames } from "../../topology/index.js";
import type { LiveApplication } from "../live/index.js";
import type { InputKind } from "./comparable.js";
import { ReplayError } from "./errors.js";
import { type InputRange, type RangeFrom, type RangeRequest, resolveRanges, type TopicOffset } from "./range.js";
import { RawCut } from "./raw-cut.js";

/** The live application's own settings. */
export interface ReplayedApplication {
  readonly applicationId: string;
  readonly topicPrefix: string;
  readonly partitions: number;
}

export interface PlanRequest extends RangeRequest {
  readonly input: InputKind;
}

export interface ReplayPlan {
  readonly input: InputKind;
  readonly topics: readonly string[];
  readonly ranges: readonly InputRange[];
  /** With the raw input of a comparison: which normalised events the live tasks have processed too; null: all count. */
  readonly cut: RawCut | null;
}

export function inputTopics(input: InputKind, application: ReplayedApplication): readonly string[] {
  const { rawEvents, conversationEvents, workItemEvents } = namesOf(application);
  return input === "raw" ? [rawEvents] : [conversationEvents, workItemEvents];
}

export function namesOf({ topicPrefix: prefix, applicationId }: ReplayedApplication) {
  return topicNames({ prefix, applicationId });
}

/** That its topics are there as the settings say. @throws ReplayError naming the topic and both numbers of partitions */
export function checkApplication(live: LiveApplication, application: ReplayedApplication): void {
  const { deadLetters: _deadLetters, changelog: _changelog, ...names } = namesOf(application);
  for (const topic of Object.values(names)) checkTopic(live, topic, application.partitions);
}

/** @throws ReplayRangeError, ReplayError when the live task has read what is not there; what the log throws */
export async function planReplay(
  live: LiveApplication,
  application: ReplayedApplication,
  { input, from, to }: PlanRequest,
): Promise<ReplayPlan> {
  const topics = inputTopics(input, application);
  const ranges = await resolveRanges(live, { topics, partitions: application.partitions }, { from, to });
  return { input, topics, ranges, cut: null };
}

/** Up to where the live tasks stood, and no further. @param positions in the joined topics */
export async function planComparison(
  live: LiveApplication,
  application: ReplayedApplication,
  { input, from }: { readonly input: InputKind; readonly from: RangeFrom },
  positions: readonly TopicOffset[],
): Promise<ReplayPlan> {
  if (input === "joined") {
    const to = { kind: "positions", offsets: positions } as const;
    return planReplay(live, application, { input, from, to });
  }
  const { rawEvents, conversationEvents, workItemEvents } = namesOf(application);
  const { partitions } = application;
  const cut = await RawCut.of(live.log, [conversationEvents, workItemEvents], partitions, positions);
  const offsets: TopicOffset[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const offset = cut.endOf(partition, await live.log.endOffset(rawEvents, partition));
    offsets.push({ topic: rawEvents, partition, offset });
  }
  const plan = await planReplay(live, application, { input, from, to: { kind: "positions", offsets } });
  return { ...plan, cut };
}

function checkTopic({ partitionsOf }: LiveApplication, topic: string, partitions: number): void {
  const found = partitionsOf(topic);
  if (found === null) throw new ReplayError(`there is no topic ${topic}: do --topic-prefix and the engine fit?`);
  if (found !== partitions)
    throw new ReplayError(`topic ${topic} has ${found} partitions, not ${partitions}: use --partitions ${found}`);
}
