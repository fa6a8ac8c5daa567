/** A real schema registry (Apicurio, which speaks Confluent's API), in memory. */
import { registryJar } from "../downloads/index.js";
import { freePorts, JVM_OPTIONS, java, ProcessFolder, ServerProcess } from "../processes/index.js";

const READY_WITHIN_MS = 60_000;

export interface RegistryOptions {
  /** For its log; removed at the end. Otherwise a new one in the system's temporary folder. */
  readonly folder?: string;
  /** The process with which it ends, this one unless told; null: it runs on. */
  readonly owner?: number | null;
}

export class Registry {
  constructor(
    /** The base address of Confluent's API. Compatibility is NONE there unless set for the subject. */
    readonly url: string,
    readonly logFile: string,
    private readonly folder: ProcessFolder,
  ) {}

  /** The log stays when it is stopped. */
  keepLogs(): void {
    this.folder.keepLogs();
  }

  async stop(): Promise<void> {
    await this.folder.end();
  }
}

/**
 * @throws ServerFailed naming its log, and its last lines.
 * @throws DownloadFailed when its jar is not here and cannot be fetched.
 */
export async function startRegistry({ folder: path, owner = process.pid }: RegistryOptions = {}): Promise<Registry> {
  const jar = await registryJar();
  const folder = ProcessFolder.create("queue-ratchet-registry-", { owner, ...(path === undefined ? {} : { path }) });
  try {
    const [port] = await freePorts(1);
    const settings = [`-Dquarkus.http.port=${port}`, "-Dquarkus.http.host=127.0.0.1", `-Dlog.of=${folder.path}`];
    const server = new ServerProcess(folder, {
      name: "registry",
      command: java(),
      args: [...JVM_OPTIONS, "-Xmx256m", ...settings, "-jar", jar],
    });
    const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
    server.start();
    await server.ready(() => answers(url), READY_WITHIN_MS);
    return new Registry(url, server.logFile, folder);
  } catch (error) {
    folder.keepLogs();
    await folder.end();
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(1_000) });
    return ok;
  } catch {
    return false;
  }
}
