/** Has a running service write control records, by its operator endpoint. */
import { z } from "zod";
import { NOT_EXECUTED } from "../../console/index.js";
import {
  NotExecutedError,
  type RepublishPort,
  type RepublishRequest,
  type RepublishStep,
} from "../../runtime/republish/index.js";
import type { OperatorClient } from "../operator/operator-client.js";
import { type Failed, servedSteps } from "../operator/served-steps.js";
import { printable } from "../output/text.js";

const number = z.number();

/** A newer service may send more. */
const stepSchema: z.ZodType<RepublishStep> = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("control"),
    outcome: z.enum(["written", "would-write"]),
    topic: z.string(),
    partition: number,
    records: number,
  }),
  z.object({ kind: z.literal("waiting"), partitions: number }),
  z.object({ kind: z.literal("found"), republished: number }),
  z.object({ kind: z.literal("end"), republished: number.nullable() }),
]);

export class ServiceRepublishing implements RepublishPort {
  constructor(private readonly client: OperatorClient) {}

  republish(request: RepublishRequest): AsyncGenerator<RepublishStep> {
    return servedSteps(this.client.steps("/republish", request), stepSchema, errorOf);
  }
}

function errorOf({ code, message }: Failed): Error | null {
  return code === NOT_EXECUTED ? new NotExecutedError(printable(message)) : null;
}
