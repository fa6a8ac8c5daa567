/** An HTTP listener with bounds: on sizes, on times, on how it closes. */
import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { errorBody } from "./errors.js";

/** No route of a listener that only answers questions takes a body. */
const MAX_BODY_BYTES = 1_024;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
/** A conversation key may be long: up to 512 characters of tenant, each up to nine when it is percent-encoded. */
const MAX_PARAMETER_CHARACTERS = 8_192;

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
export function newListener(onError: (error: Error) => void): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Shutting down does not wait for clients that keep an idle connection.
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
  });
  app.setNotFoundHandler((_, reply) => reply.code(404).send(errorBody("NOT_FOUND", "there is nothing at this path")));
  app.setErrorHandler((error: FastifyError, _, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send(errorBody(error.code, error.message));
    onError(error);
    return reply.code(status).send(errorBody("INTERNAL", "the request failed; the service's log says why"));
  });
  return app;
}

/** @returns `host:port`, the port that was chosen. @throws ListenError */
export async function listen(app: FastifyInstance, { host, port, setting }: ListenAt): Promise<string> {
  try {
    const url = new URL(await app.listen({ host, port }));
    return url.host.includes(":") ? url.host : `${url.host}:${port}`;
  } catch (cause) {
    throw new ListenError(reasonOf(cause, { host, port, setting }), { cause });
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
