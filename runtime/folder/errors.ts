/** What can be wrong with a data folder as a whole, one class per recovery. Damaged files have theirs in runtime/rocksdb. */

/** Another process (or this one) has the folder. Stop it, or use another folder. */
export class FolderInUseError extends Error {
  override readonly name = "FolderInUseError";

  /** @param pid null when the owner has not said who it is. */
  constructor(
    readonly folder: string,
    readonly pid: number | null,
    options?: ErrorOptions,
  ) {
    const owner =
      pid === null
        ? "another process"
        : pid === process.pid
          ? `this process (pid ${pid})`
          : `the process with pid ${pid}`;
    super(`${folder} is in use by ${owner}; stop it, or choose another folder with --data-dir`, options);
  }
}

/** The folder belongs to other settings. Use those, or another folder. */
export class FolderIdentityError extends Error {
  override readonly name = "FolderIdentityError";

  constructor(
    readonly folder: string,
    readonly field: "format" | "applicationId" | "partitions" | "topicPrefix",
    message: string,
  ) {
    super(`${folder}: ${message}`);
  }
}
