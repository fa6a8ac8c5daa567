/**
 * The running service's operator endpoint: a listener of its own on 127.0.0.1, for the commands that need what the service has
 * open. Where it is, and the token that it takes, is written into the data folder while it is there.
 */
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { closeListener, listen, newOperatorListener } from "../../console/index.js";
import { removeOperatorFile, writeOperatorFile } from "../operator/operator-file.js";
import type { ServiceLog } from "./log.js";

/** What routes need to know of their listener. */
export interface OperatorContext {
  /** The service is being stopped: what is under way ends soon. */
  readonly signal: AbortSignal;
  readonly onError: (error: Error) => void;
}

export type AddOperatorRoutes = (app: FastifyInstance, context: OperatorContext) => void;

const HOST = "127.0.0.1";
const TOKEN_BYTES = 32;
/** Whoever does not read his answer by then is cut off. */
const CUT_OFF_AFTER_MS = 1_000;

export class OperatorListener {
  private readonly app: FastifyInstance;
  private readonly token = randomBytes(TOKEN_BYTES).toString("base64url");
  private readonly stopping = new AbortController();
  private isOpen = false;

  /** @param folder the data folder, which this process owns */
  constructor(
    private readonly folder: string,
    log: ServiceLog,
    routes: readonly AddOperatorRoutes[],
  ) {
    const onError = (error: Error) => log.error("an operator's request failed", { error: error.message });
    this.app = newOperatorListener(this.token, onError);
    for (const add of routes) add(this.app, { signal: this.stopping.signal, onError });
  }

  /** @throws ListenError, StorageError */
  async open(): Promise<void> {
    const address = await listen(this.app, { host: HOST, port: 0, setting: "operator" });
    this.isOpen = true;
    await writeOperatorFile(this.folder, { url: `http://${address}`, token: this.token, pid: process.pid });
  }

  /** @throws StorageError */
  async close(): Promise<void> {
    this.stopping.abort();
    const timer = setTimeout(() => this.app.server.closeAllConnections(), CUT_OFF_AFTER_MS);
    try {
      // From here on a command waits for the folder.
      if (this.isOpen) await removeOperatorFile(this.folder);
    } finally {
      await closeListener(this.app);
      clearTimeout(timer);
    }
  }
}
