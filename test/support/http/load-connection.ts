/** A keep-alive connection of a load client: one request at a time, its answer read as cheaply as can be. */
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  /** Whether the service closes the connection behind it. */
  readonly closes: boolean;
}

interface Waiting {
  answered(answer: Answer): void;
  failed(error: string): void;
}

const HEAD_END = "\r\n\r\n";

export class LoadConnection {
  private readonly socket: Socket;
  private received = "";
  private waiting: Waiting | null = null;
  private error = "closed";
  private gone = false;
  constructor(host: string, port: number) {
    this.socket = connect({ host, port, noDelay: true });
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => this.read(text));
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    this.socket.on("close", () => {
      this.gone = true;
      const { waiting } = this;
      this.waiting = null;
      waiting?.failed(this.error);
    });
  }

  /** Whether it can take a request. */
  get isOpen(): boolean {
    return !this.gone;
  }

  send(head: string, body: string, waiting: Waiting): void {
    this.waiting = waiting;
    this.socket.write(head + body, "latin1");
  }

  /** Resolves when there is an answer, or none to come. */
  ask(request: string): Promise<void> {
    return new Promise((resolve) => this.send(request, "", { answered: () => resolve(), failed: () => resolve() }));
  }

  private read(text: string): void {
    this.received += text;
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.received.slice(0, headEnd).toLowerCase();
    const length = Number(/\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
    if (this.received.length < headEnd + HEAD_END.length + length) return;
    this.received = this.received.slice(headEnd + HEAD_END.length + length);
    const closes = head.includes("\nconnection: close");
    if (closes) this.gone = true;
    const { waiting } = this;
    this.waiting = null;
    waiting?.answered({ status: Number(head.slice(9, 12)), closes });
  }
}
