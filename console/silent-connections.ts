/**
 * Connections on which no request has come yet. Node does not count them as idle (it waits for their first head), so a
 * server that closes would wait for them. Of plain HTTP: over TLS a request's socket is another one than its connection's.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Thousands of them go a few at a time: closed at once, they would be a quarter of a second in which nobody is answered. */
const CLOSED_AT_ONCE = 50;
const LOOK_EVERY_MS = 10;

export class SilentConnections {
  /** When each was opened, oldest first; without those that were found to have begun to speak. */
  private readonly openedAtMs = new Map<Socket, number>();
  /** On these a head has begun. */
  private readonly speaking = new Set<Socket>();
  private readonly timer: NodeJS.Timeout;

  /** @param silentForMs after which one that has not said a word is closed; sooner than Node would do it */
  constructor(
    server: Server,
    private readonly silentForMs: number,
  ) {
    server.on("connection", (socket) => {
      this.openedAtMs.set(socket, performance.now());
      socket.once("close", () => this.forget(socket));
    });
    server.on("request", ({ socket }) => this.forget(socket));
    this.timer = setInterval(() => this.closeSome(), LOOK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
    for (const socket of [...this.openedAtMs.keys(), ...this.speaking]) socket.destroy();
  }

  private forget(socket: Socket): void {
    this.openedAtMs.delete(socket);
    this.speaking.delete(socket);
  }

  private closeSome(): void {
    const beforeMs = performance.now() - this.silentForMs;
    let closed = 0;
    for (const [socket, openedMs] of this.openedAtMs) {
      if (openedMs > beforeMs || closed === CLOSED_AT_ONCE) return;
      this.openedAtMs.delete(socket);
      // When its head does not come in time, Node knows what to say.
      if (socket.bytesRead > 0) this.speaking.add(socket);
      else {
        socket.destroy();
        closed += 1;
      }
    }
  }
}
