/** `replay`: reads the live input once more, beside the live application, and compares what comes of it. */
import type { LiveApplication } from "../../runtime/live/index.js";
import {
  checkApplication,
  comparePartition,
  inputStarts,
  LiveCopy,
  LiveReadings,
  namesOf,
  offsetsIn,
  planComparison,
  planReplay,
  Replay,
  type ReplayPlan,
  ReplayRangeError,
} from "../../runtime/replay/index.js";
import { LocalSchemaRegistry, type SchemaRegistry } from "../../schemas/index.js";
import { EXIT_FAILED, EXIT_OK, UsageError } from "../errors.js";
import { openLiveApplication } from "../live/open.js";
import type { Progress } from "../output/progress.js";
import { ReaderGoneError, type Writer } from "../output/writer.js";
import { dryRun } from "./dry-run.js";
import type { ReplayRequest } from "./flags.js";
import { ReplayFolder, replayApplicationId } from "./folder.js";
import type { Manifest } from "./manifest.js";
import { openSink } from "./open-sink.js";
import { type ComparisonReport, type ComparisonTotals, endText, shortRangesText } from "./report.js";
import type { ReplaySettings } from "./settings.js";

export interface ReplayPorts {
  readonly writer: Writer;
  readonly report: ComparisonReport;
  /** Takes text for standard error. */
  readonly say: (text: string) => void;
  readonly progress: (noun: string) => Progress;
  readonly signal: AbortSignal;
}

/** Where the replays of the application are, and what was asked for in the words of the flags. */
export interface ReplayPlace {
  readonly root: string;
  readonly asked: string;
}

const MIB = 1024 * 1024;

/** @returns the exit code. @throws UsageError, FailedError, ReplayError, StorageError, WireError, SchemaRegistryError */
export async function runReplay(
  request: ReplayRequest,
  settings: ReplaySettings,
  place: ReplayPlace,
  ports: ReplayPorts,
): Promise<number> {
  const { application: live } = await openLiveApplication(settings);
  try {
    checkApplication(live, settings);
    if (request.dryRun) return await dryRun(live, request, settings, place.root, ports);
    const folder = await ReplayFolder.make(place.root, manifestOf(request, settings, place));
    const run = new ReplayRun(live, request, settings, folder, ports);
    return await run.toTheEnd();
  } catch (error) {
    throw inWordsOfFlags(error);
  } finally {
    await live.close();
  }
}

function inWordsOfFlags(error: unknown): unknown {
  if (!(error instanceof ReplayRangeError)) return error;
  return new UsageError(`--${error.end}-offset: ${error.message}`, { cause: error });
}

class ReplayRun {
  private kept: string | null = null;

  constructor(
    private readonly live: LiveApplication,
    private readonly request: ReplayRequest,
    private readonly settings: ReplaySettings,
    private readonly folder: ReplayFolder,
    private readonly ports: ReplayPorts,
  ) {}

  /** Of a replay that has not come to its end stays what says so, and names the topics that it has made. */
  async toTheEnd(): Promise<number> {
    const { folder, ports } = this;
    try {
      const totals = await this.run();
      await folder.note({ finishedAt: new Date().toISOString() });
      await this.tidy();
      return totals === null || totals.differing === 0 ? EXIT_OK : EXIT_FAILED;
    } catch (error) {
      // The first error says what was wrong.
      await this.leave(error).catch(() => undefined);
      throw error;
    } finally {
      if (this.kept !== null) ports.say(this.kept);
    }
  }

  /** What was asked for wrongly, or was enough already, leaves nothing. */
  private async leave(error: unknown): Promise<void> {
    const { folder } = this;
    const leavesNothing = [ReaderGoneError, UsageError, ReplayRangeError].some((kind) => error instanceof kind);
    if (leavesNothing && folder.manifest.topicsMade.length === 0) return folder.remove();
    await folder.wipe();
    return folder.release();
  }

  private async run(): Promise<ComparisonTotals | null> {
    const { live, request, settings } = this;
    const readings = await LiveReadings.open(await liveRegistry(settings));
    const copy = request.compare ? await this.copyLive(readings) : null;
    try {
      const plan =
        copy === null
          ? await planReplay(live, settings, request)
          : await planComparison(live, settings, request, copy.positions);
      this.ports.say(`queue-ratchet: replay ${request.id} of\n${shortRangesText(plan.ranges)}`);
      const replay = await this.openReplay(plan, readings);
      try {
        await this.replay(replay);
        return copy === null ? null : await this.compare(replay, copy, plan, readings);
      } finally {
        await replay.close();
      }
    } finally {
      await copy?.close();
    }
  }

  private async copyLive(readings: LiveReadings): Promise<LiveCopy> {
    const { live, settings, folder, ports } = this;
    const progress = ports.progress("rows and records of the live application");
    try {
      return await LiveCopy.make({
        live,
        readings,
        folder: folder.livePath,
        partitions: settings.partitions,
        syncTopic: namesOf(settings).queueAssignments,
        signal: ports.signal,
        copied: (count) => progress.update(count),
      });
    } finally {
      progress.clear();
    }
  }

  private openReplay(plan: ReplayPlan, readings: LiveReadings): Promise<Replay> {
    const { live, settings, folder, ports, request } = this;
    const { tenant, workItemStream, topicPrefix, partitions } = settings;
    const total = offsetsIn(plan.ranges, "rebuilt") + offsetsIn(plan.ranges, "replayed");
    const progress = ports.progress("records");
    const ownTopic = this.ownTopic;
    return Replay.open({
      live,
      readings,
      plan,
      settings: {
        applicationId: replayApplicationId(settings.applicationId, request.id),
        topicPrefix,
        partitions,
        tenant,
        workItemStream,
        // They ask something of the live tasks.
        controlRecords: "ignore",
      },
      folder: folder.dataPath,
      topics: ownTopic === null ? [] : [{ name: ownTopic, partitions, cleanup: "compact" }],
      cacheBytes: settings.cacheMb * MIB,
      signal: ports.signal,
      processed: (records) => (records < total ? progress.update(records, total) : progress.clear()),
    });
  }

  private async replay(replay: Replay): Promise<void> {
    const { request, settings, folder, ports } = this;
    const sink = await openSink(request, settings, { folder, replay, writer: ports.writer });
    try {
      const totals = await replay.run();
      const codec = replay.assignmentCodec;
      let assignments = 0;
      for await (const records of replay.assignments()) {
        const decoded = records.flatMap((record) =>
          record.value === null ? [] : [{ record, value: codec.decodeAs("QueueAssignment", record.value) }],
        );
        await sink.write(decoded);
        assignments += decoded.length;
      }
      await sink.end();
      ports.say(`queue-ratchet: ${endText(totals, assignments)}`);
    } finally {
      await sink.close();
    }
  }

  private async compare(
    replay: Replay,
    copy: LiveCopy,
    plan: ReplayPlan,
    readings: LiveReadings,
  ): Promise<ComparisonTotals> {
    const { settings, ports } = this;
    const progress = ports.progress("conversations compared");
    let count = 0;
    for (let partition = 0; partition < settings.partitions; partition++) {
      const compared = {
        replayed: replay.rows(partition),
        liveRows: copy.rows(partition),
        syncRecords: copy.syncRecords(partition),
        starts: inputStarts(plan.input, namesOf(settings), partition, plan.ranges),
      };
      for await (const conversation of comparePartition(compared, readings, ports.signal)) {
        count += 1;
        progress.update(count);
        if (conversation.outcome !== "same") progress.clear();
        await ports.report.add(conversation);
      }
    }
    progress.clear();
    return ports.report.end();
  }

  /** The topic of the replay's own folder that the sink fills: the embedded engine has no other that a replay may write. */
  private get ownTopic(): string | null {
    const { sink } = this.request;
    return sink.kind === "topic" && this.settings.engine === "embedded" ? sink.name : null;
  }

  private async tidy(): Promise<void> {
    const { folder, request, settings } = this;
    const { id } = request;
    if (this.ownTopic !== null)
      this.kept = `queue-ratchet: topic ${this.ownTopic} is in ${folder.path}: replay --show ${id} prints it, replay --clean ${id} removes it\n`;
    else if (request.keep)
      this.kept = `queue-ratchet: kept: explain KEY --data-dir ${folder.dataPath} --application-id ${replayApplicationId(settings.applicationId, id)} says why a conversation is where it is; replay --clean ${id} removes it\n`;
    else if (folder.manifest.topicsMade.length === 0) return folder.remove();
    else {
      await folder.wipe();
      this.kept = `queue-ratchet: replay --clean ${id} removes the topic that was made\n`;
    }
    return folder.release();
  }
}

function manifestOf(request: ReplayRequest, settings: ReplaySettings, { asked }: ReplayPlace): Manifest {
  const { applicationId, topicPrefix, partitions, engine } = settings;
  const { id, sink } = request;
  return {
    format: 1,
    id,
    applicationId,
    topicPrefix,
    partitions,
    startedAt: new Date().toISOString(),
    finishedAt: null,
    pid: process.pid,
    asked,
    ownTopic: sink.kind === "topic" && engine === "embedded" ? sink.name : null,
    topicsMade: [],
    partialFile: null,
  };
}

/** Read only: the schemas that the live application has registered. */
async function liveRegistry(settings: ReplaySettings): Promise<SchemaRegistry> {
  if (settings.engine === "embedded") return LocalSchemaRegistry.open(settings.dataDir);
  const { schemaRegistry } = await import("../kafka/connection.js");
  return schemaRegistry(settings);
}
