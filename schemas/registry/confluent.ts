/** A schema registry behind Confluent's REST API, through the Confluent client. */
import { setTimeout as pause } from "node:timers/promises";
import { SchemaRegistry as Client, COMPATIBILITY, SchemaType } from "@kafkajs/confluent-schema-registry";
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
const CONFLICT_TRIES = 5;
const CONFLICT_PAUSE_MS = 100;

export class ConfluentSchemaRegistry implements SchemaRegistry {
  private readonly client: Client;
  private readonly url: string;
  private readonly deadlineMs: number;

  constructor({ url, auth, deadlineMs = DEFAULT_DEADLINE_MS }: ConfluentSchemaRegistryOptions) {
    this.url = url;
    this.deadlineMs = deadlineMs;
    const host = url.replace(/\/+$/, "");
    this.client = new Client(auth === undefined ? { host } : { host, auth: { ...auth } });
  }

  async register(subject: string, schema: string): Promise<number> {
    for (let tries = 1; ; tries++) {
      try {
        const { id } = await this.bounded(this.registerOnce(subject, schema));
        return id;
      } catch (cause) {
        if (statusOf(cause) !== CONFLICT || tries === CONFLICT_TRIES) {
          throw this.failure(`cannot register the schema of subject "${subject}"`, cause);
        }
        await pause(CONFLICT_PAUSE_MS * tries);
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

/** Whether the registry has the schema but it is none that avsc understands: asking again would not help. */
function isRefusedByAvro(error: unknown): boolean {
  // The client compiles what it gets, whatever that is, and gives every failure of it this name; it exports no class.
  return error instanceof Error && error.name === "ConfluentSchemaRegistryArgumentError";
}

function statusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("status" in error)) return null;
  return typeof error.status === "number" ? error.status : null;
}
