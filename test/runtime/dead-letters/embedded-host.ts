/** The dead letters of an embedded engine that runs in this process. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeadLetters, type LetterTopics } from "../../../runtime/dead-letters/index.js";
import { EmbeddedEngine, queryPort } from "../../../runtime/embedded/index.js";
import type { ProducedRecord } from "../../../runtime/task/index.js";
import { type ProductOutcome, productTopology } from "../../../topology/index.js";
import { type LetterHost, PARTITIONS } from "./host.js";

const SETTINGS = { applicationId: "queue-ratchet", topicPrefix: "t.", partitions: PARTITIONS };

export class EmbeddedLetters implements LetterHost {
  readonly topicPrefix = SETTINGS.topicPrefix;

  private constructor(
    readonly folder: string,
    private engine: EmbeddedEngine<ProductOutcome>,
  ) {}

  static async start(): Promise<EmbeddedLetters> {
    const folder = await mkdtemp(join(tmpdir(), "dead-letters-"));
    return new EmbeddedLetters(folder, await life(folder, null));
  }

  get topics(): LetterTopics {
    const { engine } = this;
    const { log } = queryPort(engine);
    return { log, partitionsOf: () => PARTITIONS, append: (records) => engine.append(records) };
  }

  get letters(): DeadLetters {
    return new DeadLetters(this.topics, SETTINGS);
  }

  async pipe(records: readonly ProducedRecord[]): Promise<void> {
    await this.engine.append(records.map((record) => ({ ...record, topic: `${this.topicPrefix}${record.topic}` })));
    await this.engine.caughtUp();
  }

  caughtUp(): Promise<void> {
    return this.engine.caughtUp();
  }

  async restart(tenant: string): Promise<void> {
    await this.engine.stop();
    this.engine = await life(this.folder, tenant);
  }

  async close(): Promise<void> {
    await this.engine.stop();
    await rm(this.folder, { recursive: true });
  }
}

async function life(folder: string, tenant: string | null): Promise<EmbeddedEngine<ProductOutcome>> {
  const topology = productTopology({ ...SETTINGS, tenant, workItemStream: "present" });
  const engine = await EmbeddedEngine.open({ ...SETTINGS, topology, folder });
  engine.start();
  return engine;
}
