/** A schema registry behind Confluent's REST API, through the Confluent client. */
import { setTimeout as pause } from "node:timers/promises";
import { SchemaRegistry as Client, COMPATIBILITY, SchemaType } from "@kafkajs/confluent-schema-registry";
import { z } from "zod";
import { type SchemaRegistry, SchemaRegistryError } from "./port.js";

export interface ConfluentSchemaRegistryOptions {
  /** The base URL, without the path of an operation. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  /** How long one call may take, the client's own retries included (ms). */
  readonly deadlineMs?: number;
}

const DEFAULT_DEADLINE_MS = 10_000;
/** Two instances that register the same new schema at once: the registry answers one of them 409. */
const CONFLICT = 409;
const NOT_FOUND = 404;
const NO_CONNECTION = /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|socket hang up/;
const LEVEL = z.object({ compatibilityLevel: z.string() });
const CONFLICT_TRIES = 5;
const CONFLICT_PAUSE_MS = 100;

export class ConfluentSchemaRegistry implements SchemaRegistry {
  private readonly client: Client;
  private readonly url: string;
  private readonly host: string;
  private readonly authorization: Readonly<Record<string, string>>;
  private readonly deadlineMs: number;

  constructor({ url, auth, deadlineMs = DEFAULT_DEADLINE_MS }: ConfluentSchemaRegistryOptions) {
    this.url = url;
    this.deadlineMs = deadlineMs;
    const host = url.replace(/\/+$/, "");
    this.host = host;
    this.authorization =
      auth === undefined
        ? {}
        : { authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}` };
    this.client = new Client(auth === undefined ? { host } : { host, auth: { ...auth } });
  }

  async register(subject: string, schema: string): Promise<number> {
    for (let tries = 1; ; tries++) {
      try {
        const { id } = await this.bounded(this.registerOnce(subject, schema));
        return id;
      } catch (cause) {
        const again = statusOf(cause) === CONFLICT || isUnlikeConfigured(cause);
        if (!again || tries === CONFLICT_TRIES)
          throw this.failure(`cannot register the schema of subject "${subject}"`, cause);
        await pause(CONFLICT_PAUSE_MS * tries);
        // Whoever made the subject died before it said so.
        if (isUnlikeConfigured(cause) && tries === CONFLICT_TRIES - 1) await this.configureIfUnset(subject);
      }
    }
  }

  async schemaById(id: number): Promise<string | null> {
    try {
      // The client gives a compiled avsc type; its JSON form is the schema.
      return JSON.stringify(await this.bounded(this.client.getSchema(id)));
    } catch (cause) {
      if (statusOf(cause) === NOT_FOUND || isRefusedByAvro(cause)) return null;
      throw this.failure(`cannot get schema ${id}`, cause);
    }
  }

  private registerOnce(subject: string, schema: string): Promise<{ readonly id: number }> {
    return this.client.register(
      { type: SchemaType.AVRO, schema },
      { subject, compatibility: COMPATIBILITY.BACKWARD_TRANSITIVE },
    );
  }

  /**
   * The client makes a subject first and sets its compatibility after that. In between, registries that answer for such a subject
   * with their global level make it look like somebody's choice; a level that differs from the global one is one, and stays.
   */
  private async configureIfUnset(subject: string): Promise<void> {
    const [own, global] = await Promise.all([
      this.levelAt(`/config/${encodeURIComponent(subject)}`),
      this.levelAt("/config"),
    ]);
    if (own === null || own !== global) return;
    const body = JSON.stringify({ compatibility: COMPATIBILITY.BACKWARD_TRANSITIVE });
    await this.request("PUT", `/config/${encodeURIComponent(subject)}`, body);
  }

  /** Null when there is none, or it cannot be asked for: what was asked for in the first place then says what is wrong. */
  private async levelAt(path: string): Promise<string | null> {
    const answer = await this.request("GET", path).catch(() => null);
    return LEVEL.safeParse(answer).data?.compatibilityLevel ?? null;
  }

  /** What the client has no call for. */
  private async request(method: "GET" | "PUT", path: string, body?: string): Promise<unknown> {
    const response = await fetch(`${this.host}${path}`, {
      method,
      signal: AbortSignal.timeout(this.deadlineMs),
      headers: { "content-type": "application/vnd.schemaregistry.v1+json", ...this.authorization },
      ...(body === undefined ? {} : { body }),
    });
    return response.ok ? response.json() : null;
  }

  /** The client itself waits for ever on a server that accepts and does not answer. */
  private async bounded<Result>(call: Promise<Result>): Promise<Result> {
    const timer = new AbortController();
    const late = pause(this.deadlineMs, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`no answer within ${this.deadlineMs} ms`);
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      timer.abort();
      // The aborted timer rejects: nobody waits for it any more.
      late.catch(() => undefined);
    }
  }

  private failure(what: string, cause: unknown): SchemaRegistryError {
    const message = cause instanceof Error ? cause.message : String(cause);
    const status = statusOf(cause);
    // The client makes a status up when there was no answer.
    const unreachable = NO_CONNECTION.test(message);
    const answer = status === null || unreachable ? "" : ` (status ${status})`;
    const advice = unreachable ? "; check --registry-url, and that it can be reached from here" : "";
    return new SchemaRegistryError(`schema registry ${this.url}: ${what}${answer}: ${message}${advice}`, { cause });
  }
}

/** Whether the subject has, or seems to have, another compatibility than it is to have. */
function isUnlikeConfigured(error: unknown): boolean {
  // The client exports no class of it.
  return error instanceof Error && error.name === "ConfluentSchemaRegistryCompatibilityError";
}

/** Whether the registry has the schema but it is none that avsc understands: asking again would not help. */
function isRefusedByAvro(error: unknown): boolean {
  // The client compiles what it gets, whatever that is, and gives every failure of it this name; it exports no class.
  return error instanceof Error && error.name === "ConfluentSchemaRegistryArgumentError";
}

function statusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("status" in error)) return null;
  return typeof error.status === "number" ? error.status : null;
}
