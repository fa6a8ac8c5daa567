/** Runs documents through the product's topologies in a throwaway embedded engine, and prints what happened. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Document, InputError, openInput, readDocuments } from "../../ingress/files/index.js";
import { describeRefusal, MAX_BODY_BYTES } from "../../processors/index.js";
import { EmbeddedEngine, type Log, type RowPage } from "../../runtime/embedded/index.js";
import type { CommittedReport } from "../../runtime/observer.js";
import { type ConsumedRecord, headerText, type ProducedRecord } from "../../runtime/task/index.js";
import { assignmentRowCodec, type Source } from "../../schemas/index.js";
import { ASSIGNMENT_STORE, type ProductOutcome, productTopology, topicNames } from "../../topology/index.js";
import type { Progress } from "../output/progress.js";
import { printable } from "../output/text.js";
import { Feed } from "./feed.js";
import type { TryOutput } from "./output.js";
import { keyed, stateRow } from "./rows.js";

export interface TrySettings {
  readonly files: readonly string[];
  readonly source: Source | null;
  readonly tenant: string | null;
  readonly workItemStream: "present" | "absent";
  readonly applicationId: string;
  readonly topicPrefix: string;
}

export interface TryPorts {
  readonly output: TryOutput;
  readonly progress: Progress;
  /** Takes a line for standard error. */
  readonly complain: (line: string) => void;
}

/** One partition: what is printed then stands in the order of the input, across conversations too. */
const PARTITIONS = 1;
const RETAINED_BYTES = 64 * 1024 * 1024;
/** How many rows of the state are printed at once. */
const STATE_PAGE_ROWS = 1_000;

/**
 * @returns how many documents were unreadable; each was named through `complain`.
 * @throws ReaderGoneError when nobody reads the output any more.
 */
export async function runTry(settings: TrySettings, ports: TryPorts): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-try-"));
  try {
    const run = await TryRun.open(folder, settings, ports);
    try {
      for (const file of settings.files) await run.file(file);
      return await run.end();
    } finally {
      await run.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class TryRun {
  private readonly feed: Feed;
  private readonly outputs: readonly OutputReader[];
  private documents = 0;
  private unreadable = 0;
  private rawOffset = 0;
  /** Where the documents of the chunk at hand stand, by the offset of their raw events. */
  private readonly places = new Map<number, string>();

  private constructor(
    private readonly ports: TryPorts,
    private readonly engine: EmbeddedEngine<ProductOutcome>,
    settings: TrySettings,
  ) {
    const topics = topicNames({ prefix: settings.topicPrefix, applicationId: settings.applicationId });
    this.feed = new Feed({ topic: topics.rawEvents, source: settings.source, tenant: settings.tenant });
    this.outputs = [
      new OutputReader(engine.log, topics.deadLetters, (record) => this.deadLetter(record)),
      new OutputReader(engine.log, topics.queueAssignments, (record) =>
        ports.output.assignment(keyed(this.decode(record, "QueueAssignment"))),
      ),
      new OutputReader(engine.log, topics.decisions, (record) =>
        ports.output.decision(keyed(this.decode(record, "AssignmentDecision"))),
      ),
    ];
  }

  static async open(folder: string, settings: TrySettings, ports: TryPorts): Promise<TryRun> {
    const { applicationId, topicPrefix } = settings;
    // What was decided from it is printed: nobody asks for it again.
    const retention = { retentionMs: null, retentionBytes: RETAINED_BYTES };
    const engine = await EmbeddedEngine.open({
      topology: productTopology({ ...settings, partitions: PARTITIONS }),
      folder,
      applicationId,
      topicPrefix,
      partitions: PARTITIONS,
      retention: () => retention,
      observer: { committed: (report) => countIgnored(report, ports.output) },
    });
    engine.start();
    return new TryRun(ports, engine, settings);
  }

  /** A file that cannot be read is unreadable like a document: it is named, and the others are still run. */
  async file(name: string): Promise<void> {
    const input = openInput(name);
    try {
      for await (const chunk of readDocuments(input.stream, { maxDocumentBytes: MAX_BODY_BYTES })) {
        await this.chunk(input.name, chunk);
      }
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.refuse(printable(input.name), error.message);
    }
  }

  async end(): Promise<number> {
    const { output, progress } = this.ports;
    progress.clear();
    const store = this.engine.store(ASSIGNMENT_STORE, 0);
    let conversations = 0;
    let diverged = 0;
    let page: RowPage = { rows: [], after: "" };
    while (page.after !== null) {
      page = await store.page({ after: page.after, maxRows: STATE_PAGE_ROWS });
      const rows = page.rows.map(({ key, value }) => stateRow(key, assignmentRowCodec.decode(value)));
      conversations += rows.length;
      diverged += rows.filter((row) => row.diverged).length;
      await output.states(rows);
    }
    await output.end({ conversations, diverged, unreadable: this.unreadable });
    return this.unreadable;
  }

  close(): Promise<void> {
    return this.engine.stop();
  }

  private async chunk(file: string, documents: readonly Document[]): Promise<void> {
    this.places.clear();
    const records: ProducedRecord[] = [];
    for (const document of documents) {
      const record = this.recordOf(`${printable(file)}:${document.line}`, document);
      if (record !== null) records.push(record);
    }
    await this.engine.append(records);
    await this.engine.caughtUp();
    for (const reader of this.outputs) await reader.readToEnd();
    this.documents += documents.length;
    this.ports.progress.update(this.documents);
    await this.ports.output.flush();
  }

  private recordOf(place: string, document: Document): ProducedRecord | null {
    if ("problem" in document) {
      this.refuse(place, problemText(document));
      return null;
    }
    const fed = this.feed.next(document.body);
    if (fed.kind === "refused") {
      this.refuse(place, describeRefusal(fed.reading.refusal));
      return null;
    }
    this.places.set(this.rawOffset, place);
    this.rawOffset += 1;
    return fed.record;
  }

  private deadLetter(record: ConsumedRecord): void {
    const topic = headerText(record.headers, "original-topic") ?? "";
    const offset = Number(headerText(record.headers, "original-offset"));
    const place = this.places.get(offset) ?? `${topic}:${offset}`;
    this.refuse(place, headerText(record.headers, "error-message") ?? "");
  }

  private refuse(place: string, why: string): void {
    this.unreadable += 1;
    this.ports.progress.clear();
    this.ports.complain(`${place}: ${why}`);
  }

  private decode<Name extends "QueueAssignment" | "AssignmentDecision">(record: ConsumedRecord, name: Name) {
    if (record.value === null) throw new Error(`${record.topic}:${record.offset}: has no value`);
    return this.engine.codec(record.topic).decodeAs(name, record.value);
  }
}

function problemText(document: Extract<Document, { problem: string }>): string {
  if (document.problem === "too-large") {
    return `BODY_TOO_LARGE: the document has ${document.sizeBytes} bytes; at most ${MAX_BODY_BYTES} are read`;
  }
  return "INVALID_JSON: the array is not closed";
}

function countIgnored({ outcomes }: CommittedReport<ProductOutcome>, output: TryOutput): void {
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
