/** The ways to recover that are measured: the same instance again, and another one in its place. */
import { setTimeout as delay } from "node:timers/promises";
import type { Application } from "../kafka/application.js";
import { clockMs } from "../kafka/clock.js";
import { type Said, Service } from "../kafka/service.js";
import type { Flow } from "./flow.js";

export interface Scene {
  readonly application: Application;
  readonly flow: Flow;
  readonly sessionTimeoutMs: number;
}

export interface Recovered {
  /** From the start of the process, or from the kill of the other one, to the first decision of an event produced after it. */
  readonly decidedMs: number;
  /** To when it was given the partition. */
  readonly assignedMs: number;
  /** Of the changelog, to bring the store to its end. */
  readonly recordsRead: number;
  readonly restoreMs: number;
  readonly changelogRecords: number;
  /** Of the process that recovered, since its start. */
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

/** Between two kills: the store changes. */
const STEADY_MS = 3_000;

export function startService({ application, sessionTimeoutMs }: Scene, folder: string): Service {
  return new Service({ application, folder, sessionTimeoutMs, guarantee: "exactly_once", nodeFlags: [] });
}

/** Killed, and started again at once on its folder. @returns the new process, and what it took */
export async function restart(scene: Scene, service: Service, folder: string): Promise<[Service, Recovered]> {
  await delay(STEADY_MS);
  const changelogRecords = await changelogEnd(scene);
  await service.kill();
  const again = startService(scene, folder);
  return [again, await recovered(scene, again, again.spawnedAtMs, changelogRecords)];
}

/** The owner is killed while another instance stands by. @returns what it took that one */
export async function takeOver(scene: Scene, owner: Service, standby: Service): Promise<Recovered> {
  await delay(STEADY_MS);
  const changelogRecords = await changelogEnd(scene);
  const killedMs = clockMs();
  await owner.kill();
  return recovered(scene, standby, killedMs, changelogRecords);
}

/** Returns once it is a member, whatever it was given, and events are decided by whoever is to. */
export async function join({ flow }: Scene, service: Service): Promise<void> {
  const { atMs } = await service.says(isRatchetAssigned);
  await flow.decidedAfter(atMs);
}

/** Whether it was given the partition last. */
export function owns(service: Service): boolean {
  return service.said.filter(isRatchetAssigned).at(-1)?.partitions !== "";
}

async function recovered(
  { flow }: Scene,
  service: Service,
  fromMs: number,
  changelogRecords: number,
): Promise<Recovered> {
  const { seenMs } = await flow.decidedAfter(fromMs);
  const said = service.said.filter(({ atMs }) => atMs >= fromMs);
  const restored = said.filter(({ msg, task }) => msg === "restored" && String(task).startsWith("ratchet-"));
  const sum = (field: "records" | "ms") => restored.reduce((total, line) => total + Number(line[field]), 0);
  const assigned = said.find((line) => isRatchetAssigned(line) && line.partitions !== "");
  return {
    decidedMs: seenMs - fromMs,
    assignedMs: (assigned?.atMs ?? Number.NaN) - fromMs,
    recordsRead: sum("records"),
    restoreMs: sum("ms"),
    changelogRecords,
    ...service.usage,
  };
}

/** In offsets, which is a little more than records. */
async function changelogEnd({ application }: Scene): Promise<number> {
  const places = application.places(application.names.changelog);
  const [starts, ends] = [await application.starts(places), await application.ends(places)];
  return ends.reduce((sum, end, index) => sum + end - (starts[index] ?? 0), 0);
}

function isRatchetAssigned({ msg, group }: Said): boolean {
  return msg === "partitions assigned" && String(group).endsWith("-ratchet");
}
