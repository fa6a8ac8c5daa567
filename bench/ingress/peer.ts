/** The peer of `bench:ingress`: takes the body, and answers 202. It says its address. */
import Fastify from "fastify";

const app = Fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
app.post("/webhooks/kustomer", async (_, reply) => reply.code(202).send({ status: "accepted" }));
app.get("/healthz", async () => ({ status: "ok" }));
console.log(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).host);
