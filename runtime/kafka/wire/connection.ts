/** A connection to a broker: requests in, responses out, every failure as one of this room's errors. */

import { ClosedError, ConnectionError, UnsupportedBrokerError, type WireError } from "./errors.js";
import { fromKafkajs } from "./kafkajs-errors.js";
import { type ApiRange, PrivateConnection, type SocketOptions } from "./kafkajs-private.js";
import type { Api } from "./protocol/api.js";
import { ResponseDecoder } from "./protocol/decoder.js";
import { RequestEncoder } from "./protocol/encoder.js";

export class BrokerConnection {
  readonly address: string;
  readonly #socket: PrivateConnection;
  readonly #requestTimeoutMs: number;
  #offered: ReadonlyMap<number, ApiRange> = new Map();
  #closed = false;

  private constructor(options: SocketOptions) {
    this.address = `${options.host}:${options.port}`;
    this.#requestTimeoutMs = options.requestTimeoutMs;
    this.#socket = new PrivateConnection(options);
  }

  /** @throws ConnectionError, AuthenticationError */
  static async open(options: SocketOptions): Promise<BrokerConnection> {
    const connection = new BrokerConnection(options);
    try {
      connection.#offered = await connection.#socket.open();
      return connection;
    } catch (error) {
      const failure = fromKafkajs(error, `no connection to the broker at ${connection.address}${hint(error)}`);
      await connection.close(failure);
      throw failure;
    }
  }

  get usable(): boolean {
    return !this.#closed && this.#socket.connected;
  }

  /**
   * Requests of one connection reach the broker in the order of the calls, and it works on them one after the other.
   * @param timeoutMs beyond the connection's own limit, for requests on which a broker waits
   * @throws ConnectionError, AuthenticationError, UnsupportedBrokerError, ProtocolError
   */
  async request<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    timeoutMs = this.#requestTimeoutMs,
  ): Promise<Response> {
    this.#mustOffer(api);
    const encoder = new RequestEncoder();
    api.encode(encoder, request);
    const prepared = {
      apiKey: api.key,
      apiName: api.name,
      apiVersion: api.version,
      flexible: api.flexible,
      timeoutMs,
      parts: encoder.parts(),
    };
    try {
      const decoder = new ResponseDecoder(await this.#socket.send(prepared), `${api.name} from ${this.address}`);
      if (api.flexible) decoder.tags();
      return api.decode(decoder);
    } catch (error) {
      const failure = fromKafkajs(error, `${api.name} to the broker at ${this.address} failed`);
      // A late answer must not be taken for that of a later request, nor a broker that hangs be asked again on this connection.
      if (failure instanceof ConnectionError) await this.close(failure);
      throw failure;
    }
  }

  /** The broker has asked for a pause. */
  throttle(forMs: number): void {
    this.#socket.throttle(forMs);
  }

  /** At once: requests without an answer are rejected with `why`. */
  async close(why: WireError = new ClosedError(`the connection to ${this.address} was closed`)): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#socket.close(why);
  }

  #mustOffer(api: { readonly key: number; readonly name: string; readonly version: number }): void {
    const range = this.#offered.get(api.key);
    if (range !== undefined && range.minVersion <= api.version && api.version <= range.maxVersion) return;
    const offered = range === undefined ? "nothing of it" : `${range.minVersion} to ${range.maxVersion}`;
    throw new UnsupportedBrokerError(`the broker at ${this.address}`, api, offered);
  }
}

/** A broker that is spoken to in the wrong way does not say so: it closes the connection. */
function hint(error: unknown): string {
  const closed = error instanceof Error && /closed connection|ECONNRESET/i.test(error.message);
  return closed ? " (closed before it answered: do TLS and SASL fit this port?)" : "";
}
