/** `/metrics`, on a listener of its own: who may scrape is not who may ask. */
import type { FastifyInstance } from "fastify";

export interface MetricsText {
  readonly contentType: string;
  /** In Prometheus' text format. */
  metrics(): Promise<string>;
}

export function addMetrics(app: FastifyInstance, { contentType, metrics }: MetricsText): void {
  app.get("/metrics", async (_, reply) => reply.type(contentType).send(await metrics()));
}
