/**
 * Connections on which no request has come yet. Node does not count them as idle (it waits for their first head), so a
 * server that closes would wait for them. Of plain HTTP: over TLS a request's socket is another one than its connection's.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";

export class SilentConnections {
  private readonly sockets = new Set<Socket>();

  constructor(server: Server) {
    server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    server.on("request", ({ socket }) => this.sockets.delete(socket));
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
