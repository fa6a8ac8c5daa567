/** A schema registry for tests: Confluent's REST API on 127.0.0.1, as far as the product uses it. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface ReceivedRequest {
  /** As `POST /subjects/a-value/versions`. */
  readonly line: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

/** What a test has the server answer; `null` for never. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class ConfluentServer {
  readonly requests: ReceivedRequest[] = [];
  private readonly schemas: string[] = [];
  private readonly configs = new Map<string, string>();
  /** Answers before the registry itself does; undefined leaves it to the registry. */
  intercept: (request: ReceivedRequest) => Answer | null | undefined = () => undefined;
  private readonly server = createServer((request, response) => void this.serve(request, response));

  static async start(): Promise<ConfluentServer> {
    const started = new ConfluentServer();
    await new Promise<void>((resolve) => started.server.listen(0, "127.0.0.1", resolve));
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get lines(): string[] {
    return this.requests.map(({ line }) => line);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = {
      line: `${request.method} ${request.url}`,
      body: await text(request),
      authorization: request.headers.authorization,
    };
    this.requests.push(received);
    const intercepted = this.intercept(received);
    const answer = intercepted === undefined ? this.answer(received) : intercepted;
    if (answer === null) return;
    response.writeHead(answer.status, { "content-type": "application/vnd.schemaregistry.v1+json" });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  }

  private answer({ line, body }: ReceivedRequest): Answer {
    const [method = "", path = ""] = line.split(" ");
    const [, room = "", name = "", last = ""] = path.split("/").map(decodeURIComponent);
    if (method === "GET" && room === "config") return this.configOf(name);
    if (method === "PUT" && room === "config") return this.configure(name, body);
    if (method === "POST" && room === "subjects") return this.register(body);
    if (method === "GET" && room === "schemas") return this.schemaOf(Number(last));
    return { status: 404, body: { error_code: 404, message: "HTTP 404 Not Found" } };
  }

  private configOf(subject: string): Answer {
    const compatibilityLevel = this.configs.get(subject);
    if (compatibilityLevel !== undefined) return { status: 200, body: { compatibilityLevel } };
    const message = `Subject '${subject}' does not have subject-level compatibility configured`;
    return { status: 404, body: { error_code: 40408, message } };
  }

  private configure(subject: string, body: string): Answer {
    const { compatibility } = JSON.parse(body) as { compatibility: string };
    this.configs.set(subject, compatibility);
    return { status: 200, body: { compatibility } };
  }

  private register(body: string): Answer {
    const { schema } = JSON.parse(body) as { schema: string };
    if (!this.schemas.includes(schema)) this.schemas.push(schema);
    return { status: 200, body: { id: this.schemas.indexOf(schema) + 1 } };
  }

  private schemaOf(id: number): Answer {
    const schema = this.schemas[id - 1];
    if (schema !== undefined) return { status: 200, body: { schema } };
    return { status: 404, body: { error_code: 40403, message: `Schema ${id} not found` } };
  }
}
