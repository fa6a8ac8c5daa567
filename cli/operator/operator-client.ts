/** Asks the service that runs on a data folder, by its operator endpoint. */
import { z } from "zod";
import { FailedError } from "../errors.js";
import { printable } from "../output/text.js";
import { problemOf } from "../service-http.js";
import { type Operator, readOperatorFile } from "./operator-file.js";

const ANSWERED_WITHIN_MS = 5_000;

/** Another program may have the port by now. */
const serviceSchema = z.object({ service: z.literal("queue-ratchet") });

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface BytesAnswer {
  readonly headers: Headers;
  /** As they come; leaving them ends the answer. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export class OperatorClient {
  private constructor(private readonly operator: Operator) {}

  /**
   * Null when no service answers there: there is none, it was killed and left its file, or it cannot be reached from here. The
   * folder's lock tells which. @throws StorageError
   */
  static async connect(folder: string): Promise<OperatorClient | null> {
    const operator = await readOperatorFile(folder);
    if (operator === null) return null;
    const client = new OperatorClient(operator);
    return (await client.isThere()) ? client : null;
  }

  /** @throws FailedError when the service has gone, or fails */
  async get(path: string): Promise<Answer> {
    const response = await this.ask(path, {});
    return { status: response.status, body: await this.unlessGone(response.json()) };
  }

  /**
   * What the service says step by step. @param json the body of a POST; without it, it is a GET
   * @throws FailedError when the service refuses, goes away or does not speak NDJSON
   */
  async *steps(path: string, json?: unknown): AsyncGenerator<unknown> {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(json) };
    const response = await this.ask(path, json === undefined ? {} : init);
    if (!response.ok) throw refusal(await this.unlessGone(response.json()), response.status);
    if (response.body === null) return;
    const lines = linesOf(response.body);
    try {
      for (;;) {
        const { value, done } = await this.unlessGone(lines.next());
        if (done) return;
        yield await this.unlessGone(jsonOf(value));
      }
    } finally {
      await lines.return(undefined);
    }
  }

  /** An answer that is no JSON. @throws FailedError when the service refuses, or goes away: the chunks throw it too */
  async bytes(path: string): Promise<BytesAnswer> {
    const response = await this.ask(path, {});
    if (!response.ok) throw refusal(await this.unlessGone(response.json()), response.status);
    return { headers: response.headers, chunks: this.chunks(response) };
  }

  private async *chunks({ body }: Response): AsyncGenerator<Uint8Array> {
    if (body === null) return;
    const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { value, done } = await this.unlessGone(chunks.next());
        if (done) return;
        yield value;
      }
    } finally {
      // Whoever takes no more lets the service know.
      await chunks.return?.();
    }
  }

  private async isThere(): Promise<boolean> {
    try {
      const response = await this.fetch("/", { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) });
      return response.ok && serviceSchema.safeParse(await response.json()).success;
    } catch {
      // Nobody listens there, or somebody else does.
      return false;
    }
  }

  private ask(path: string, init: RequestInit): Promise<Response> {
    return this.unlessGone(this.fetch(path, init));
  }

  private fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.operator.token}`);
    return fetch(new URL(path, this.operator.url), { ...init, headers });
  }

  private async unlessGone<Got>(asked: Promise<Got>): Promise<Got> {
    try {
      return await asked;
    } catch (error) {
      throw this.gone(error);
    }
  }

  private gone(cause: unknown): FailedError {
    return new FailedError(
      `the running service (pid ${this.operator.pid}) has gone away in the middle of its answer: try again`,
      { cause },
    );
  }
}

/** The part of a line at the end is one too: what is cut off there is no JSON. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

async function jsonOf(line: string): Promise<unknown> {
  return JSON.parse(line);
}

function refusal(body: unknown, status: number): FailedError {
  const problem = problemOf(body);
  const why = problem === null ? `status ${status}` : `${printable(problem.code)}: ${printable(problem.message)}`;
  return new FailedError(`the running service refuses: ${why}`);
}
