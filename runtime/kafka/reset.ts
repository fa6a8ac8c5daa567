/**
 * Removes what an application keeps of itself on Kafka: its changelog, and its groups with their offsets; and the copy of the
 * changelog in one data folder. Copies in other folders are of a topic that is gone then, and are thrown away by whoever opens them.
 *
 * The changelog goes first and the group of `ratchet` last: in between, offsets without positions make every start refuse (with
 * exactly-once), and point here. Whoever comes again finishes it: what is gone already is no error.
 */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { CrashPoints } from "../crash-points.js";
import { codeOf, FolderLock } from "../folder/index.js";
import { storageError } from "../rocksdb/index.js";
import { EngineError } from "./engine-errors.js";
import { STORE_FOLDER, wipeStore } from "./engine-run.js";
import {
  Cluster,
  type ClusterOptions,
  committedOffsets,
  Deadline,
  deleteGroup,
  deleteTopics,
  describeGroup,
  describeTopics,
  ensureTopics,
  type TopicDescription,
  type TopicPartition,
} from "./wire/index.js";

export interface ResetOptions {
  readonly cluster: Omit<ClusterOptions, "connectTimeoutMs" | "requestTimeoutMs">;
  readonly changelog: string;
  /** In the order in which they go. */
  readonly groups: readonly ResetGroup[];
  readonly dataDir: string;
  readonly crashPoints: CrashPoints;
}

export interface ResetGroup {
  readonly groupId: string;
  /** What it reads. */
  readonly topics: readonly string[];
}

/** What there is to be removed. */
export interface KafkaState {
  /** Null when it is not there. */
  readonly changelog: { readonly name: string; readonly partitions: number } | null;
  /** Those that are there. */
  readonly groups: readonly string[];
  /** The data folder, when it has a copy of the changelog; else null. */
  readonly folder: string | null;
}

/** An instance is a member of a group of the application, or has the data folder. */
export class StillRunningError extends EngineError {
  override readonly name = "StillRunningError";
}

const REACHED_WITHIN_MS = 10_000;
/** The brokers end the transaction of an instance that has died after ten seconds, and look for such every ten. */
const SETTLED_WITHIN_MS = 60_000;
const STEP_WITHIN_MS = 60_000;
const CHANNEL = "reset";
/** There is no such group: nobody has joined it, or it was deleted. */
const GROUP_NOT_THERE = "Dead";

export class KafkaReset {
  private constructor(
    private readonly options: ResetOptions,
    private readonly cluster: Cluster,
    private readonly lock: FolderLock | null,
    private readonly folder: string | null,
  ) {}

  /** Takes the data folder, if there is one. Nothing is changed. @throws FolderInUseError, StorageError */
  static async open(options: ResetOptions): Promise<KafkaReset> {
    const dataDir = await pathOf(options.dataDir);
    const lock = dataDir === null ? null : await FolderLock.acquire(dataDir);
    const hasCopy = dataDir !== null && (await pathOf(join(dataDir, STORE_FOLDER))) !== null;
    const folder = hasCopy ? dataDir : null;
    const timeouts = { connectTimeoutMs: REACHED_WITHIN_MS, requestTimeoutMs: REACHED_WITHIN_MS };
    return new KafkaReset(options, new Cluster({ ...options.cluster, ...timeouts }), lock, folder);
  }

  /** @throws StillRunningError naming the members; WireError with the brokers' words */
  async find(): Promise<KafkaState> {
    const [changelog] = await this.describeChangelog(REACHED_WITHIN_MS);
    const groups: string[] = [];
    for (const { groupId } of this.options.groups) if (await this.isThere(groupId)) groups.push(groupId);
    return {
      changelog: changelog === undefined ? null : { name: changelog.name, partitions: changelog.partitions.length },
      groups,
      folder: this.folder,
    };
  }

  /** @throws StillRunningError: nothing was changed; WireError, StorageError: some of it may be gone, and another run finishes it */
  async run(): Promise<void> {
    const { groups, crashPoints } = this.options;
    // Asked again: somebody may have started since.
    for (const { groupId } of groups) await this.isThere(groupId);
    await this.settled();
    await this.replaceChangelog();
    for (const [index, { groupId }] of groups.entries()) {
      await deleteGroup(this.cluster, groupId, this.admin());
      crashPoints.hit(index + 1 < groups.length ? "reset.group-deleted" : "reset.groups-deleted");
    }
    if (this.folder !== null) await wipeStore(this.folder);
  }

  async close(): Promise<void> {
    await this.lock?.release();
    await this.cluster.close();
  }

  /** Made again as it was: its number of partitions and settings may be the operator's own. */
  private async replaceChangelog(): Promise<void> {
    const [changelog] = await this.describeChangelog(STEP_WITHIN_MS);
    if (changelog === undefined) return;
    const { name, partitions, replicationFactor, configs } = changelog;
    await deleteTopics(this.cluster, [name], this.admin());
    this.options.crashPoints.hit("reset.changelog-deleted");
    const again = { name, partitions: partitions.length, replicationFactor, configs: Object.fromEntries(configs) };
    await ensureTopics(this.cluster, [again], this.admin());
    this.options.crashPoints.hit("reset.changelog-made");
  }

  /** What a dead instance had begun to commit is ended by the brokers: it must not come after the groups are gone. */
  private async settled(): Promise<void> {
    for (const { groupId, topics } of this.options.groups) {
      const described = await describeTopics(this.cluster, topics, { deadline: new Deadline(STEP_WITHIN_MS) });
      const options = { deadline: new Deadline(SETTLED_WITHIN_MS), channel: CHANNEL };
      await committedOffsets(this.cluster, groupId, partitionsOf(described), options);
    }
  }

  private async isThere(groupId: string): Promise<boolean> {
    const { state, members } = await describeGroup(this.cluster, groupId, this.admin(REACHED_WITHIN_MS));
    if (members.length === 0) return state !== GROUP_NOT_THERE;
    const named = members.map(({ memberId, clientHost }) => `${memberId} (${clientHost.replace(/^\//, "")})`);
    throw new StillRunningError(
      `group ${groupId} has ${members.length === 1 ? "a member" : `${members.length} members`}: ${named.join(", ")}. ` +
        "Stop every instance first; one that was killed is a member until its session has timed out",
    );
  }

  private describeChangelog(withinMs: number): Promise<readonly TopicDescription[]> {
    return describeTopics(this.cluster, [this.options.changelog], { deadline: new Deadline(withinMs) });
  }

  private admin(withinMs = STEP_WITHIN_MS) {
    return { deadline: new Deadline(withinMs), channel: CHANNEL };
  }
}

function partitionsOf(topics: readonly TopicDescription[]): TopicPartition[] {
  return topics.flatMap(({ name, partitions }) => partitions.map(({ partition }) => ({ topic: name, partition })));
}

/** The real one; null when nothing is there. */
async function pathOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw storageError(error, path);
  }
}
