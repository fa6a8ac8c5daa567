/** What a process has used, as Linux counts it. */
import { readFileSync } from "node:fs";

export interface Usage {
  /** User and system time since its start. */
  readonly cpuSeconds: number;
  /** The most memory it ever had (VmHWM). */
  readonly peakBytes: number;
}

/** USER_HZ, which is 100 wherever Node.js runs. */
const TICKS_PER_SECOND = 100;
/** Of /proc/PID/stat, counted behind the name of the program, which may hold anything. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** @throws when there is no such process, or no Linux */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
  const peakKib = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakBytes: Number(peakKib) * 1_024 };
}

/** What all processes of this machine have used together, and had left: whether others worked beside a benchmark. */
export function machineBusySeconds(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = line.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softIrq) / TICKS_PER_SECOND;
}
