/** A running service's topics and state, asked of its operator endpoint. */
import { z } from "zod";
import { NEXT_OFFSET_HEADER } from "../../console/index.js";
import { checkIdentity, type FolderOwner } from "../../runtime/embedded/index.js";
import { FolderIdentityError } from "../../runtime/folder/index.js";
import {
  decodeRecords,
  decodeState,
  type LiveApplication,
  LiveBytesError,
  type LiveLog,
  StateOnce,
  type StateReading,
} from "../../runtime/live/index.js";
import type { LogPage } from "../../runtime/queries/index.js";
import { FailedError, UsageError } from "../errors.js";
import type { OperatorClient } from "../operator/operator-client.js";
import { notOurs } from "../operator/served-steps.js";
import { printable } from "../output/text.js";
import { problemOf } from "../service-http.js";

const offset = z.int().nonnegative();
const offsetsSchema = z.object({ startOffset: offset, endOffset: offset });
const offsetSchema = z.object({ offset });
const rawPositionSchema = z.object({ offset: offset.nullable() });
const identitySchema = z.object({
  applicationId: z.string(),
  topicPrefix: z.string(),
  partitions: z.int().positive(),
  version: z.string(),
  topics: z.array(z.object({ name: z.string(), partitions: z.int().positive() })),
});

/** @throws UsageError when the service is of other settings; FailedError when it cannot be understood */
export async function openServedApplication(client: OperatorClient, wanted: FolderOwner): Promise<LiveApplication> {
  const identity = await ask(client, "/live", identitySchema);
  mustBe(identity, wanted);
  const partitions = new Map(identity.topics.map((topic) => [topic.name, topic.partitions]));
  return {
    log: new ServedLog(client),
    partitionsOf: (topic) => partitions.get(topic) ?? null,
    state: async (partition) => {
      if (partition >= identity.partitions) throw new RangeError(`the assignment store has no partition ${partition}`);
      return new StateOnce(() => servedState(client, partition));
    },
    rawPosition: async (partition) => (await ask(client, `/live/raw-position/${partition}`, rawPositionSchema)).offset,
    close: async () => undefined,
  };
}

class ServedLog implements LiveLog {
  constructor(private readonly client: OperatorClient) {}

  async startOffset(topic: string, partition: number): Promise<number> {
    return (await this.offsets(topic, partition)).startOffset;
  }

  async endOffset(topic: string, partition: number): Promise<number> {
    return (await this.offsets(topic, partition)).endOffset;
  }

  async offsetAt(topic: string, partition: number, timestampMs: number): Promise<number> {
    const path = `/live/offset-at?${queryOf({ topic, partition, timestampMs })}`;
    return (await ask(this.client, path, offsetSchema)).offset;
  }

  async read(topic: string, partition: number, fromOffset: number): Promise<LogPage> {
    const path = `/live/records?${queryOf({ topic, partition, offset: fromOffset })}`;
    const { headers, chunks } = await this.client.bytes(path);
    const all: Uint8Array[] = [];
    for await (const chunk of chunks) all.push(chunk);
    const nextOffset = offset.safeParse(Number(headers.get(NEXT_OFFSET_HEADER)));
    if (!nextOffset.success) throw notOurs(nextOffset.error, nextOffset.error.message);
    return understood(() => ({
      records: decodeRecords(topic, partition, Buffer.concat(all)),
      nextOffset: nextOffset.data,
    }));
  }

  private offsets(topic: string, partition: number) {
    return ask(this.client, `/live/offsets?${queryOf({ topic, partition })}`, offsetsSchema);
  }
}

async function* servedState(client: OperatorClient, partition: number): StateReading {
  const { chunks } = await client.bytes(`/live/state/${partition}`);
  try {
    return yield* decodeState(chunks);
  } catch (error) {
    throw error instanceof LiveBytesError ? notOurs(error, error.message) : error;
  }
}

async function ask<Answer>(client: OperatorClient, path: string, schema: z.ZodType<Answer>): Promise<Answer> {
  const { status, body } = await client.get(path);
  const problem = problemOf(body);
  if (problem !== null)
    throw new FailedError(`the running service: ${status} ${printable(problem.code)}: ${printable(problem.message)}`);
  const answer = schema.safeParse(body);
  if (answer.success) return answer.data;
  throw notOurs(answer.error, answer.error.message);
}

function understood<Answer>(read: () => Answer): Answer {
  try {
    return read();
  } catch (error) {
    throw error instanceof LiveBytesError ? notOurs(error, error.message) : error;
  }
}

function mustBe(owner: FolderOwner, wanted: FolderOwner): void {
  try {
    checkIdentity(owner, wanted, "the running service");
  } catch (error) {
    if (error instanceof FolderIdentityError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function queryOf(values: Readonly<Record<string, string | number>>): string {
  return new URLSearchParams(
    Object.entries(values).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}
