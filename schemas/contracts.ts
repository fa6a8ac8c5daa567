/** The Avro contracts: read from the `.avsc` files beside this file, compiled once. */
import { readFileSync } from "node:fs";
import avro from "avsc";
import { strictType } from "./strict-types.js";
import type { ContractName } from "./types.js";

export interface Contract {
  readonly name: ContractName;
  /** The schema as text, exactly as it is registered. */
  readonly schema: string;
  readonly type: avro.Type;
}

const FILES: Readonly<Record<ContractName, string>> = {
  ConversationEvent: "conversation-event",
  WorkItemEvent: "work-item-event",
  QueueAssignment: "queue-assignment",
  AssignmentDecision: "assignment-decision",
  AssignmentRow: "assignment-row",
  Positions: "positions",
};

/** The names of all contracts. */
export const CONTRACT_NAMES = Object.keys(FILES) as readonly ContractName[];

/** The file of a contract, relative to `schemas/`. */
export function contractFile(name: ContractName): string {
  return `${FILES[name]}.avsc`;
}

/** The schema of a contract as a version of the product had it, as text. @throws Error when there was none */
export function releasedSchema(version: string, name: ContractName): string {
  return readFileSync(new URL(`released/${version}/${contractFile(name)}`, import.meta.url), "utf8");
}

function load(name: ContractName): Contract {
  const schema = readFileSync(new URL(contractFile(name), import.meta.url), "utf8");
  return { name, schema, type: compileSchema(schema) };
}

const contracts = Object.fromEntries(CONTRACT_NAMES.map((name) => [name, load(name)])) as Readonly<
  Record<ContractName, Contract>
>;

/** The contract of that name. */
export function contract(name: ContractName): Contract {
  return contracts[name];
}

/** Compiles an Avro schema. @throws Error when the text is no Avro schema. */
export function compileSchema(schema: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { typeHook: strictType });
}
