/** A connection that sends bytes as they are, and takes HTTP answers apart: clients' libraries would put right what is to be wrong. */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface Address {
  readonly host: string;
  readonly port: number;
  /** The certificate that is trusted, PEM; without it: plain HTTP. */
  readonly ca?: string;
}

export interface RawAnswer {
  readonly status: number;
  /** By lowercase name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class RawConnection {
  /** Resolves when the other side has closed it, or both. */
  readonly closed: Promise<void>;
  private received = "";
  private isClosed = false;
  private readonly listeners = new Set<() => void>();

  private constructor(private readonly socket: Socket) {
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.received += text;
      this.tell();
    });
    this.closed = new Promise((resolve) => {
      const close = () => {
        this.isClosed = true;
        this.tell();
        resolve();
      };
      socket.on("end", close).on("error", close).on("close", close);
    });
  }

  static async open({ host, port, ca }: Address): Promise<RawConnection> {
    const socket =
      ca === undefined
        ? connect({ host, port, noDelay: true, allowHalfOpen: true })
        : connectTls({ host, port, ca, servername: "localhost" });
    await new Promise((resolve, reject) => {
      socket.once(ca === undefined ? "connect" : "secureConnect", resolve).once("error", reject);
    });
    return new RawConnection(socket);
  }

  /** Resolves when the bytes are handed over; also when nobody takes them any more. */
  write(bytes: string | Uint8Array): Promise<void> {
    const chunk = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    return new Promise((resolve) => {
      if (this.isClosed) resolve();
      else this.socket.write(chunk, () => resolve());
    });
  }

  /** Says that nothing more comes, and still reads. */
  endWriting(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  /** The next answer; null when the connection is closed without one. */
  async answer(): Promise<RawAnswer | null> {
    for (;;) {
      const found = this.take();
      if (found !== null) return found;
      if (this.isClosed) return null;
      await new Promise<void>((resolve) => this.listeners.add(resolve));
    }
  }

  /** All answers until the connection is closed. */
  async answers(): Promise<readonly RawAnswer[]> {
    const all: RawAnswer[] = [];
    for (let next = await this.answer(); next !== null; next = await this.answer()) all.push(next);
    return all;
  }

  private take(): RawAnswer | null {
    const headEnd = this.received.indexOf("\r\n\r\n");
    if (headEnd === -1) return null;
    const [statusLine = "", ...lines] = this.received.slice(0, headEnd).split("\r\n");
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const bodyStart = headEnd + 4;
    const bodyEnd = bodyStart + Number(headers["content-length"] ?? 0);
    if (this.received.length < bodyEnd) return null;
    const body = this.received.slice(bodyStart, bodyEnd);
    this.received = this.received.slice(bodyEnd);
    return { status: Number(statusLine.split(" ")[1]), headers, body };
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }
}

/** Header lines by name; several of one name may follow each other. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A POST request as bytes, its length declared. */
export function rawPost(path: string, headers: HeaderLines, body: Uint8Array): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    "host: localhost",
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

/** One request, one answer, on a connection of its own. */
export async function ask(address: Address, request: Uint8Array): Promise<RawAnswer | null> {
  const connection = await RawConnection.open(address);
  try {
    await connection.write(request);
    return await connection.answer();
  } finally {
    connection.close();
  }
}
