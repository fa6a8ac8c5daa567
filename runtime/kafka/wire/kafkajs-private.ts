/**
 * The one file that touches kafkajs' private parts: a connection with its framing, correlation ids, time limits, TLS and SASL.
 * kafkajs is pinned to 2.2.4, so that these stay what they are.
 */
import { Buffer } from "node:buffer";
import net from "node:net";
import tls from "node:tls";
import Connection from "kafkajs/src/network/connection.js";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import { requests } from "kafkajs/src/protocol/requests/index.js";

export type Mechanism = "plain" | "scram-sha-256" | "scram-sha-512";

export interface Sasl {
  readonly mechanism: Mechanism;
  readonly username: string;
  readonly password: string;
}

/** What a line of kafkajs' log becomes. */
export type PrivateLog = (level: "error" | "warn" | "info" | "debug", message: string) => void;

export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly tls: tls.ConnectionOptions | null;
  readonly sasl: Sasl | null;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly log: PrivateLog;
}

export interface ApiRange {
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** A request ready to be sent, without its header. */
export interface PreparedRequest {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly flexible: boolean;
  readonly timeoutMs: number;
  readonly parts: readonly Buffer[];
}

const KEEP_ALIVE_AFTER_MS = 60_000;

/**
 * How long before the end of a SASL session (connections.max.reauth.ms) it is renewed. With kafkajs' default of 10 s, a session
 * that is not longer is renewed for every request, and a broker refuses that within a second of the last time.
 */
export const REAUTHENTICATE_BEFORE_MS = 2_000;

// kafkajs arms a timer of 1 ms on every connection that re-arms itself for ever (K18). It is needed only for requests that wait.
// On the prototype, for the connections that kafkajs' own clients make are out of reach.
const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleIfPending(this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};

/** One connection to one broker. Requests are written in the order of the calls. */
export class PrivateConnection {
  readonly #connection: Connection;
  readonly #clientId: string;
  readonly #sasl: boolean;

  constructor({ host, port, clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs, log }: SocketOptions) {
    this.#clientId = clientId;
    this.#sasl = sasl !== null;
    this.#connection = new Connection({
      host,
      port,
      clientId,
      ssl: tls,
      // kafkajs writes into it.
      sasl: sasl === null ? null : { ...sasl },
      connectionTimeout: connectTimeoutMs,
      requestTimeout: requestTimeoutMs,
      reauthenticationThreshold: REAUTHENTICATE_BEFORE_MS,
      enforceRequestTimeout: true,
      socketFactory: openSocket,
      logger: logger(log),
    });
  }

  get connected(): boolean {
    return this.#connection.isConnected();
  }

  /** Connects, asks what the broker speaks, and authenticates. @returns API key to versions */
  async open(): Promise<ReadonlyMap<number, ApiRange>> {
    await this.#connection.connect();
    const { apiVersions } = await this.#connection.send(requests.ApiVersions.protocol({ version: 2 })());
    const ranges = new Map(apiVersions.map(({ apiKey, ...range }) => [apiKey, range]));
    this.#connection.setVersions(Object.fromEntries(ranges));
    this.#connection.setSupportAuthenticationProtocol(true);
    await this.#connection.authenticate();
    return ranges;
  }

  /** @returns the response without its correlation id */
  async send(request: PreparedRequest): Promise<Buffer> {
    // A session of SASL may end (connections.max.reauth.ms).
    if (this.#sasl && !this.#connection.isAuthenticated()) await this.#connection.authenticate();
    return this.#write(request);
  }

  throttle(forMs: number): void {
    this.#connection.requestQueue.maybeThrottle(forMs);
  }

  /** At once: what waits for an answer is rejected with `why`. */
  async close(why: Error): Promise<void> {
    this.#connection.rejectRequests(why);
    await this.#connection.disconnect();
    this.#connection.socket?.destroy();
  }

  #write({ apiKey, apiName, apiVersion, flexible, timeoutMs, parts }: PreparedRequest): Promise<Buffer> {
    const connection = this.#connection;
    return new Promise<Buffer>((resolve, reject) => {
      connection.failIfNotConnected();
      const correlationId = connection.nextCorrelationId();
      connection.requestQueue.push({
        entry: { apiKey, apiName, apiVersion, correlationId, resolve: ({ payload }) => resolve(payload), reject },
        expectResponse: true,
        requestTimeout: timeoutMs,
        sendRequest: () => {
          const { socket } = connection;
          socket.cork();
          socket.write(requestHeader(apiKey, apiVersion, correlationId, this.#clientId, flexible, parts));
          for (const part of parts) socket.write(part);
          socket.uncork();
        },
      });
    });
  }
}

/** With `noDelay`: Nagle's algorithm would hold back small requests for an acknowledgement's 40 ms. */
export function openSocket({ host, port, ssl, onConnect }: OpenSocket): net.Socket {
  const socket =
    ssl === null
      ? net.connect({ host, port, noDelay: true }, onConnect)
      : tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
  return socket;
}

interface OpenSocket {
  readonly host: string;
  readonly port: number;
  readonly ssl: tls.ConnectionOptions | null;
  readonly onConnect: () => void;
}

function requestHeader(
  apiKey: number,
  apiVersion: number,
  correlationId: number,
  clientId: string,
  flexible: boolean,
  parts: readonly Buffer[],
): Buffer {
  const idBytes = Buffer.byteLength(clientId);
  // A flexible header ends with its own tagged fields, of which there are none: one byte of 0.
  const header = Buffer.alloc(14 + idBytes + (flexible ? 1 : 0));
  const rest = parts.reduce((sum, { length }) => sum + length, 0);
  header.writeInt32BE(header.length - 4 + rest, 0);
  header.writeInt16BE(apiKey, 4);
  header.writeInt16BE(apiVersion, 6);
  header.writeInt32BE(correlationId, 8);
  header.writeInt16BE(idBytes, 12);
  header.write(clientId, 14);
  return header;
}

interface Logger {
  namespace(): Logger;
  error(message: string): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

function logger(log: PrivateLog): Logger {
  const one: Logger = {
    namespace: () => one,
    // What kafkajs calls an error is thrown too, and told by whoever gives up.
    error: (message) => log("warn", message),
    warn: (message) => log("warn", message),
    info: (message) => log("info", message),
    debug: () => undefined,
  };
  return one;
}
