/** Writing with back-pressure, to streams that are slow, go away or fail. */

import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ReaderGoneError, Writer } from "../../../cli/output/writer.js";

/** A stream whose every write waits for `release`. */
class SlowStream extends Writable {
  readonly written: string[] = [];
  private waiting: ((error?: Error) => void) | null = null;

  constructor() {
    super({ highWaterMark: 4, decodeStrings: false });
  }

  override _write(text: string, _encoding: string, done: (error?: Error) => void): void {
    this.written.push(text);
    this.waiting = done;
  }

  release(error?: Error): void {
    const done = this.waiting;
    this.waiting = null;
    done?.(error);
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`write ${code}`), { code });
}

/** Whether a promise is still waiting after all that can happen by itself has happened. */
async function waits(promise: Promise<unknown>): Promise<boolean> {
  const nothing = Symbol("nothing");
  return (await Promise.race([promise.catch(() => undefined), setImmediate(nothing)])) === nothing;
}

describe("a writer", () => {
  it("writes when it is flushed, all that it was given, at once", async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    writer.write("a");
    writer.write("b");
    expect(stream.written).toEqual([]);
    await writer.flush();
    expect(stream.written).toEqual(["ab"]);
  });

  it("writes nothing twice, and nothing when there is nothing", async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    await writer.flush();
    writer.write("a");
    await writer.flush();
    await writer.flush();
    expect(stream.written).toEqual(["a"]);
  });

  it("waits while the stream is full", async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    writer.write("longer than the stream takes");
    const flushed = writer.flush();
    expect(await waits(flushed)).toBe(true);
    stream.release();
    await flushed;
  });

  it("holds no more than the text since the last flush: the stream's buffer stays bounded", async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    for (let page = 0; page < 100; page += 1) {
      writer.write("12345678");
      const flushed = writer.flush();
      expect(stream.writableLength).toBeLessThanOrEqual(8);
      stream.release();
      await flushed;
    }
    expect(stream.written).toHaveLength(100);
  });
});

describe("a stream whose reader went away", () => {
  it("ends the flush that waits with an error of its own, which keeps the cause", async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    writer.write("longer than the stream takes");
    const flushed = writer.flush();
    const cause = failure("EPIPE");
    stream.release(cause);
    const error = await flushed.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ReaderGoneError);
    expect(error).toHaveProperty("cause", cause);
  });

  it("ends the next flush when none was waiting, and each one after it", async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    writer.write("abc");
    await writer.flush();
    stream.release(failure("EPIPE"));
    await setImmediate();
    await expect(writer.flush()).rejects.toThrow(ReaderGoneError);
    writer.write("more");
    await expect(writer.flush()).rejects.toThrow(ReaderGoneError);
    expect(stream.written).toEqual(["abc"]);
  });
});

describe("a stream that fails", () => {
  it("ends the flush that waits with its own error", async () => {
    const stream = new SlowStream();
    const writer = new Writer(stream);
    writer.write("longer than the stream takes");
    const flushed = writer.flush();
    const error = failure("ENOSPC");
    stream.release(error);
    await expect(flushed).rejects.toBe(error);
  });
});
