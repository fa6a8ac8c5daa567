/** Whose data a folder holds: a checksummed record in RocksDB, checked at every start. */
import { z } from "zod";
import { FolderIdentityError } from "../folder/index.js";
import { CorruptStoreError, type RocksDb } from "../rocksdb/index.js";
import { checkedValue, encodeChecked } from "../stores/checked-json.js";
import { IDENTITY_KEY } from "./keys.js";

/** Of the keys and values in RocksDB. */
const FORMAT = 1;

/** What a folder was made for. */
export interface FolderOwner {
  readonly applicationId: string;
  readonly topicPrefix: string;
  /** Of all topics but the dead letters. */
  readonly partitions: number;
}

export interface Identity extends FolderOwner {
  readonly format: number;
  /** A UUID, made with the folder. */
  readonly folderId: string;
}

const identitySchema = z.object({
  format: z.literal(FORMAT),
  applicationId: z.string(),
  topicPrefix: z.string(),
  partitions: z.int().positive(),
  folderId: z.string(),
});
const formatSchema = z.object({ format: z.number() });

/** @returns null when there is none. @throws CorruptStoreError, FolderIdentityError for an unknown format */
export async function readIdentity(database: RocksDb, folder: string): Promise<Identity | null> {
  const bytes = await database.get(IDENTITY_KEY);
  return bytes === undefined ? null : decodeIdentity(bytes, folder);
}

export function encodeIdentity(owner: FolderOwner, folderId: string): Buffer {
  const { applicationId, topicPrefix, partitions } = owner;
  const identity: Identity = { format: FORMAT, applicationId, topicPrefix, partitions, folderId };
  return encodeChecked(identity);
}

/** @throws FolderIdentityError when the folder was made for something else */
export function checkIdentity(identity: FolderOwner, wanted: FolderOwner, folder: string): void {
  if (identity.applicationId !== wanted.applicationId)
    throw new FolderIdentityError(
      folder,
      "applicationId",
      `it belongs to the application "${identity.applicationId}", not to "${wanted.applicationId}"; use that --application-id, or another --data-dir`,
    );
  if (identity.topicPrefix !== wanted.topicPrefix)
    throw new FolderIdentityError(
      folder,
      "topicPrefix",
      `its topics begin with "${identity.topicPrefix}", not with "${wanted.topicPrefix}"; use that --topic-prefix, or another --data-dir`,
    );
  if (identity.partitions !== wanted.partitions)
    throw new FolderIdentityError(
      folder,
      "partitions",
      `it was made with ${identity.partitions} partitions, not ${wanted.partitions}; another number would part conversations from their state: use --partitions ${identity.partitions}, or an empty --data-dir and replay the input`,
    );
}

function decodeIdentity(bytes: Buffer, folder: string): Identity {
  const value = checkedValue(bytes);
  if (value === undefined)
    throw new CorruptStoreError(folder, "the record that says whose data it is does not fit its checksum");
  const format = formatSchema.safeParse(value).data?.format;
  const identity = identitySchema.safeParse(value).data;
  if (identity !== undefined) return identity;
  throw new FolderIdentityError(
    folder,
    "format",
    `its format is ${format ?? "unknown"}, and this program reads format ${FORMAT}; use the version that made it, or an empty --data-dir and replay the input`,
  );
}
