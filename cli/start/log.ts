/** The service's log: lines for people on a terminal, JSON for programs elsewhere. No bodies, names or secrets in it. */
import pino from "pino";
import type { Colors } from "../output/terminal.js";
import { printable } from "../output/text.js";

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** As `host:port`. */
export interface Addresses {
  readonly http: string;
  readonly metrics: string;
  /** There when `http` speaks TLS. */
  readonly tls?: true;
}

export interface ServiceLog {
  /** The service listens and processes. */
  ready(addresses: Addresses, fields: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export function jsonLog(): ServiceLog {
  // Written at once: what was said before a crash is what tells why.
  const logger = pino(
    { base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 1, sync: true }),
  );
  return {
    ready: (addresses, fields) => logger.info({ ...addresses, ...fields }, "ready"),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}

export function terminalLog(write: (line: string) => void, colors: Colors): ServiceLog {
  const line =
    (sign: string) =>
    (message: string, fields: LogFields = {}) => {
      const named = Object.entries(fields).map(
        ([name, value]) => `${colors.dim(`${name}=`)}${printable(String(value))}`,
      );
      write(`${[`${sign} ${printable(message)}`, ...named].join(" ")}\n`);
    };
  const info = line(colors.green("\u2022"));
  return {
    ready: ({ http, metrics, tls }, fields) =>
      info("ready; Ctrl-C stops it", {
        http: `${tls ? "https" : "http"}://${http}`,
        metrics: `http://${metrics}/metrics`,
        ...fields,
      }),
    info,
    warn: line(colors.yellow("!")),
    error: line(colors.red("\u00d7")),
  };
}
