/** docker-compose.yml is what the Compose specification's own JSON schema allows. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { beforeAll, expect, it } from "vitest";
import { parseCompose } from "./deployment.js";

const COMPOSE = fileURLToPath(new URL("../../docker-compose.yml", import.meta.url));
const SCHEMA = fileURLToPath(new URL("compose-spec/compose-spec.json", import.meta.url));

let validate: ValidateFunction;
let text: string;
beforeAll(() => {
  const { $schema, ...schema } = JSON.parse(readFileSync(SCHEMA, "utf8"));
  expect($schema).toContain("draft-07");
  // The schema has keywords of its own, such as "deprecated".
  const ajv = new Ajv({ allErrors: true, strict: false });
  formats.default(ajv);
  validate = ajv.compile(schema);
  text = readFileSync(COMPOSE, "utf8");
});

function problemsOf(content: string): string[] {
  validate(parseCompose(content));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

it("fits", () => {
  expect(problemsOf(text)).toEqual([]);
});

it.each([
  ["a key that there is not", "stop_grace_period: 15s", "stop_grace_time: 15s", "additional properties"],
  ["a value of another type", "read_only: true", "read_only: [true]", "read_only"],
  [
    "a condition that there is not",
    "condition: service_completed_successfully",
    "condition: service_done",
    "condition",
  ],
  ["a restart that is no text", 'restart: "no"', "restart: {}", "restart"],
])("does not fit with %s", (_, find, replace, said) => {
  expect(text).toContain(find);
  expect(problemsOf(text.replace(find, replace)).join("\n")).toContain(said);
});
