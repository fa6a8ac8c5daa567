/** Stands before one broker, and does to the traffic what its rules say. */
import { createServer, type Server } from "node:net";
import { ProxiedConnection } from "./connection.js";
import { type FrameRule, FrameRules, type RuleHandle } from "./rules.js";

export class KafkaProxy {
  private readonly own = new FrameRules();
  private readonly connections = new Set<ProxiedConnection>();
  private paused: PromiseWithResolvers | null = null;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** @param shared rules of several proxies; its own come first. */
  static async start(brokerPort: number, shared: FrameRules = new FrameRules()): Promise<KafkaProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a proxy has no port");
    const proxy = new KafkaProxy(server, address.port);
    server.on("connection", (client) => {
      const connection = new ProxiedConnection(client, brokerPort, {
        decide: (frame) => proxy.own.decide(frame) ?? shared.decide(frame),
        passing: () => proxy.paused?.promise ?? Promise.resolve(),
      });
      proxy.connections.add(connection);
      void connection.closed.then(() => proxy.connections.delete(connection));
    });
    return proxy;
  }

  rule(rule: FrameRule): RuleHandle {
    return this.own.add(rule);
  }

  /** Connections stay, and are accepted, but nothing passes. */
  pause(): void {
    this.paused ??= withResolvers();
  }

  resume(): void {
    this.paused?.resolve();
    this.paused = null;
  }

  /** Closes every connection that is open now. */
  cutAll(): void {
    for (const connection of this.connections) connection.close();
  }

  async close(): Promise<void> {
    this.resume();
    if (this.server.listening)
      await new Promise<void>((resolve) => {
        this.server.close(() => resolve());
        this.cutAll();
      });
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
