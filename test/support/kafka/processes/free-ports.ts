/** Ports that nobody listens on. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below the ports that systems give to outgoing connections: one of those would be taken again before a server that is
// only starting, or restarting, has bound it.
const FROM = 20_000;
const TO = 32_000;
const TRIES = 1_000;

/** @returns different free ports of 127.0.0.1. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tried = 0; ports.size < count; tried += 1) {
    if (tried === TRIES) throw new Error(`no ${count} free ports between ${FROM} and ${TO} after ${TRIES} tries`);
    const port = randomInt(FROM, TO);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
