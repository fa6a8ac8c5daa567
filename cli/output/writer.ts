/** Writes to a stream with back-pressure: a slow reader slows the program and does not fill its memory. */
import { once } from "node:events";

/** The reader of standard output went away, as `head` does: not an error, but a reason to stop. */
export class ReaderGoneError extends Error {
  override readonly name = "ReaderGoneError";
}

export class Writer {
  private failure: Error | null = null;
  private pending = "";

  constructor(private readonly stream: NodeJS.WritableStream) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      this.failure =
        error.code === "EPIPE" ? new ReaderGoneError("the reader of the output went away", { cause: error }) : error;
    });
  }

  /** Takes text; it is written when {@link flush} is called. */
  write(text: string): void {
    this.pending += text;
  }

  /** Writes what was taken, and waits until the stream takes more. @throws ReaderGoneError, or the stream's error. */
  async flush(): Promise<void> {
    if (this.failure !== null) throw this.failure;
    if (this.pending === "") return;
    const text = this.pending;
    this.pending = "";
    if (!this.stream.write(text)) await this.drained();
    if (this.failure !== null) throw this.failure;
  }

  private async drained(): Promise<void> {
    try {
      await once(this.stream, "drain");
    } catch (error) {
      throw this.failure ?? error;
    }
  }
}
