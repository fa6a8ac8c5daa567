/** An HTTP listener with bounds: on sizes, on times, on connections, on how it closes. */
import { createServer, type RequestListener, type Server, type ServerOptions, STATUS_CODES } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { errorBody } from "./errors.js";
import { SilentConnections } from "./silent-connections.js";

/** Of routes that answer questions: none takes a body. Routes that do have a bound of their own. */
const MAX_BODY_BYTES = 1_024;
/** A whole request has to be here by then, and its head sooner. */
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 8_000;
/** A connection has to say its first word by then. */
const SILENT_FOR_MS = 5_000;
/**
 * How often it is looked for requests that take too long. Node's own half minute would be the bound otherwise; and thousands
 * that were opened one after the other are to be closed so, and not in one go in which nobody is answered.
 */
const LOOK_EVERY_MS = 100;
/** A connection on which nothing moves while a request is under way. */
const SILENCE_TIMEOUT_MS = 15_000;
/**
 * Longer than proxies keep theirs (60 s is what they do by default): who closes first must be the proxy, or it sends a
 * request into a connection that is closing.
 */
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16 * 1_024;
const MAX_HEADERS = 100;
/** Beyond it new ones are closed at once. */
const MAX_CONNECTIONS = 16_384;
/** Of the backlog of the socket. */
const BACKLOG = 1_024;
/** A conversation key may be long: up to 512 characters of tenant, each up to nine when it is percent-encoded. */
const MAX_PARAMETER_CHARACTERS = 8_192;
/** Whoever is still being answered then is cut off: the process is to end. */
const CLOSE_WITHIN_MS = 6_000;

export interface ListenerOptions {
  /** PEM; null: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | null;
  /** Addresses of proxies whose X-Forwarded-For is believed; null: nobody's. */
  readonly trustProxy?: readonly string[] | null;
}

export interface ListenAt {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The setting that gave the port, as errors name it. */
  readonly setting: string;
}

/** A port cannot be listened on. The message names the setting and says what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** @param onError told of what no client is to be told: a defect, or the disk. */
export function newListener(
  onError: (error: Error) => void,
  { tls = null, trustProxy = null }: ListenerOptions = {},
): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    serverFactory: (handler) => boundedServer(handler, tls),
    trustProxy: trustProxy === null ? false : [...trustProxy],
    // Shutting down does not wait for clients that keep an idle connection.
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    clientErrorHandler: refuseBytes,
  });
  const silent = new SilentConnections(app.server, SILENT_FOR_MS);
  if (tls === null) app.addHook("preClose", async () => silent.close());
  app.setNotFoundHandler((_, reply) => reply.code(404).send(errorBody("NOT_FOUND", "there is nothing at this path")));
  app.setErrorHandler((error: FastifyError, _, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send(errorBody(error.code, error.message));
    onError(error);
    return reply.code(status).send(errorBody("INTERNAL", "the request failed; the service's log says why"));
  });
  return app;
}

/** What could not be read as HTTP, or did not come in time, has no request to answer: nobody can tell where the next one begins. */
function refuseBytes({ code }: Error & { readonly code?: string }, socket: Socket): void {
  // Of thousands that never said a word, each answer would cost more than it is worth.
  if (!socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  const [status, name] = REFUSALS[code ?? ""] ?? [400, "BAD_REQUEST"];
  const body = JSON.stringify(errorBody(name, "this is no HTTP request that the service reads"));
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8`;
  socket.end(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`, () => socket.destroy());
}

const REFUSALS: Readonly<Record<string, readonly [status: number, name: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "HEADERS_TOO_LARGE"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "TOO_SLOW"],
};

function boundedServer(handler: RequestListener, tls: ListenerOptions["tls"]): Server {
  const bounds: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: LOOK_EVERY_MS,
    insecureHTTPParser: false,
  };
  const server = tls
    ? createTlsServer({ ...bounds, ...tls, handshakeTimeout: REQUEST_TIMEOUT_MS }, handler)
    : createServer(bounds, handler);
  server.setTimeout(SILENCE_TIMEOUT_MS);
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

/** @returns `host:port`, the port that was chosen. @throws ListenError */
export async function listen(app: FastifyInstance, { host, port, setting }: ListenAt): Promise<string> {
  try {
    const url = new URL(await app.listen({ host, port, backlog: BACKLOG }));
    return url.host.includes(":") ? url.host : `${url.host}:${port}`;
  } catch (cause) {
    throw new ListenError(reasonOf(cause, { host, port, setting }), { cause });
  }
}

/** Accepts nothing more, answers what was accepted, and closes: with whoever is left cut off, within a few seconds. */
export async function closeListener(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_WITHIN_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(cause: unknown, { host, port, setting }: ListenAt): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE")
    return `port ${port} of ${host} is taken: choose another with --${setting}, 0 for any free one`;
  if (code === "EACCES") return `port ${port} of ${host} is not open to this user: choose another with --${setting}`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN")
    return `${host} is no address of this machine: choose another with --host`;
  return `cannot listen on port ${port} of ${host}: ${cause instanceof Error ? cause.message : String(cause)}`;
}
