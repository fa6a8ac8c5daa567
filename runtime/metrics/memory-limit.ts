/** How much memory the process may use: beyond it, whoever set the limit ends it. */
import { totalmem } from "node:os";

/** What the process and the machine say, in bytes. */
export interface MemoryBounds {
  /** Of the control group. Without a limit: nothing or 0, or a number beyond every machine, by the version of either. */
  readonly constrained: number | undefined;
  readonly total: number;
}

function ownBounds(): MemoryBounds {
  return { constrained: process.constrainedMemory(), total: totalmem() };
}

/** @returns bytes. V8 bounds its own heap below it (`--max-old-space-size`); RocksDB's memory and buffers lie outside of that. */
export function memoryLimitBytes({ constrained, total }: MemoryBounds = ownBounds()): number {
  return constrained === undefined || constrained <= 0 ? total : Math.min(constrained, total);
}
