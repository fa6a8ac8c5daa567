/**
 * Stands before the framework and sends webhooks away that there is no room for: in an overload most requests end here, and
 * whatever that costs is lost to those that are accepted.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { SOURCES, type Source } from "../../schemas/index.js";
import { drain } from "./read-body.js";

/** Seconds after which whoever was sent away may come again. */
export const RETRY_AFTER_S = "1";

export interface GatePorts {
  /** Asked for each webhook. */
  readonly sendsAway: () => boolean;
  /** Told of each that was sent away. @param from the address of the connection */
  readonly onSentAway: (source: Source, from: string) => void;
}

/** Requests that are let in go on to whoever listened to the server before. */
export function addGate(server: Server, { sendsAway, onSentAway }: GatePorts): void {
  const listeners = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    const source = sourceOf(request);
    if (source === null || !sendsAway()) {
      for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
      return;
    }
    onSentAway(source, request.socket.remoteAddress ?? "");
    answer(request, response);
  });
}

const PREFIXES = SOURCES.map((source) => [source, `/webhooks/${source}`] as const);

function sourceOf({ method, url = "" }: IncomingMessage): Source | null {
  if (method !== "POST") return null;
  return PREFIXES.find(([, prefix]) => url.startsWith(prefix))?.[0] ?? null;
}

/** Without a body: with one, Node makes a gathering write of it, which takes half as long again. */
const HEADERS = ["retry-after", RETRY_AFTER_S, "content-length", "0"];

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (isSmall(request)) discard(request);
  else drain(request);
  response.writeHead(503, HEADERS).end();
}

const SMALL_BYTES = 64 * 1_024;

function isSmall({ headers }: IncomingMessage): boolean {
  return Number(headers["content-length"] ?? Number.NaN) <= SMALL_BYTES;
}

/**
 * Node does this itself with the rest of a request that was answered. Done before the body comes it is never put into the
 * stream's buffer, which saves a fifth of what sending away costs. Not public: without it, all is as before.
 */
function discard(request: IncomingMessage): void {
  if ("_dump" in request && typeof request._dump === "function") request._dump();
}
