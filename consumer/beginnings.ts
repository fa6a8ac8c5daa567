/** Where a partition that has come begins: where the group stands, or where it is rewound to. Every gap is an error with a name. */
import { type Cluster, committedOffsets, type Deadline, findOffsets } from "../runtime/kafka/wire/index.js";
import { type CommitNote, readNote } from "./commit-note.js";
import { RetentionGapError, TopicChangedError } from "./errors.js";
import { endsAt } from "./failures.js";
import type { Rewind, Settings } from "./settings.js";

export interface Beginning {
  readonly partition: number;
  readonly offset: number;
  /** To be committed with every offset from now on. */
  readonly note: CommitNote;
  /** A rewind, which is committed before anything is applied. */
  readonly rewound: boolean;
}

interface Place {
  readonly partition: number;
  readonly committed: number | null;
  readonly note: CommitNote;
  /** Null when it is being moved: then it is not compared. */
  readonly topicId: string | null;
  /** The first offset that is there, and the end of committed records. */
  readonly first: number;
  readonly end: number;
}

/**
 * @param atStart whether these are the partitions that the consumer was given first
 * @throws RetentionGapError, TopicChangedError, and as the wire
 */
export async function beginningsOf(
  cluster: Cluster,
  partitions: readonly number[],
  settings: Settings,
  options: { readonly atStart: boolean; readonly deadline: Deadline; readonly channel: string },
): Promise<Beginning[]> {
  const { rewindOf, rewindId, relearns, topic } = settings;
  const places = await lookUp(cluster, partitions, settings, options);
  return Promise.all(
    places.map(async (place) => {
      const rewind = rewindOf(place.partition);
      const done = rewindId !== null && place.note.rewindId === rewindId;
      const due = rewind !== null && (relearns || (rewindId === null ? options.atStart : !done));
      const { partition, topicId } = place;
      if (!due)
        return { partition, offset: whereItStands(topic, place), note: { ...place.note, topicId }, rewound: false };
      const offset = await target(cluster, topic, place, rewind, options);
      return { partition, offset, note: { topicId, rewindId: rewindId ?? place.note.rewindId }, rewound: true };
    }),
  );
}

async function lookUp(
  cluster: Cluster,
  partitions: readonly number[],
  { topic, groupId }: Settings,
  { deadline, channel }: { readonly deadline: Deadline; readonly channel: string },
): Promise<Place[]> {
  const asked = partitions.map((partition) => ({ topic, partition }));
  const offsets = { isolation: "read_committed", deadline, channel } as const;
  const [committed, first, end] = await Promise.all([
    committedOffsets(cluster, groupId, asked, offsets),
    findOffsets(cluster, asked, "earliest", offsets),
    // What is beyond the last stable offset is there all the same.
    findOffsets(cluster, asked, "latest", { ...offsets, isolation: "read_uncommitted" }),
  ]);
  return partitions.map((partition, index) => {
    const found = committed.find((one) => one.partition === partition);
    return {
      partition,
      committed: found?.offset ?? null,
      note: readNote(found?.metadata ?? null),
      topicId: cluster.knownLeader({ topic, partition })?.topicId ?? null,
      first: first[index]?.offset ?? 0,
      end: end[index]?.offset ?? 0,
    };
  });
}

function whereItStands(topic: string, place: Place): number {
  const { partition, committed, note, topicId, first } = place;
  if (committed === null) return first;
  if (note.topicId !== null && topicId !== null && note.topicId !== topicId) {
    const what = `it was committed for the topic with id ${note.topicId}, and the name now belongs to the one with id ${topicId}`;
    throw new TopicChangedError(topic, partition, committed, what);
  }
  return within(topic, place, committed);
}

async function target(
  cluster: Cluster,
  topic: string,
  place: Place,
  rewind: Rewind,
  { deadline, channel }: { readonly deadline: Deadline; readonly channel: string },
): Promise<number> {
  switch (rewind.kind) {
    case "beginning":
      return place.first;
    case "offset":
      return within(topic, place, rewind.offset);
    case "timestamp": {
      const { timestampMs } = rewind;
      const asked = [{ topic, partition: place.partition }];
      const options = { isolation: "read_committed", deadline, channel } as const;
      const [found] = await findOffsets(cluster, asked, { timestampMs }, options);
      if (found?.offset !== null && found?.offset !== undefined) return found.offset;
      const [end] = await findOffsets(cluster, asked, "latest", options);
      return end?.offset ?? place.end;
    }
  }
}

/** @throws RetentionGapError, TopicChangedError */
function within(topic: string, { partition, first, end }: Place, offset: number): number {
  if (offset < first) throw new RetentionGapError(topic, partition, offset, first);
  if (offset > end) throw new TopicChangedError(topic, partition, offset, endsAt(end));
  return offset;
}
