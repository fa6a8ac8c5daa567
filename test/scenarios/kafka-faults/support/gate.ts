/** Stands before a server that others use too, and can be shut: connections are refused then. */
import { connect, createServer, type Server, type Socket } from "node:net";

export class Gate {
  private readonly connections = new Set<Socket>();
  private server: Server | null = null;
  private port = 0;

  private constructor(private readonly target: URL) {}

  /** @param url of the server, which listens on 127.0.0.1. */
  static async before(url: string): Promise<Gate> {
    const gate = new Gate(new URL(url));
    await gate.open();
    return gate;
  }

  /** The server's URL, through the gate. */
  get url(): string {
    const { target, port } = this;
    return `http://127.0.0.1:${port}${target.pathname}`;
  }

  /** On the same port as before. */
  async open(): Promise<void> {
    const server = createServer((client) => this.join(client));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a gate has no port");
    this.port = address.port;
    this.server = server;
  }

  async shut(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const connection of this.connections) connection.destroy();
    });
  }

  private join(client: Socket): void {
    const { hostname, port } = this.target;
    const server = connect({ host: hostname, port: Number(port) });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.connections.add(one);
      // An error is followed by "close".
      one.on("error", () => undefined);
      one.once("close", () => {
        this.connections.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
