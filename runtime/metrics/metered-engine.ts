/** What is asked of an engine at each scrape; everything else it tells its observer. Either engine fits as it is. */

export interface MeteredTask {
  readonly subTopology: string;
  readonly partition: number;
  /** Records of each source that the task has not committed. */
  readonly lags: readonly { readonly topic: string; readonly records: number }[];
}

export interface MeteredTaskBytes {
  readonly subTopology: string;
  readonly partition: number;
  readonly sizeBytes: number;
}

export interface MeteredEngine {
  readonly tasks: readonly MeteredTask[];
  /** What the rows of the tasks take on the disk, for those with stores. */
  storeBytes(): Promise<readonly MeteredTaskBytes[]>;
}
