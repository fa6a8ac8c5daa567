/** What a cluster's connections make of brokers that hang or leave at a bad moment: stubs that speak just enough of the protocol. */
import net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { AuthenticationError, Cluster, ConnectionError, Deadline } from "../../../../runtime/kafka/wire/index.js";
import { until } from "../../../support/kafka/index.js";
import { settled } from "./support/wire.js";

const API_VERSIONS = 18;
const METADATA = 3;
const SASL_HANDSHAKE = 17;

/** What is answered to a request of an API: a body, nothing, or the end of the connection. */
type Stub = (apiKey: number) => Buffer | "silence" | "end";

const servers: net.Server[] = [];
const sockets = new Set<net.Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** @returns its address, and the API keys it was asked */
async function broker(
  stub: Stub,
): Promise<{ readonly address: string; readonly port: number; readonly asked: number[] }> {
  const asked: number[] = [];
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let bytes = Buffer.alloc(0);
    socket.on("data", (data) => {
      bytes = Buffer.concat([bytes, data]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const request = bytes.subarray(4, 4 + bytes.readInt32BE(0));
        bytes = bytes.subarray(4 + request.length);
        const apiKey = request.readInt16BE(0);
        asked.push(apiKey);
        const answer = apiKey === API_VERSIONS ? versions() : stub(apiKey);
        if (answer === "end") socket.end();
        if (typeof answer === "string") continue;
        const head = Buffer.alloc(8);
        head.writeInt32BE(4 + answer.length, 0);
        head.writeInt32BE(request.readInt32BE(4), 4);
        socket.write(Buffer.concat([head, answer]));
      }
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as net.AddressInfo;
  return { address: `127.0.0.1:${port}`, port, asked };
}

/** Every API in versions 0 to 12. */
function versions(): Buffer {
  const keys = Array.from({ length: 40 }, (_, key) => key);
  const answer = Buffer.alloc(2 + 4 + 6 * keys.length + 4);
  answer.writeInt32BE(keys.length, 2);
  for (const key of keys) {
    answer.writeInt16BE(key, 6 + 6 * key);
    answer.writeInt16BE(key === 36 || key === 17 ? 1 : 12, 6 + 6 * key + 4);
  }
  return answer;
}

/** Of a cluster called "stub" without brokers, in which broker 1 leads the one partition of the topic "t". */
function metadataOfTopic(): Buffer {
  const topic = Buffer.concat([
    // Error code, name, topic id, not internal.
    Buffer.from([0, 0, 2, 0x74]),
    Buffer.alloc(16, 7),
    Buffer.from([0]),
    // One partition: error code, number, leader, leader epoch, replicas, in-sync replicas, offline replicas, tags.
    Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 1, 1, 1, 0]),
    // Authorized operations, tags.
    Buffer.from([0, 0, 0, 0, 0]),
  ]);
  const empty = emptyMetadata();
  // The empty list of topics is the byte before the last.
  return Buffer.concat([empty.subarray(0, -2), Buffer.from([2]), topic, Buffer.from([0])]);
}

/** Of a cluster called "stub", which has no brokers. */
function emptyMetadata(): Buffer {
  // Tags of the header, throttle time, no brokers, cluster id, controller, no topics, tags.
  return Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 1, 5]),
    Buffer.from("stub"),
    Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 0]),
  ]);
}

function handshake(): Buffer {
  const mechanism = Buffer.from("PLAIN");
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, mechanism.length]), mechanism]);
}

describe("a cluster's connections", () => {
  const options = { clientId: "test", requestTimeoutMs: 300, connectTimeoutMs: 300 };

  it("asks another broker after one that takes connections and does not answer", async () => {
    const hung = await broker(() => "silence");
    const well = await broker((apiKey) => (apiKey === METADATA ? emptyMetadata() : "silence"));
    const cluster = new Cluster({ ...options, brokers: [hung.address, well.address] });
    expect(await cluster.clusterId(new Deadline(5000))).toBe("stub");
    expect(hung.asked.filter((apiKey) => apiKey === METADATA)).toHaveLength(1);
    await cluster.close();
  });

  it("K3 holds its deadline though the broker hangs", async () => {
    const hung = await broker(() => "silence");
    const cluster = new Cluster({ ...options, requestTimeoutMs: 5000, brokers: [hung.address] });
    const from = performance.now();
    await settled(cluster.clusterId(new Deadline(200)));
    expect(performance.now() - from).toBeLessThan(1000);
    await cluster.close();
  });

  it("asks for metadata that are old beside the work, and works with them while they cannot be had anew", async () => {
    let answers = 1;
    const once = await broker((apiKey) => (apiKey === METADATA && answers-- > 0 ? metadataOfTopic() : "silence"));
    const cluster = new Cluster({ ...options, metadataMaxAgeMs: 50, brokers: [once.address] });
    const place = { topic: "t", partition: 0 };
    expect(await cluster.leader(place)).toMatchObject({ nodeId: 1, epoch: 3 });
    const questions = () => once.asked.filter((apiKey) => apiKey === METADATA).length;
    expect(await until(() => cluster.knownLeader(place)?.nodeId !== 1 || questions() > 1, 5000)).toBe(true);
    expect(cluster.knownLeader(place)).toMatchObject({ nodeId: 1, epoch: 3 });
    await cluster.close();
  });

  it.each(["end", "silence"] as const)("takes no lost connection for a wrong password (%s)", async (ending) => {
    const leaving = await broker((apiKey) => (apiKey === SASL_HANDSHAKE ? handshake() : ending));
    const sasl = { mechanism: "plain", username: "user", password: "password" } as const;
    const cluster = new Cluster({ ...options, sasl, brokers: [leaving.address] });
    const error = await settled(cluster.refresh());
    expect(error).not.toBeInstanceOf(AuthenticationError);
    expect(error).toBeInstanceOf(ConnectionError);
    await cluster.close();
  });
});
