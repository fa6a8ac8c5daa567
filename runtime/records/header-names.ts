/** Header names as UTF-8. A topic has few of them and each record repeats them, so the bytes are kept (bounded). */
import { Buffer } from "node:buffer";

/** Names beyond these bounds are encoded each time: they may come from outside and must not fill the memory. */
const MAX_KEPT = 256;
const MAX_KEPT_LENGTH = 64;

const kept = new Map<string, Buffer>();

/** The UTF-8 bytes of a header's key; not to be written to. */
export function headerNameBytes(name: string): Buffer {
  const known = kept.get(name);
  if (known !== undefined) return known;
  const bytes = Buffer.from(name, "utf8");
  if (kept.size < MAX_KEPT && name.length <= MAX_KEPT_LENGTH) kept.set(name, bytes);
  return bytes;
}
