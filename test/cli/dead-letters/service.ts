/** A service on the embedded engine that runs in this process, and what it logs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { DEAD_LETTERS_SETTINGS, type DeadLettersSettings } from "../../../cli/dead-letters/settings.js";
import { settingValues } from "../../../cli/settings/index.js";
import type { ServiceLog } from "../../../cli/start/log.js";
import { Service, START_SETTINGS } from "../../../cli/start/service.js";

/** A thread takes no TypeScript. */
const THREAD_FILE = new URL("../../../dist/cli/start/public/thread.js", import.meta.url);

const SOURCES = { environment: {}, configFile: undefined };

/** It goes with the test. */
export async function newFolder(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "operator-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return join(root, "data");
}

/** It stops with the test, if not before. */
export async function runningService(
  dataDir: string,
  flags: Readonly<Record<string, string>> = {},
): Promise<{ readonly service: Service; readonly logged: string[]; readonly http: string }> {
  const logged: string[] = [];
  const write = (message: string, fields = {}) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log: ServiceLog = { ready: () => undefined, info: write, warn: write, error: write };
  const service = await openService(dataDir, flags, log);
  onTestFinished(() => service.stop());
  const { http } = await service.start();
  return { service, logged, http };
}

/** In a folder of its own, for several tests together, who close it after the last one. */
export async function startedService(flags: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), "service-"));
  const dataDir = join(root, "data");
  const quiet = () => undefined;
  const service = await openService(dataDir, flags, { ready: quiet, info: quiet, warn: quiet, error: quiet });
  await service.start();
  const close = async () => {
    await service.stop();
    await rm(root, { recursive: true, force: true });
  };
  return { service, dataDir, close };
}

async function openService(dataDir: string, flags: Readonly<Record<string, string>>, log: ServiceLog) {
  const all = { dataDir, port: "0", metricsPort: "0", partitions: "3", ...flags };
  return Service.open(await settingValues(START_SETTINGS, { ...SOURCES, flags: all }), log, THREAD_FILE);
}

export function deadLettersSettings(dataDir: string): Promise<DeadLettersSettings> {
  return settingValues(DEAD_LETTERS_SETTINGS, { ...SOURCES, flags: { dataDir, partitions: "3" } });
}
