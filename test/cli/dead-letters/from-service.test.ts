/** What a running service answers about dead letters, when it does not answer as it should. */
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { ServiceDeadLetters } from "../../../cli/dead-letters/from-service.js";
import { FailedError } from "../../../cli/errors.js";
import { OperatorClient } from "../../../cli/operator/operator-client.js";
import { writeOperatorFile } from "../../../cli/operator/operator-file.js";
import { listOf, resend } from "../../runtime/dead-letters/steps.js";
import { newFolder } from "./service.js";

/** A service that answers every question so. */
async function answering(status: number, body: string): Promise<ServiceDeadLetters> {
  const server = createServer(({ url }, response) => {
    if (url === "/") response.end('{"service":"queue-ratchet"}');
    else response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = await newFolder();
  await mkdir(folder);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeOperatorFile(folder, { url, token: "t", pid: 1 });
  const client = await OperatorClient.connect(folder);
  if (client === null) throw new Error("it does not answer");
  return new ServiceDeadLetters(client);
}

const READ = '{"kind":"read","records":1}\n';

it.each([
  ["ends before its last step", 200, READ, "went away in the middle"],
  ["ends in the middle of a line", 200, `${READ}{"kind":"en`, "gone away in the middle"],
  ["says what nobody knows", 200, `${READ}{"kind":"surprise"}\n`, "does not understand"],
  ["fails", 200, `${READ}{"kind":"failed","code":"STOPPING","message":"being stopped"}\n`, "STOPPING: being stopped"],
  ["refuses", 409, '{"error":{"code":"BUSY","message":"someone else"}}', "refuses: BUSY: someone else"],
])("is not taken for a short answer when it %s", async (_, status, body, said) => {
  const letters = await answering(status, body);
  for (const asked of [listOf(letters), resend(letters, ["0:1"])]) {
    const failure = await asked.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FailedError);
    expect(String(failure)).toContain(said);
  }
});

it.each([
  ["what nobody knows", 200, "{}", "does not understand"],
  ["no JSON", 200, "<html>", "gone away"],
])("is no letter when it is %s", async (_, status, body, said) => {
  const letters = await answering(status, body);
  await expect(letters.letter({ partition: 0, offset: 1 })).rejects.toThrow(said);
});
