/**
 * Who this instance was when it ran last (K23). A process that was killed is a member of its groups until its session times out,
 * and its transaction stays open until that times out: whoever starts again on its folder ends both at once. But a copied folder
 * carries the names of an instance that lives. So they are taken over only when the folder is the very one (device and inode), the
 * machine has not booted since, and the folder's lock, which the caller holds, was free: then the former self is dead.
 */
import { randomUUID } from "node:crypto";
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { codeOf } from "../../folder/index.js";
import { storageError } from "../../rocksdb/index.js";

/** By group: the newest first. */
const MAX_KEPT_IDS = 4;

const form = z.object({
  format: z.literal(1),
  boot: z.string().nullable(),
  device: z.string(),
  inode: z.string(),
  id: z.uuid(),
  /** By group. */
  memberIds: z.record(z.string(), z.array(z.string()).max(MAX_KEPT_IDS)),
});
type Content = z.infer<typeof form>;

const FILE_NAME = "instance.json";
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

export class InstanceFile {
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly file: string,
    private content: Content,
    private readonly former: Content | null,
  ) {}

  /** @param folder locked by this process. @throws StorageError */
  static async open(folder: string): Promise<InstanceFile> {
    const file = join(folder, FILE_NAME);
    const place = { boot: await bootId(), ...(await placeOf(folder)) };
    const found = await read(file);
    const former = found !== null && isFormerSelf(found, place) ? found : null;
    const content: Content = {
      format: 1,
      ...place,
      id: former?.id ?? randomUUID(),
      memberIds: former?.memberIds ?? {},
    };
    const instance = new InstanceFile(file, content, former);
    await instance.write();
    return instance;
  }

  /** A UUID. The same as that of the former self, whose transactions end when the names made of it are used again. */
  get id(): string {
    return this.content.id;
  }

  /** The ids under which former selves may still be members of the group; none of one that may live. */
  formerMemberIds(groupId: string): readonly string[] {
    return this.former?.memberIds[groupId] ?? [];
  }

  /** Keeps the id for the next start, with some before it: who dies early may not have left for its own predecessor. @throws StorageError */
  async keepMemberId(groupId: string, memberId: string): Promise<void> {
    const ids = [memberId, ...(this.content.memberIds[groupId] ?? [])].slice(0, MAX_KEPT_IDS);
    this.content = { ...this.content, memberIds: { ...this.content.memberIds, [groupId]: ids } };
    await this.write();
  }

  /** Written beside and renamed: a crash leaves the old file or the new one. */
  private write(): Promise<void> {
    const text = JSON.stringify(this.content);
    const written = this.writing
      .catch(() => undefined)
      .then(async () => {
        await writeFile(`${this.file}.new`, text);
        await rename(`${this.file}.new`, this.file);
      })
      .catch((error: unknown) => {
        throw storageError(error, this.file);
      });
    this.writing = written;
    written.catch(() => undefined);
    return written;
  }
}

function isFormerSelf(found: Content, { boot, device, inode }: Pick<Content, "boot" | "device" | "inode">): boolean {
  return boot !== null && found.boot === boot && found.device === device && found.inode === inode;
}

/** Null for a file of another program or version, or a damaged one: then nothing is known of a former self. */
async function read(file: string): Promise<Content | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw storageError(error, file);
  }
  try {
    return form.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function placeOf(folder: string): Promise<Pick<Content, "device" | "inode">> {
  const { dev, ino } = await stat(folder, { bigint: true });
  return { device: String(dev), inode: String(ino) };
}

async function bootId(): Promise<string | null> {
  return readFile(BOOT_ID, "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}
