/** Sends the documents of files, several at once: their order does not matter to the service. */
import { setMaxListeners } from "node:events";
import { documentsOf, type PlacedDocument } from "../documents.js";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../errors.js";
import type { Progress } from "../output/progress.js";
import { plural } from "../output/text.js";
import type { Posted } from "./poster.js";

export interface SendPorts {
  readonly post: (body: Uint8Array, signal: AbortSignal) => Promise<Posted>;
  readonly progress: Progress;
  /** Takes a line about a document that was not read or not taken. */
  readonly complain: (line: string) => void;
  readonly say: (line: string) => void;
}

/**
 * Ends early when nothing more would be taken: what was not sent is said.
 * @param atOnce how many documents are under way at once, at least 1
 * @returns 0; 2 when a file or document could not be read; 1 when one was not taken
 */
export async function runSend(files: readonly string[], atOnce: number, ports: SendPorts): Promise<number> {
  const totals = { accepted: 0, refused: 0, unreadable: 0, again: 0 };
  const hopeless = new AbortController();
  setMaxListeners(atOnce, hopeless.signal);
  const underWay = new Set<Promise<void>>();
  const refuse = (place: string, why: string) => {
    totals.unreadable += 1;
    ports.complain(`${place}: ${why}`);
  };

  const send = async ({ place, body }: PlacedDocument) => {
    const posted = await ports.post(body, hopeless.signal);
    if (posted.kind === "accepted") {
      totals.accepted += 1;
      totals.again += posted.tries - 1;
      ports.progress.update(totals.accepted);
      return;
    }
    totals.refused += 1;
    // Those that were under way with the first that is hopeless fare no better: it alone says why.
    if (!hopeless.signal.aborted) ports.complain(`${place}: ${posted.why}`);
    if (posted.kind === "hopeless") hopeless.abort();
  };

  for (const file of files) {
    for await (const { documents } of documentsOf(file, refuse)) {
      for (const document of documents) {
        if (hopeless.signal.aborted) break;
        const sending: Promise<void> = send(document).finally(() => underWay.delete(sending));
        underWay.add(sending);
        if (underWay.size >= atOnce) await Promise.race(underWay);
      }
      if (hopeless.signal.aborted) break;
    }
    if (hopeless.signal.aborted) break;
  }
  await Promise.all(underWay);
  ports.progress.clear();
  ports.say(summary(totals, hopeless.signal.aborted));
  if (totals.refused > 0) return EXIT_FAILED;
  return totals.unreadable > 0 ? EXIT_USAGE : EXIT_OK;
}

function summary(
  { accepted, refused, unreadable, again }: Record<"accepted" | "refused" | "unreadable" | "again", number>,
  gaveUp: boolean,
): string {
  const parts = [`${plural(accepted, "document")} accepted`];
  if (again > 0) parts.push(`${plural(again, "try")} repeated`.replace("trys", "tries"));
  if (refused > 0) parts.push(`${refused} not accepted`);
  if (unreadable > 0) parts.push(`${unreadable} unreadable`);
  if (gaveUp) parts.push("the rest not sent");
  return parts.join(", ");
}
