/** RocksDB's and the operating system's messages, sorted by what is to be done about them. */
import { describe, expect, it } from "vitest";
import { CorruptStoreError, StorageError, storageError } from "../../../runtime/rocksdb/index.js";

describe("a message", () => {
  it.each([
    ["IO error: No space left on device: While appending to file: /d/000004.log", "DiskFullError"],
    ["ENOSPC: no space left on device, write", "DiskFullError"],
    ["IO error: Disk quota exceeded: While open a file", "DiskFullError"],
    ["EDQUOT: unknown error, write", "DiskFullError"],
    [
      "IO error: lock hold by current process, acquire time 17 acquiring thread 1: /d/LOCK: No locks available",
      "StoreLockedError",
    ],
    ["IO error: While lock file: /d/LOCK: Resource temporarily unavailable", "StoreLockedError"],
    ["IO error: Permission denied: While opening a file: /d/000004.log", "FolderNotWritableError"],
    ["EACCES: permission denied, mkdir '/d'", "FolderNotWritableError"],
    ["EROFS: read-only file system, open '/d/x'", "FolderNotWritableError"],
    ["IO error: Read-only file system: While mkdir: /d", "FolderNotWritableError"],
    ["EPERM: operation not permitted, open '/d/x'", "FolderNotWritableError"],
    ["Corruption: block checksum mismatch: in /d/000012.sst offset 0 size 10", "CorruptStoreError"],
    ["IO error: No such file or directory: While open a file: /d/000012.sst", "CorruptStoreError"],
    ["ENOENT: no such file or directory, open '/d/000012.sst'", "CorruptStoreError"],
    ["Invalid argument: /d: does not exist (create_if_missing is false)", "CorruptStoreError"],
    ["EMFILE: too many open files, open '/d/x'", "StorageIoError"],
    ["something else", "StorageIoError"],
  ])("%s", (message, name) => {
    const cause = new Error(message);
    const error = storageError(cause, "/d");
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ name, folder: "/d", cause });
    expect(error.message).toContain("/d");
  });

  it.each([
    ["Corruption: block checksum mismatch: in /d/000012.sst offset 0 size 10", "/d/000012.sst"],
    ["Corruption: bad record in MANIFEST-000009", "MANIFEST-000009"],
    ["Corruption: CURRENT file does not end with newline", "CURRENT"],
    ["IO error: No such file or directory: While open: /d/1234567.log: gone", "/d/1234567.log"],
    ["ENOENT: no such file or directory, open '/d/000012.sst'", "/d/000012.sst"],
    ["Corruption: checksum mismatch", null],
  ])("names the file: %s", (message, file) => {
    expect(storageError(new Error(message), "/d")).toMatchObject({ file });
  });

  it("of what is no Error is kept", () => {
    expect(storageError("odd", "/d").message).toContain("odd");
  });
});

describe("an error of this room", () => {
  it("stays what it is", () => {
    const error = new CorruptStoreError("/d", "rotten", "/d/000012.sst");
    expect(storageError(error, "/other")).toBe(error);
  });

  it("says where and what to do", () => {
    const { message } = new CorruptStoreError("/d", "rotten", "/d/000012.sst");
    expect(message).toBe(
      "the data in /d is damaged (file /d/000012.sst): rotten. Restore the whole folder from a backup, or move it away, start again with an empty one and replay the input",
    );
    expect(new CorruptStoreError("/d", "rotten").message).toContain("the data in /d is damaged: rotten.");
  });
});
