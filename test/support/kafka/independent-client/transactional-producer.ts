/** A transactional producer of the independent client. Several may be used at once, and their transactions interleaved. */
import { z } from "zod";
import type { PythonProcess } from "./python-process.js";
import { type RecordToWrite, toJson } from "./records.js";

const NOTHING = z.null();

export class TransactionalProducer {
  constructor(
    private readonly python: PythonProcess,
    private readonly producer: string,
  ) {}

  async begin(): Promise<void> {
    await this.python.ask("begin", { producer: this.producer }, NOTHING);
  }

  /** They are with the broker after `flush` or `commit`, not before. */
  async send(topic: string, records: readonly RecordToWrite[], partition?: number): Promise<void> {
    await this.python.ask("send", { producer: this.producer, topic, records: records.map(toJson), partition }, NOTHING);
  }

  async flush(): Promise<void> {
    await this.python.ask("flush", { producer: this.producer }, NOTHING);
  }

  async commit(): Promise<void> {
    await this.python.ask("commit", { producer: this.producer }, NOTHING);
  }

  async abort(): Promise<void> {
    await this.python.ask("abort", { producer: this.producer }, NOTHING);
  }

  /** Without ending its transaction. */
  async close(): Promise<void> {
    await this.python.ask("close", { producer: this.producer }, NOTHING);
  }
}
