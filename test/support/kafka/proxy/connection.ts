/** One client's connection through a proxy: what it asks goes to the broker, what the broker answers comes back. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { frames, type RequestHeader, requestHeader, responseCorrelationId, withoutLength } from "./frames.js";
import type { Frame, FrameAction } from "./rules.js";

const UNKNOWN_API = -1;

export interface Traffic {
  decide(frame: Frame): FrameAction | null;
  /** Resolves when traffic may pass. */
  passing(): Promise<void>;
}

export class ProxiedConnection {
  /** Resolves once both sides are closed, however. */
  readonly closed: Promise<void>;
  private readonly broker: Socket;
  private readonly aborted = new AbortController();
  private asked: RequestHeader[] = [];

  constructor(
    private readonly client: Socket,
    brokerPort: number,
    private readonly traffic: Traffic,
  ) {
    this.broker = connect({ port: brokerPort, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    const closed = [client, this.broker].map((socket) => new Promise<void>((gone) => socket.once("close", gone)));
    this.closed = Promise.all(closed).then(() => undefined);
    // An error is followed by "close".
    for (const socket of [client, this.broker]) socket.on("error", () => undefined);
    client.once("close", () => this.close());
    this.broker.once("close", () => {
      // Its last answers may still be on their way to the client.
      if (!client.writableEnded) this.close();
    });
    void this.pump(client, this.broker, (frame) => this.onRequest(frame));
    void this.pump(this.broker, client, (frame) => this.onResponse(frame));
  }

  close(): void {
    this.aborted.abort();
    this.client.destroy();
    this.broker.destroy();
  }

  /** Reads no further than the other side takes. */
  private async pump(from: Socket, to: Socket, act: (frame: Buffer) => FrameAction | null): Promise<void> {
    const { signal } = this.aborted;
    try {
      for await (const frame of frames(from)) {
        await this.traffic.passing();
        const action = act(frame);
        if (action === "drop") continue;
        if (action === "cut") return this.close();
        if (action !== null) await delay(action.delayMs, undefined, { signal });
        if (signal.aborted) return;
        if (!to.write(frame)) await once(to, "drain", { signal });
      }
      to.end();
    } catch {
      // A side broke or was closed.
      this.close();
    }
  }

  private onRequest(frame: Buffer): FrameAction | null {
    const header = requestHeader(frame);
    const action = this.traffic.decide({ on: "request", apiKey: header.apiKey, bytes: withoutLength(frame) });
    // One that the broker does not see is not answered.
    if (action !== "drop") this.asked.push(header);
    return action;
  }

  private onResponse(frame: Buffer): FrameAction | null {
    const correlationId = responseCorrelationId(frame);
    const at = this.asked.findIndex((header) => header.correlationId === correlationId);
    const apiKey = this.asked[at]?.apiKey ?? UNKNOWN_API;
    // A broker answers a connection in order: what was asked before has no answer (a produce request with acks 0).
    this.asked = this.asked.slice(at + 1);
    return this.traffic.decide({ on: "response", apiKey, bytes: withoutLength(frame) });
  }
}
