/** `queue-ratchet start`: from the settings to the end of the process. */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../errors.js";
import type { Progress } from "../output/progress.js";
import { plural } from "../output/text.js";
import type { ServiceLog } from "./log.js";
import { Service, type StartSettings } from "./service.js";
import { StopSignals } from "./signals.js";

export interface StartOptions {
  /** Files to put through `raw-events`, `-` for standard input. */
  readonly input: readonly string[];
  /** End when the input is processed. */
  readonly exitAfterInput: boolean;
  /** Put the bundled incident through a new folder, and print its timeline. */
  readonly demo: boolean;
}

export interface StartPorts {
  readonly log: ServiceLog;
  readonly progress: Progress;
  /** Takes a line about input that cannot be read. */
  readonly complain: (line: string) => void;
  readonly printTimeline: (service: Service, key: string) => Promise<void>;
}

const DEMO_FILE = fileURLToPath(new URL("../demo/kustomer-incident.ndjson", import.meta.url));
const DEMO_TENANT = "5d2f98fec7a28e001a2cfe04";
const DEMO_KEY = `kustomer:${DEMO_TENANT}:621e7d0534b1800f59590a62`;

/** Nobody who asks for a stop is to wait longer. */
const STOP_WITHIN_MS = 10_000;
/** The same, while it is not open yet. */
const OPEN_WITHIN_MS = 3_000;

/** @returns the exit code. @throws what keeps the service from starting */
export async function runStart(settings: StartSettings, options: StartOptions, ports: StartPorts): Promise<number> {
  const { log } = ports;
  const signals = new StopSignals(log);
  try {
    // The incident's audit line does not say whose it is.
    const tenant = options.demo ? (settings.tenant ?? DEMO_TENANT) : settings.tenant;
    const service = await opened(Service.open({ ...settings, tenant }, log), signals.asked);
    if (service === null) return endWhileOpening(log);
    try {
      return await runService(service, options, ports, signals.asked);
    } finally {
      await stopInTime(service);
    }
  } finally {
    signals.release();
  }
}

/** Null when it was asked to stop, and is not open for a while yet: it may be waiting for brokers. */
async function opened(opening: Promise<Service>, asked: Promise<void>): Promise<Service | null> {
  const tooLong = asked.then(() => delay(OPEN_WITHIN_MS, null, { ref: false }));
  return Promise.race([opening, tooLong]);
}

/** Nothing has been processed: there is nothing to finish. */
function endWhileOpening(log: ServiceLog): never {
  log.info("stopped");
  process.exit(EXIT_OK);
}

async function runService(
  service: Service,
  options: StartOptions,
  ports: StartPorts,
  asked: Promise<void>,
): Promise<number> {
  const { log } = ports;
  const addresses = await service.start();
  const ended = Promise.race([asked, service.engine.ended()]).then(() => EXIT_OK);
  if (!service.engine.isReady) log.info("listening", { ...addresses });
  if (await service.becomesReady(ended)) log.ready(addresses, service.description);
  const work = runInput(service, options, ports);
  const worked = work.then((code) => (options.exitAfterInput ? code : new Promise<never>(() => undefined)));
  try {
    const code = await Promise.race([ended, worked, service.listenersFailed]);
    if (options.input.includes("-")) process.stdin.destroy();
    await stopInTime(service);
    await work;
    log.info("stopped");
    return failed(service, log) ? EXIT_FAILED : code;
  } catch (error) {
    // What a request to a failed engine throws is the engine's failure, or follows from it.
    if (failed(service, log)) return EXIT_FAILED;
    throw error;
  }
}

function failed({ engine }: Service, log: ServiceLog): boolean {
  if (engine.failure === null) return false;
  log.error("failed", { error: engine.failure.message });
  process.stderr.write(`queue-ratchet: ${engine.failure.message}\n`);
  return true;
}

/** @returns the exit code, should the input be all that was wanted. */
async function runInput(service: Service, options: StartOptions, ports: StartPorts): Promise<number> {
  const { log, progress, complain } = ports;
  if (options.demo) await runDemo(service, ports);
  if (options.input.length === 0) return EXIT_OK;
  const update = (documents: number) => progress.update(documents);
  const { documents, unreadable } = await service.feed(options.input, { progress: update, complain });
  progress.clear();
  if (!(await isProcessed(service))) return EXIT_OK;
  log.info(`input processed: ${plural(documents, "document")}`, { documents, unreadable });
  return unreadable === 0 ? EXIT_OK : EXIT_USAGE;
}

async function runDemo(service: Service, { log, complain, printTimeline }: StartPorts): Promise<void> {
  if (service.isNew) {
    const { documents } = await service.feed([DEMO_FILE], { progress: () => undefined, complain });
    log.info(`the folder is new: the bundled incident's ${plural(documents, "event")} went through raw-events`);
  }
  if (await isProcessed(service)) await printTimeline(service, DEMO_KEY);
}

/** Waits until all that came in is processed; false when the service was asked to stop before. @throws the engine's failure */
async function isProcessed(service: Service): Promise<boolean> {
  try {
    await service.engine.caughtUp();
  } catch (error) {
    if (service.engine.failure === null && service.isStopping) return false;
    throw error;
  }
  return !service.isStopping;
}

async function stopInTime(service: Service): Promise<void> {
  const timer = setTimeout(() => {
    process.stderr.write(`queue-ratchet: not stopped within ${STOP_WITHIN_MS / 1_000} s: ending anyway\n`);
    process.exit(EXIT_FAILED);
  }, STOP_WITHIN_MS);
  try {
    await service.stop();
  } finally {
    clearTimeout(timer);
  }
}
