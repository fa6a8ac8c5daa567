/** Calls between two threads over a message port: a question, and its answer or error. */
import type { MessagePort, TransferListItem, Worker } from "node:worker_threads";

/** An error as it crosses. Of its class only the name does: who asked makes one of that class again, if it knows it. */
export interface CrossedError {
  readonly name: string;
  readonly message: string;
  /** What else its class needs. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The other side has failed, or is gone. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";

  constructor(readonly crossed: CrossedError) {
    super(crossed.message);
  }
}

type Message =
  | { readonly kind: "call"; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: CrossedError }
  | { readonly kind: "tell"; readonly method: string; readonly argument: unknown };

/** What this side answers, by name. An argument is what the other side has sent: both are of this program. */
export type Methods = Readonly<Record<string, (argument: never) => unknown>>;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class Calls {
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private gone: RemoteError | null = null;

  constructor(
    private readonly port: Pick<MessagePort | Worker, "postMessage">,
    private readonly methods: Methods,
  ) {}

  /** @throws RemoteError */
  ask<Answer>(method: string, argument: unknown = null, transfer: readonly TransferListItem[] = []): Promise<Answer> {
    if (this.gone !== null) return Promise.reject(this.gone);
    const id = this.nextId++;
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.set(id, { resolve: (value) => resolve(value as Answer), reject });
      this.send({ kind: "call", id, method, argument }, transfer);
    });
  }

  /** Without an answer. */
  tell(method: string, argument: unknown): void {
    if (this.gone === null) this.send({ kind: "tell", method, argument });
  }

  /** Takes what the port brings. */
  receive(message: Message): void {
    if (message.kind === "call") void this.answer(message.id, message.method, message.argument);
    else if (message.kind === "tell") void this.methods[message.method]?.(message.argument as never);
    else {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.kind === "answer") waiting?.resolve(message.value);
      else waiting?.reject(new RemoteError(message.error));
    }
  }

  /** Nobody will answer any more: who waits is told so. */
  end(because: string): void {
    this.gone = new RemoteError({ name: "RemoteError", message: because });
    for (const { reject } of this.waiting.values()) reject(this.gone);
    this.waiting.clear();
  }

  private async answer(id: number, method: string, argument: unknown): Promise<void> {
    try {
      const known = this.methods[method];
      if (known === undefined) throw new Error(`no method "${method}" on the other side`);
      this.send({ kind: "answer", id, value: await known(argument as never) });
    } catch (error) {
      this.send({ kind: "error", id, error: crossed(error) });
    }
  }

  private send(message: Message, transfer: readonly TransferListItem[] = []): void {
    this.port.postMessage(message, transfer);
  }
}

function crossed(error: unknown): CrossedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const details = "partition" in error ? { partition: error.partition } : {};
  return { name: error.name, message: error.message, details };
}
