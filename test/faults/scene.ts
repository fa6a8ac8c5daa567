/** The servers that all rounds share, and the folder in which they leave what is to be looked at. */
import { type Kafka, startKafka } from "../support/kafka/cluster/index.js";
import { ProcessFolder } from "../support/kafka/processes/index.js";
import { type Registry, startRegistry } from "../support/kafka/registry/index.js";
import { Reader } from "../support/verifier/index.js";
import { CLUSTER } from "./settings.js";

export class Scene {
  private constructor(
    readonly kafka: Kafka,
    readonly registryUrl: string,
    /** Its own; null when it uses another's. */
    private readonly registry: Registry | null,
    /** Past the proxies: it sees the cluster as it is. */
    readonly reader: Reader,
    /** Of the instances; they end with this process. */
    readonly folder: ProcessFolder,
  ) {}

  /** @param registryUrl of a schema registry that is there; otherwise one is started. */
  static async start(registryUrl?: string): Promise<Scene> {
    const ownRegistry = registryUrl === undefined ? startRegistry() : null;
    const [kafka, registry] = await Promise.all([startKafka(CLUSTER), ownRegistry]);
    const url = registry?.url ?? registryUrl ?? "";
    const reader = await Reader.start(kafka.bootstrap, url);
    const folder = ProcessFolder.create("queue-ratchet-faults-", { owner: process.pid });
    return new Scene(kafka, url, registry, reader, folder);
  }

  /** @returns the logs of the servers, which stay from now on, as do those of the instances. */
  keepLogs(): readonly string[] {
    this.folder.keepLogs();
    this.kafka.keepLogs();
    this.registry?.keepLogs();
    return this.logFiles;
  }

  get logFiles(): readonly string[] {
    return [...this.kafka.logFiles, ...(this.registry === null ? [] : [this.registry.logFile])];
  }

  async stop(): Promise<void> {
    await this.reader.close();
    await Promise.all([this.folder.end(), this.kafka.stop(), this.registry?.stop()]);
  }
}
