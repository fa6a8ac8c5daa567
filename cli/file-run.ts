/** Runs documents of files through the product's topologies in an embedded engine that is thrown away afterwards. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedEngine, type FolderOwner, type Log } from "../runtime/embedded/index.js";
import type { CommittedReport } from "../runtime/observer.js";
import { type ConsumedRecord, encodeText, headerText, type ProducedRecord } from "../runtime/task/index.js";
import type { AssignmentDecision, ConversationKey, QueueAssignment, Source } from "../schemas/index.js";
import { type ProductOutcome, productTopology, topicNames } from "../topology/index.js";
import { type FedChunk, Feed } from "./feed.js";
import type { Progress } from "./output/progress.js";

export interface FileRunSettings {
  /** The source of every document; null to tell it from each. */
  readonly source: Source | null;
  readonly tenant: string | null;
  readonly workItemStream: "present" | "absent";
  readonly applicationId: string;
  readonly topicPrefix: string;
  /** Run only the documents of this conversation; null for all. What cannot be read is named in any case: it may be one. */
  readonly conversation: ConversationKey | null;
}

/** Told of everything, in the order of the input. */
export interface FileRunOutput {
  assignment(row: QueueAssignment): void;
  decision(row: AssignmentDecision): void;
  ignored(): void;
  /** Called between chunks of the input. */
  flush(): Promise<void>;
}

export interface FileRunPorts {
  readonly output: FileRunOutput;
  readonly progress: Progress;
  /** Takes a line for standard error. */
  readonly complain: (line: string) => void;
}

/** One partition: what is printed then stands in the order of the input, across conversations too. */
const PARTITIONS = 1;
const RETAINED_BYTES = 64 * 1024 * 1024;

/** Opens a run, hands it out, and removes all traces of it. */
export async function withFileRun<Result>(
  settings: FileRunSettings,
  ports: FileRunPorts,
  use: (run: FileRun) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-try-"));
  try {
    const run = await FileRun.open(folder, settings, ports);
    try {
      return await use(run);
    } finally {
      await run.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export class FileRun {
  private readonly feed: Feed;
  private readonly outputs: readonly OutputReader[];
  private readonly onlyKey: Uint8Array | null;
  private documents = 0;
  private refused = 0;
  private rawOffset = 0;
  /** Where the documents of the chunk at hand stand, by the offset of their raw events. */
  private readonly places = new Map<number, string>();

  private constructor(
    private readonly ports: FileRunPorts,
    readonly engine: EmbeddedEngine<ProductOutcome>,
    readonly owner: FolderOwner,
    settings: FileRunSettings,
  ) {
    const { output } = ports;
    const topics = topicNames({ prefix: settings.topicPrefix, applicationId: settings.applicationId });
    this.feed = new Feed({ topic: topics.rawEvents, source: settings.source, tenant: settings.tenant });
    this.onlyKey = settings.conversation === null ? null : encodeText(settings.conversation);
    this.outputs = [
      new OutputReader(engine.log, topics.deadLetters, (record) => this.deadLetter(record)),
      new OutputReader(engine.log, topics.queueAssignments, (record) =>
        output.assignment(this.decode(record, "QueueAssignment")),
      ),
      new OutputReader(engine.log, topics.decisions, (record) =>
        output.decision(this.decode(record, "AssignmentDecision")),
      ),
    ];
  }

  static async open(folder: string, settings: FileRunSettings, ports: FileRunPorts): Promise<FileRun> {
    const { applicationId, topicPrefix } = settings;
    const owner: FolderOwner = { applicationId, topicPrefix, partitions: PARTITIONS };
    // What was decided from it is printed: nobody asks for it again.
    const retention = { retentionMs: null, retentionBytes: RETAINED_BYTES };
    const engine = await EmbeddedEngine.open({
      ...owner,
      topology: productTopology({ ...settings, partitions: PARTITIONS }),
      folder,
      retention: () => retention,
      observer: { committed: (report) => countIgnored(report, ports.output) },
    });
    engine.start();
    return new FileRun(ports, engine, owner, settings);
  }

  /** How many documents and files were unreadable; each was named through `complain`. */
  get unreadable(): number {
    return this.refused;
  }

  /** A file that cannot be read is unreadable like a document: it is named, and the others are still run. */
  async file(name: string): Promise<void> {
    for await (const chunk of this.feed.file(name, (place, why) => this.refuse(place, why))) await this.chunk(chunk);
  }

  close(): Promise<void> {
    return this.engine.stop();
  }

  private async chunk({ documents, fed }: FedChunk): Promise<void> {
    this.places.clear();
    const wanted = fed.filter(({ record }) => this.isWanted(record));
    for (const { place } of wanted) {
      this.places.set(this.rawOffset, place);
      this.rawOffset += 1;
    }
    await this.engine.append(wanted.map(({ record }) => record));
    await this.engine.caughtUp();
    for (const reader of this.outputs) await reader.readToEnd();
    this.documents += documents;
    this.ports.progress.update(this.documents);
    await this.ports.output.flush();
  }

  private isWanted({ key }: ProducedRecord): boolean {
    return this.onlyKey === null || key === null || Buffer.compare(key, this.onlyKey) === 0;
  }

  private deadLetter(record: ConsumedRecord): void {
    const topic = headerText(record.headers, "original-topic") ?? "";
    const offset = Number(headerText(record.headers, "original-offset"));
    const place = this.places.get(offset) ?? `${topic}:${offset}`;
    this.refuse(place, headerText(record.headers, "error-message") ?? "");
  }

  private refuse(place: string, why: string): void {
    this.refused += 1;
    this.ports.progress.clear();
    this.ports.complain(`${place}: ${why}`);
  }

  private decode<Name extends "QueueAssignment" | "AssignmentDecision">(record: ConsumedRecord, name: Name) {
    if (record.value === null) throw new Error(`${record.topic}:${record.offset}: has no value`);
    return this.engine.codec(record.topic).decodeAs(name, record.value);
  }
}

function countIgnored({ outcomes }: CommittedReport<ProductOutcome>, output: FileRunOutput): void {
  for (const outcome of outcomes) if (outcome.kind === "ignored") output.ignored();
}

/** Hands on what is new in an output topic. */
class OutputReader {
  private nextOffset = 0;

  constructor(
    private readonly log: Log,
    private readonly topic: string,
    private readonly handle: (record: ConsumedRecord) => void,
  ) {}

  async readToEnd(): Promise<void> {
    while (this.nextOffset < this.log.endOffset(this.topic, 0)) {
      const slice = await this.log.read(this.topic, 0, this.nextOffset);
      for (const record of slice.records) this.handle(record);
      this.nextOffset = slice.nextOffset;
    }
  }
}
