/** A process with a server that does nothing but answer: how late the machine itself is. It says `listening` and its port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((_, response) => response.end("{}"));
server.listen(0, "127.0.0.1", () => {
  // A server on a host and a port has an address of that form.
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`listening ${port}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
