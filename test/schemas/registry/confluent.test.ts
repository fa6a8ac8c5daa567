/** The adapter of Confluent's registry against its REST API, with the refusals and failures that it meets there. */
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ContractCodec, compileSchema, contract, SchemaRegistryError } from "../../../schemas/index.js";
import { ConfluentSchemaRegistry } from "../../../schemas/registry/confluent.js";
import { populated } from "../samples.js";
import { ConfluentServer } from "./confluent-server.js";

const schema = contract("QueueAssignment").schema;
const SUBJECT = "queue-assignments-value";
const REGISTER = `POST /subjects/${SUBJECT}/versions`;
const CONFLICT = { status: 409, body: { error_code: 409, message: "Schema being registered is incompatible" } };

let server: ConfluentServer;
let registry: ConfluentSchemaRegistry;
beforeEach(async () => {
  server = await ConfluentServer.start();
  registry = new ConfluentSchemaRegistry({ url: server.url });
});
afterEach(() => server.stop());

/** Answers the first `times` registrations with a conflict. */
function conflicts(times: number): void {
  let left = times;
  server.intercept = ({ line }) => (line === REGISTER && left-- > 0 ? CONFLICT : undefined);
}

describe("registering a schema", () => {
  test("gives the registry's id", async () => {
    expect(await registry.register(SUBJECT, schema)).toBe(1);
  });

  test("asks for the configuration, registers, and then sets BACKWARD_TRANSITIVE for a new subject", async () => {
    await registry.register(SUBJECT, schema);
    expect(server.lines).toEqual([`GET /config/${SUBJECT}`, REGISTER, `PUT /config/${SUBJECT}`]);
    expect(JSON.parse(server.requests.at(-1)?.body ?? "")).toEqual({ compatibility: "BACKWARD_TRANSITIVE" });
  });

  test("sends the schema exactly as it stands in its file", async () => {
    await registry.register(SUBJECT, schema);
    expect(JSON.parse(server.requests[1]?.body ?? "")).toEqual({ schema });
  });

  test("leaves the configuration of a known subject alone", async () => {
    await registry.register(SUBJECT, schema);
    server.requests.length = 0;
    await registry.register(SUBJECT, schema);
    expect(server.lines).toEqual([`GET /config/${SUBJECT}`, REGISTER]);
  });

  test("that meets a conflict is tried again", async () => {
    conflicts(1);
    expect(await registry.register(SUBJECT, schema)).toBe(1);
  });

  test("that meets a conflict each time fails after five tries, and the error names the subject and the answer", async () => {
    conflicts(Number.POSITIVE_INFINITY);
    const failed = registry.register(SUBJECT, schema);
    await expect(failed).rejects.toThrow(SchemaRegistryError);
    await expect(failed).rejects.toThrow(new RegExp(`${SUBJECT}.*409.*incompatible`));
    expect(server.lines.filter((line) => line === REGISTER)).toHaveLength(5);
  });

  test("of a subject for which somebody chose another compatibility is an error that names both", async () => {
    server.intercept = ({ line }) => {
      if (line === "GET /config") return { status: 200, body: { compatibilityLevel: "BACKWARD" } };
      return line.startsWith("GET /config/") ? { status: 200, body: { compatibilityLevel: "NONE" } } : undefined;
    };
    await expect(registry.register(SUBJECT, schema)).rejects.toThrow(/BACKWARD_TRANSITIVE != NONE/);
    expect(server.lines.filter((line) => line.startsWith("PUT"))).toEqual([]);
  });

  test("waits for another instance that has made the subject and is about to set its compatibility", async () => {
    let looks = 0;
    server.intercept = ({ line }) =>
      line.startsWith("GET /config/") && ++looks <= 2
        ? { status: 200, body: { compatibilityLevel: "NONE" } }
        : undefined;
    expect(await registry.register(SUBJECT, schema)).toBe(1);
    expect(server.lines.filter((line) => line.startsWith("PUT /config/"))).toHaveLength(1);
  });

  test("sets the compatibility of a subject whose maker died before it did", async () => {
    server.intercept = ({ line }) =>
      line.startsWith("GET /config") && !server.lines.some((one) => one.startsWith("PUT"))
        ? { status: 200, body: { compatibilityLevel: "NONE" } }
        : undefined;
    expect(await registry.register(SUBJECT, schema)).toBe(1);
    expect(server.requests.find(({ line }) => line.startsWith("PUT"))?.body).toBe(
      '{"compatibility":"BACKWARD_TRANSITIVE"}',
    );
  });

  test("that is refused for another reason is not tried again", async () => {
    server.intercept = ({ line }) =>
      line === REGISTER ? { status: 422, body: { error_code: 42201, message: "Invalid schema" } } : undefined;
    await expect(registry.register(SUBJECT, schema)).rejects.toThrow(/422.*Invalid schema/);
    expect(server.lines.filter((line) => line === REGISTER)).toHaveLength(1);
  });
});

describe("a schema by its id", () => {
  test("reads what was written with it", async () => {
    const id = await registry.register(SUBJECT, schema);
    const other = new ConfluentSchemaRegistry({ url: server.url });
    const found = compileSchema((await other.schemaById(id)) ?? "");
    expect(found.fingerprint()).toEqual(compileSchema(schema).fingerprint());
  });

  test("is null when the registry has none", async () => {
    expect(await registry.schemaById(77)).toBeNull();
  });

  test.each([
    ["a schema of another kind", { schemaType: "XML", schema: "<schema/>" }],
    ["a schema that avsc does not understand", { schema: '{"type":"unheard-of"}' }],
    ["a schema that is not JSON", { schema: "record Sample" }],
  ])("is null for %s: its records are to be refused, not waited for", async (_what, body) => {
    server.intercept = () => ({ status: 200, body });
    expect(await registry.schemaById(1)).toBeNull();
  });

  test("is an error when the answer is none of a registry", async () => {
    server.intercept = () => ({ status: 200, body: "null" });
    await expect(registry.schemaById(1)).rejects.toThrow(SchemaRegistryError);
  });

  test("is an error when the registry refuses the user", async () => {
    server.intercept = () => ({ status: 401, body: { error_code: 401, message: "Unauthorized" } });
    await expect(registry.schemaById(1)).rejects.toThrow(/401.*Unauthorized/);
  });
});

describe("a registry that cannot be used", () => {
  const DEADLINE_MS = 200;

  test.each([
    ["registering", (bounded: ConfluentSchemaRegistry) => bounded.register(SUBJECT, schema)],
    ["a schema by its id", (bounded: ConfluentSchemaRegistry) => bounded.schemaById(1)],
  ])("because it never answers fails at the deadline (%s)", async (_what, call) => {
    server.intercept = () => null;
    const bounded = new ConfluentSchemaRegistry({ url: server.url, deadlineMs: DEADLINE_MS });
    const failed = call(bounded);
    await expect(failed).rejects.toThrow(SchemaRegistryError);
    await expect(failed).rejects.toThrow(`no answer within ${DEADLINE_MS} ms`);
  });

  test("because nobody listens is an error that names its URL and the cause", async () => {
    const { url } = server;
    await server.stop();
    const failed = registry.schemaById(1);
    await expect(failed).rejects.toThrow(SchemaRegistryError);
    await expect(failed).rejects.toThrow(new RegExp(`${url}.*ECONNREFUSED`));
    server = await ConfluentServer.start();
  });

  test("is an error that does not name the password", async () => {
    server.intercept = () => ({ status: 401, body: { error_code: 401, message: "Unauthorized" } });
    const secured = new ConfluentSchemaRegistry({ url: server.url, auth: { username: "me", password: "hush" } });
    const error = await secured.schemaById(1).catch((refused: unknown) => refused);
    expect(inspect(error, { depth: 10 })).not.toMatch(/hush|bWU6aHVzaA/);
  });
});

test("the user and the password are sent with every request", async () => {
  const secured = new ConfluentSchemaRegistry({ url: server.url, auth: { username: "me", password: "hush" } });
  await secured.register(SUBJECT, schema);
  const basic = `Basic ${Buffer.from("me:hush").toString("base64")}`;
  expect(server.requests.map(({ authorization }) => authorization)).toEqual([basic, basic, basic]);
});

test("a slash at the end of the URL makes no difference", async () => {
  await new ConfluentSchemaRegistry({ url: `${server.url}/` }).register(SUBJECT, schema);
  expect(server.lines).toContain(REGISTER);
});

test("a codec reads through it what another instance wrote", async () => {
  const writer = await ContractCodec.open("QueueAssignment", SUBJECT, registry);
  const reader = await ContractCodec.open("QueueAssignment", SUBJECT, new ConfluentSchemaRegistry({ url: server.url }));
  expect(reader.decode(writer.encode(populated.QueueAssignment))).toEqual(populated.QueueAssignment);
});
