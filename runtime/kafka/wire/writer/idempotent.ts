/** The writer without transactions: each record is written once, in order per partition, however often a batch has to be sent. */
import type { Cluster } from "../cluster.js";
import { Deadline, retrying } from "../deadline.js";
import { brokerError } from "../error-codes.js";
import { ClosedError, type WireError } from "../errors.js";
import { initProducerId, type ProducerIdentity } from "../protocol/transactions.js";
import { BatchSender } from "./batch-sender.js";
import type { SenderOptions } from "./options.js";
import type { WriteRequest, Written } from "./send.js";

export interface IdempotentWriterOptions extends SenderOptions {
  /** Writers of one channel share connections. Default: a channel of its own. */
  readonly channel?: string;
  /** To get a producer id. Default: 30 s. */
  readonly initTimeoutMs?: number;
}

let writers = 0;

/** When it has failed (see `failure`) it stays so: close it and open another. Records of unknown outcome may then come twice. */
export class IdempotentWriter {
  readonly #cluster: Cluster;
  readonly #channel: string;
  readonly #ownChannel: boolean;
  readonly #sender: BatchSender;

  private constructor(cluster: Cluster, producer: ProducerIdentity, options: IdempotentWriterOptions) {
    this.#cluster = cluster;
    this.#ownChannel = options.channel === undefined;
    this.#channel = options.channel ?? `idempotent-writer-${++writers}`;
    this.#sender = new BatchSender(cluster, { ...producer, transactionalId: null }, this.#channel, options);
  }

  /** @throws DeadlineError, AuthenticationError, RefusedError */
  static async open(cluster: Cluster, options: IdempotentWriterOptions = {}): Promise<IdempotentWriter> {
    const what = "getting a producer id";
    const deadline = new Deadline(options.initTimeoutMs ?? 30_000);
    const producer = await retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
      const connection = await cluster.anyConnection();
      const answer = await connection.request(initProducerId, { transactionalId: null, transactionTimeoutMs: 0 });
      if (answer.errorCode !== 0) throw brokerError(what, answer.errorCode);
      return answer;
    });
    return new IdempotentWriter(cluster, producer, options);
  }

  /** Why it can write no more; null while it can. */
  get failure(): WireError | null {
    return this.#sender.failure;
  }

  get bufferedBytes(): number {
    return this.#sender.bufferedBytes;
  }

  /** As BatchSender's. */
  send(request: WriteRequest): Promise<Written> {
    return this.#sender.send(request);
  }

  /** Resolves when everything sent so far is acknowledged. @throws `failure` */
  flush(): Promise<void> {
    return this.#sender.flush();
  }

  /** At once; what is not acknowledged is rejected: flush first to have it written. */
  async close(): Promise<void> {
    this.#sender.fail(new ClosedError("the writer was closed"));
    if (this.#ownChannel) await this.#cluster.closeChannel(this.#channel);
  }
}
