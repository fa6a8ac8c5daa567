/** Receives the raw body of a request, within its own bound and that of all together; nothing is parsed. */
import type { IncomingMessage } from "node:http";
import type { Share } from "./budget.js";
import { Rejection } from "./rejection.js";

/** What a chunk takes up beside its bytes: a body that comes byte by byte is dearer than it is long. */
const CHUNK_OVERHEAD_BYTES = 256;
/** Of a request that is refused, so much is still read, so that its sender sees the answer; then the connection is cut. */
const DRAINED_BYTES = 4 * 1024 * 1024;
const DRAINED_WITHIN_MS = 2_000;

/** @throws Rejection: BODY_TOO_LARGE, BUSY, ABORTED */
export function readBody(request: IncomingMessage, share: Share, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const settle = () => request.off("data", onData).off("end", onEnd).off("error", gone).off("close", gone);
    const stop = (rejection: Rejection) => {
      settle();
      chunks.length = 0;
      reject(rejection);
    };
    const onData = (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) stop(tooLarge(maxBytes));
      else if (!share.grow(chunk.length + CHUNK_OVERHEAD_BYTES))
        stop(new Rejection("BUSY", "too much is being received: send it again"));
      else chunks.push(chunk);
    };
    const onEnd = () => {
      settle();
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, sizeBytes));
    };
    const gone = () => stop(new Rejection("ABORTED", "the sender has closed the connection"));
    request.on("data", onData).on("end", onEnd).on("error", gone).on("close", gone);
    // Also after the end: an error that nobody listens to would end the process.
    request.on("error", ignore);
  });
}

function ignore(): void {}

export function tooLarge(maxBytes: number): Rejection {
  return new Rejection("BODY_TOO_LARGE", `a body may have ${maxBytes} bytes`);
}

/** Reads on and throws away, for a while: closing at once would reset the connection under the answer. */
export function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  // Node reads and throws away what is left of a request that was answered, and bounds the time it may take.
  if (Number(request.headers["content-length"] ?? Number.NaN) <= DRAINED_BYTES) return;
  let sizeBytes = 0;
  const cut = () => request.socket.destroy();
  const timer = setTimeout(cut, DRAINED_WITHIN_MS);
  request
    .on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > DRAINED_BYTES) cut();
    })
    .on("error", ignore)
    .on("close", () => clearTimeout(timer))
    .on("end", () => clearTimeout(timer))
    .resume();
}
