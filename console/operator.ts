/**
 * The operator's listener: for commands on this machine that need what the running service has open. It shows bodies, which are
 * personal data, and it writes: whoever asks must have the token, which only who may read the data folder has.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { errorBody } from "./errors.js";
import { newListener } from "./listener.js";

const SCHEME = "Bearer ";

/** @param onError as newListener's */
export function newOperatorListener(token: string, onError: (error: Error) => void): FastifyInstance {
  const app = newListener(onError);
  const expected = digest(token);
  // Before anything else is looked at, the path too.
  app.addHook("onRequest", async ({ headers }, reply) => {
    const given = headers.authorization ?? "";
    // Digests have one length, and comparing them tells nothing of where they differ.
    if (given.startsWith(SCHEME) && timingSafeEqual(digest(given.slice(SCHEME.length)), expected)) return;
    await reply.code(401).send(errorBody("UNAUTHORIZED", "the token of operator.json is needed"));
  });
  // By it a command learns that this is the service whose operator.json it has read.
  app.get("/", () => ({ service: "queue-ratchet" }));
  return app;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
