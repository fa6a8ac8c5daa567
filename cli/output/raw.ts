/** Writes bytes as they are: nothing of them is text. */
import { ReaderGoneError } from "./writer.js";

/** @throws ReaderGoneError when the reader goes away, or the stream's error */
export function writeBytes(stream: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EPIPE" ? new ReaderGoneError("the reader of the output went away", { cause: error }) : error,
      );
    stream.once("error", failed);
    stream.write(bytes, (error) => {
      if (error) failed(error);
      else {
        stream.off("error", failed);
        resolve();
      }
    });
  });
}
