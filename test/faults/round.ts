/** One round: instances under load, faults, rest, and the verifier's word. */
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { randomNumbers } from "../oracle/settings.js";
import {
  type Application,
  awaitNoLag,
  awaitNoTransactions,
  Findings,
  readLocalStore,
  topicsOf,
  verify,
} from "../support/verifier/index.js";
import { between } from "./faults/fault.js";
import { FAULTS, type Stage } from "./faults/index.js";
import { Fleet } from "./fleet.js";
import { Instance } from "./instance.js";
import { Load } from "./load/load.js";
import { Traffic } from "./load/traffic.js";
import type { Scene } from "./scene.js";
import { type Plan, planOf } from "./schedule.js";
import {
  AT_REST_WITHIN_MS,
  CONVERSATIONS,
  LOAD,
  PARTITIONS,
  SESSION_TIMEOUT_MS,
  TRANSACTIONS_END_WITHIN_MS,
} from "./settings.js";

export interface RoundOptions {
  /** It repeats the round. */
  readonly seed: number;
  /** The only kind of fault, for looking into one. */
  readonly only: string | null;
  /** The command line that is put to the test, unless it is the built one or the environment's. */
  readonly program?: string;
}

export interface RoundResult {
  readonly seed: number;
  readonly plan: Plan;
  readonly findings: Findings;
  /** What must not have happened beside the invariants. */
  readonly problems: readonly string[];
  /** What was done when, in words. */
  readonly course: readonly string[];
  readonly instances: readonly Instance[];
}

export function isPassed({ findings, problems }: RoundResult): boolean {
  return findings.violations.length === 0 && problems.length === 0;
}

const PROGRAM = resolve(process.env.QUEUE_RATCHET_PROGRAM || "dist/cli/main.js");
const RULE = { workItemStream: "present" } as const;
/** Load before the first fault and after the last, so that each has something to disturb. */
const UNDISTURBED_MS = 1_000;

export async function runRound(scene: Scene, options: RoundOptions): Promise<RoundResult> {
  const { seed, only, program = PROGRAM } = options;
  const round = new Round(scene, seed, planOf(seed, only), program);
  try {
    await round.run();
  } finally {
    await round.end();
  }
  if (isPassed(round)) await round.cleanUp();
  return round;
}

class Round implements RoundResult {
  readonly findings = new Findings();
  readonly problems: string[] = [];
  readonly course: string[] = [];
  readonly instances: readonly Instance[];
  private readonly random: () => number;
  private readonly application: Application;
  private readonly startMs = performance.now();

  constructor(
    private readonly scene: Scene,
    readonly seed: number,
    readonly plan: Plan,
    private readonly program: string,
  ) {
    this.random = randomNumbers(seed);
    const name = `round-${seed}-${Date.now().toString(36)}`;
    this.application = { applicationId: name, topicPrefix: `${name}.`, partitions: PARTITIONS };
    const count = 2 + Math.floor(this.random() * 2);
    this.instances = Array.from({ length: count }, (_, index) => this.newInstance(index + 1));
  }

  async run(): Promise<void> {
    for (const instance of this.instances) instance.start();
    const ready = await Promise.all(this.instances.map((instance) => instance.isReady()));
    if (ready.includes(false)) return void this.problem("not all instances became ready");
    this.did("ready");
    const load = this.newLoad();
    load.start();
    await delay(UNDISTURBED_MS);
    await this.disturb();
    await delay(UNDISTURBED_MS);
    await load.stop();
    this.did(`the load is written: ${load.deliveries.size} bodies`);
    await this.comeToRest();
    await this.verify(load);
  }

  private async disturb(): Promise<void> {
    const { kafka } = this.scene;
    const { random } = this;
    const stage: Stage = {
      kafka,
      random,
      fleet: new Fleet(this.instances, kafka.brokers, random),
      problem: (text) => this.problem(text),
    };
    for (const kinds of this.plan) {
      this.did(`begins: ${kinds.join(" and ")}`);
      await Promise.all(kinds.map((kind) => FAULTS.get(kind)?.(stage)));
      await delay(between(random, 100, 1_000));
    }
    await stage.fleet.recover();
    this.did("all are there again");
  }

  private async comeToRest(): Promise<void> {
    const { reader, kafka } = this.scene;
    const tookMs = await awaitNoLag(this.findings, reader, this.application, AT_REST_WITHIN_MS);
    this.did(tookMs === null ? "is not at rest" : `at rest after ${Math.round(tookMs)} ms`);
    await awaitNoTransactions(this.findings, reader, this.application, kafka.bootstrap, TRANSACTIONS_END_WITHIN_MS);
    this.did("no transactions");
    await Promise.all(this.instances.map((instance) => instance.stop()));
    this.did("stopped");
  }

  /** Nobody will look at it again. */
  async cleanUp(): Promise<void> {
    await this.scene.reader.deleteTopics(Object.values(topicsOf(this.application)));
    for (const instance of this.instances) instance.remove();
  }

  /** Nothing of it is to disturb the next round. */
  async end(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.end()));
  }

  private async verify({ deliveries }: Load): Promise<void> {
    const { application, findings, scene } = this;
    const { reader } = scene;
    const stores = [];
    for (const { dataFolder } of this.instances) stores.push(await readLocalStore(dataFolder, PARTITIONS));
    await verify(findings, { reader, application, deliveries, stores, options: RULE });
    this.did("verified");
  }

  private newInstance(number: number): Instance {
    const { kafka, registryUrl, folder } = this.scene;
    const { applicationId, topicPrefix, partitions } = this.application;
    const settings = {
      engine: "kafka",
      brokers: kafka.proxiedBootstrap,
      "registry-url": registryUrl,
      "application-id": applicationId,
      "topic-prefix": topicPrefix,
      partitions,
      "replication-factor": 3,
      "session-timeout-ms": SESSION_TIMEOUT_MS,
      port: 0,
      "metrics-port": 0,
    };
    return new Instance({
      name: `${applicationId}-instance-${number}`,
      program: this.program,
      args: ["start", ...Object.entries(settings).flatMap(([flag, value]) => [`--${flag}`, String(value)])],
      folder,
      problem: (text) => this.problem(text),
    });
  }

  private newLoad(): Load {
    const traffic = new Traffic(randomNumbers(this.seed + 1), CONVERSATIONS);
    const options = { ...LOAD, random: randomNumbers(this.seed + 2) };
    return new Load(this.scene.reader, this.application, traffic, options);
  }

  private problem(text: string): void {
    this.problems.push(text);
    this.did(text);
  }

  private did(what: string): void {
    this.course.push(`${((performance.now() - this.startMs) / 1000).toFixed(1)} s: ${what}`);
  }
}
