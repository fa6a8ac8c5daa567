/**
 * A process that sends signed webhooks, closed-loop or open-loop: `node load-client.js OPTIONS`, options as JSON. It says
 * `began` with its first request, ends when its time is over or its standard input closes, and then says what became of each.
 */
import { SCHEMES } from "../../../ingress/webhooks/index.js";
import { eventBody } from "./event-body.js";
import { LoadConnection } from "./load-connection.js";
import type { LoadOptions } from "./load-protocol.js";
import { LoadTally } from "./load-tally.js";

const TICK_MS = 2;
/** After the end, so long for answers that are still to come. */
const ANSWERED_WITHIN_MS = 12_000;
/** A closed loop that is refused a connection tries again after this. */
const AGAIN_AFTER_MS = 20;
const OPENED_AT_ONCE = 200;

const options: LoadOptions = JSON.parse(process.argv[2] ?? "");
const { host, port, secret, pace, seconds, firstNumber, conversations } = options;
const tally = new LoadTally();
let underWay = 0;
let over = false;

function connection(): LoadConnection {
  tally.connections += 1;
  return new LoadConnection(host, port);
}

function send(by: LoadConnection, done: (usable: boolean) => void): void {
  const index = tally.sent;
  const body = eventBody(firstNumber + index, conversations);
  const signature = SCHEMES.kustomer.sign(Buffer.from(body, "latin1"), secret);
  const head =
    `POST /webhooks/kustomer HTTP/1.1\r\nhost: ${host}:${port}\r\nuser-agent: load\r\naccept: */*\r\n` +
    `content-type: application/json\r\n${SCHEMES.kustomer.header}: ${signature}\r\ncontent-length: ${body.length}\r\n\r\n`;
  const beganMs = performance.now();
  tally.sent += 1;
  underWay += 1;
  by.send(head, body, {
    answered({ status }) {
      underWay -= 1;
      tally.answered(index, status, performance.now() - beganMs);
      done(by.isOpen);
    },
    failed(error) {
      underWay -= 1;
      tally.failed(error);
      done(false);
    },
  });
}

function runClosed(connections: readonly LoadConnection[]): void {
  const next = (by: LoadConnection) => {
    if (over) return;
    send(by, (usable) => {
      if (usable) next(by);
      else setTimeout(() => next(connection()), AGAIN_AFTER_MS);
    });
  };
  for (const one of connections) next(one);
}

function runOpen(perSecond: number, connections: readonly LoadConnection[]): void {
  const beganMs = performance.now();
  const idle = [...connections];
  const nextIdle = () => {
    // In turn: one that is never used would be closed for it.
    const found = idle.shift();
    return found === undefined || found.isOpen ? found : connection();
  };
  let due = 0;
  const timer = setInterval(() => {
    if (over) return clearInterval(timer);
    for (const dueNow = ((performance.now() - beganMs) / 1_000) * perSecond; due < dueNow; due++) {
      const by = nextIdle();
      if (by === undefined) tally.unsent += 1;
      else send(by, (usable) => idle.push(usable ? by : connection()));
    }
  }, TICK_MS);
}

function end(): void {
  if (over) return;
  over = true;
  const untilMs = performance.now() + ANSWERED_WITHIN_MS;
  const timer = setInterval(() => {
    if (underWay > 0 && performance.now() < untilMs) return;
    clearInterval(timer);
    for (let left = underWay; left > 0; left--) tally.failed("no answer");
    process.stdout.write(`report ${JSON.stringify(tally.report())}\n`, () => process.exit(0));
  }, 10);
}

/** Few at once, for the service accepts one after the other; with a question each, as what never asks is cut off. */
async function open(count: number): Promise<readonly LoadConnection[]> {
  const opened: LoadConnection[] = [];
  while (opened.length < count) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, count - opened.length) }, connection);
    await Promise.all(some.map((one) => one.ask(`GET /healthz HTTP/1.1\r\nhost: ${host}\r\n\r\n`)));
    opened.push(...some);
  }
  return opened;
}

const connections = await open(pace.connections);
tally.begin();
process.stdin.on("end", end).on("error", end).resume();
if (seconds !== null) setTimeout(end, seconds * 1_000);
if (pace.kind === "closed") runClosed(connections);
else runOpen(pace.perSecond, connections);
process.stdout.write("began\n");
