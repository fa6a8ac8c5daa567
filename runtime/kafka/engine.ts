/** The Kafka engine: tasks of a topology in a group of instances, exactly once. */
import type { ContractCodec, ContractName } from "../../schemas/index.js";
import type { Engine, TaskBytes, TaskStatus } from "../engine.js";
import type { EngineState } from "../life-cycle.js";
import type { ReadableStore } from "../stores/index.js";
import type { ProducedRecord } from "../task/index.js";
import type { KafkaEngineOptions } from "./engine-options.js";

export class KafkaEngine<Outcome> implements Engine {
  static async open<Outcome>(_options: KafkaEngineOptions<Outcome>): Promise<KafkaEngine<Outcome>> {
    throw new Error("under construction");
  }
  get state(): EngineState {
    throw new Error("under construction");
  }
  get failure(): Error | null {
    throw new Error("under construction");
  }
  get folder(): string {
    throw new Error("under construction");
  }
  get tasks(): readonly TaskStatus[] {
    throw new Error("under construction");
  }
  get isReady(): boolean {
    throw new Error("under construction");
  }
  start(): void {}
  async append(_records: readonly ProducedRecord[]): Promise<unknown> {
    throw new Error("under construction");
  }
  async caughtUp(): Promise<void> {}
  async ended(): Promise<void> {}
  async stop(): Promise<void> {}
  async storeBytes(): Promise<readonly TaskBytes[]> {
    return [];
  }
  codec(_topic: string): ContractCodec<ContractName> {
    throw new Error("under construction");
  }
  /** @throws NotHereError when no task of this instance has it. */
  store(_name: string, _partition: number): ReadableStore {
    throw new Error("under construction");
  }
}
