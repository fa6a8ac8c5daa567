/** `/healthz` and `/readyz`: whether the process lives, and whether its tasks run. */
import type { FastifyInstance } from "fastify";

export interface Health {
  /** The engine's state, as its life cycle names it; `stalled` when it gives no sign of life. */
  readonly state: string;
  readonly isReady: boolean;
  readonly tasks: readonly { readonly state: string; readonly lag: number }[];
}

export function addHealth(app: FastifyInstance, health: () => Health): void {
  app.get("/healthz", async (_, reply) => {
    const { state } = health();
    const isDown = state === "failed" || state === "stalled";
    return reply.code(isDown ? 503 : 200).send({ status: isDown ? "failed" : "ok", engine: state });
  });
  app.get("/readyz", async (_, reply) => {
    const { state, isReady, tasks } = health();
    const running = tasks.filter((task) => task.state === "running").length;
    const lag = tasks.reduce((sum, task) => sum + task.lag, 0);
    const body = { status: isReady ? "ready" : "not ready", engine: state, tasks: { running, all: tasks.length }, lag };
    return reply.code(isReady ? 200 : 503).send(body);
  });
}
