/** `POST /webhooks/…`: a body is received, verified as it came, made durable, and then answered with 202. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { SOURCES, type Source } from "../../schemas/index.js";
import { Budget, type BudgetLimits, type Share } from "./budget.js";
import { addGate, RETRY_AFTER_S } from "./gate.js";
import { type Append, DEFAULT_INTAKE, Intake, type IntakeSettings } from "./intake.js";
import { WebhookMetrics } from "./metrics.js";
import { rawRecord } from "./raw-record.js";
import { drain, readBody, tooLarge } from "./read-body.js";
import { Rejection } from "./rejection.js";
import { type RejectedRequests, RejectionLog } from "./rejection-log.js";
import { SCHEMES } from "./schemes.js";

export interface WebhookSettings {
  /** One to three of a source; a source without any is not served. */
  readonly secrets: Readonly<Record<Source, readonly string[] | null>>;
  /** Whether sources without secrets are taken at their word. Only for a listener that this machine alone can reach. */
  readonly takesUnsigned: boolean;
  readonly maxBodyBytes: number;
  readonly budget: BudgetLimits;
  /** The topic of the raw events, and how many partitions it has. */
  readonly topic: string;
  readonly partitions: number;
  /** The tenant of documents that carry none. */
  readonly tenant: string | null;
  readonly intake?: Partial<IntakeSettings>;
}

export interface WebhookPorts {
  readonly append: Append;
  readonly registry: Registry;
  /** Told now and then of requests that were rejected. */
  readonly onRejected: (rejected: RejectedRequests) => void;
  /** Told of writes that failed. */
  readonly onWriteFailed: (error: unknown) => void;
}

/** What a request has had since its head was read. */
interface Reception {
  readonly source: Source;
  readonly share: Share | null;
}

export function addWebhooks(app: FastifyInstance, settings: WebhookSettings, ports: WebhookPorts): void {
  const budget = new Budget(settings.budget);
  const metrics = new WebhookMetrics(ports.registry, budget);
  const rejections = new RejectionLog(ports.onRejected);
  const { partitions } = settings;
  const intake = new Intake({ ...DEFAULT_INTAKE, partitions, ...settings.intake }, ports.append, ports.onWriteFailed);
  const receptions = new WeakMap<FastifyRequest, Reception>();
  const isServed = (source: Source) => settings.secrets[source] !== null || settings.takesUnsigned;

  addGate(app.server, {
    sendsAway: () => budget.isFull,
    onSentAway(source, from) {
      rejections.add(source, "BUSY", from);
      metrics.sentAway(source);
    },
  });

  /** Everything that can be judged by the head, so that nobody's body is read for nothing. */
  const judgeHead = (source: Source, request: FastifyRequest) => {
    receptions.set(request, { source, share: null });
    if (!isServed(source)) throw new Rejection("UNKNOWN_SOURCE", `this service takes no webhooks of ${source}`);
    if (!SCHEMES[source].signsBody) verify(source, request, NO_BODY);
    mustBePlainJson(request);
    if (Number(request.headers["content-length"] ?? 0) > settings.maxBodyBytes) throw tooLarge(settings.maxBodyBytes);
    const share = budget.enter();
    if (share === null) throw new Rejection("BUSY", "too many requests are waiting: send it again");
    receptions.set(request, { source, share });
  };

  const verify = (source: Source, request: FastifyRequest, body: Uint8Array) => {
    const secrets = settings.secrets[source];
    if (secrets === null) return;
    const scheme = SCHEMES[source];
    const header = request.headers[scheme.header];
    const { secret: path = null } = request.params as { readonly secret?: string };
    const credentials = { header: typeof header === "string" ? Buffer.from(header, "latin1") : null, path };
    if (!scheme.verify(credentials, body, secrets))
      throw new Rejection("BAD_SIGNATURE", `the request is not shown to come from ${source}`);
  };

  const receive = async (source: Source, request: FastifyRequest): Promise<void> => {
    const share = receptions.get(request)?.share ?? null;
    if (share === null) throw new Error("a webhook whose head was not judged");
    let offered = false;
    try {
      const body = await readBody(request.raw, share, settings.maxBodyBytes);
      if (SCHEMES[source].signsBody) verify(source, request, body);
      const { topic, tenant } = settings;
      const record = rawRecord(body, { topic, source, tenant, receivedAtMs: Date.now() });
      offered = true;
      await intake.offer(record, () => share.release());
    } finally {
      if (!offered) share.release();
    }
  };

  const answerError = (error: Error, request: FastifyRequest, reply: FastifyReply) => {
    const rejection = error instanceof Rejection ? error : rejectionOf(error);
    if (rejection === null) throw error;
    const source = receptions.get(request)?.source;
    if (source !== undefined) rejections.add(source, rejection.code, request.ip);
    if (rejection.statusCode === 503) reply.header("retry-after", RETRY_AFTER_S);
    return reply.code(rejection.statusCode).send({ error: { code: rejection.code, message: rejection.message } });
  };

  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Nothing of the framework's reads a body: the handler does, when the head was judged.
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.setErrorHandler(answerError);
    scope.addHook("onResponse", async (request, reply) => {
      const reception = receptions.get(request);
      if (reception !== undefined) metrics.answered(reception.source, reply.statusCode, reply.elapsedTime);
    });
    scope.addHook("onSend", async (request) => drain(request.raw));
    scope.addHook("onClose", async () => intake.close());
    for (const source of SOURCES) {
      for (const path of pathsOf(source)) {
        scope.post(path, {
          onRequest: async (request) => judgeHead(source, request),
          handler: async (request, reply) => {
            await receive(source, request);
            return reply.code(202).send({ status: "accepted" });
          },
        });
      }
    }
  });
}

const NO_BODY = new Uint8Array(0);

/** A source that signs nothing may carry its secret in the path. */
function pathsOf(source: Source): readonly string[] {
  const path = `/webhooks/${source}`;
  return SCHEMES[source].signsBody ? [path] : [path, `${path}/:secret`];
}

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** Compressed bodies are none of the sources' habits, and would have to be bounded once more when they are unpacked. */
function mustBePlainJson({ headers }: FastifyRequest): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (!JSON_TYPE.test(headers["content-type"] ?? "") || encoding !== "identity")
    throw new Rejection("UNSUPPORTED_MEDIA_TYPE", "expected content-type application/json, without content-encoding");
}

/** What the framework found wrong with the content type, in our words; null for what is not the client's mistake. */
function rejectionOf(error: Error): Rejection | null {
  const status = "statusCode" in error ? error.statusCode : null;
  return status === 415 ? new Rejection("UNSUPPORTED_MEDIA_TYPE", error.message, { cause: error }) : null;
}
