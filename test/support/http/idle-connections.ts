/**
 * A process that opens connections and leaves them: half of them say nothing, half have asked one question.
 * `node idle-connections.js {"host": …, "port": …, "count": …}`. It says how many it has `opened`, and at its end how many were `kept`.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface IdleOptions {
  readonly host: string;
  readonly port: number;
  readonly count: number;
}

const AT_ONCE = 50;
const CLOSE_EVERY_MS = 5;
const { host, port, count }: IdleOptions = JSON.parse(process.argv[2] ?? "");
const open = new Set<Socket>();
let connected = 0;

async function openOne(number: number): Promise<void> {
  const socket = connect({ host, port });
  socket.on("error", () => undefined).on("close", () => open.delete(socket));
  await once(socket, "connect");
  open.add(socket);
  connected += 1;
  if (number % 2 === 0) socket.write(`GET /healthz HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  socket.resume();
}

for (let opened = 0; opened < count; opened += AT_ONCE)
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, count - opened) }, (_, index) => openOne(index).catch(() => undefined)),
  );
process.stdout.write(`opened ${connected}\n`);
process.stdin.on("end", () => void closeAll()).resume();

/** Not in one go: that would be an attack of another kind. */
async function closeAll(): Promise<void> {
  process.stdout.write(`kept ${open.size}\n`);
  while (open.size > 0) {
    for (const socket of [...open].slice(0, AT_ONCE)) {
      open.delete(socket);
      socket.destroy();
    }
    await delay(CLOSE_EVERY_MS);
  }
  process.exit(0);
}
