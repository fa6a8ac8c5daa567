/** The SQL of docs/consuming.md on a real PostgreSQL, in this process. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { expect } from "vitest";
import { z } from "zod";
import type { QueueAssignment } from "../../../schemas/types.js";
import { announce, randomNumbers, SEED, setting } from "../../oracle/settings.js";
import { keyOf, mixedRecords, type Row, tableOf } from "./assignment-records.js";
import type { Shell } from "./shell.js";

const RECORDS = 150;
const HISTORIES = setting("SQL_HISTORIES", 3);

const ROWS = z.array(
  z.object({
    key: z.string(),
    target_type: z.enum(["QUEUE", "USER"]).nullable(),
    target_id: z.string().nullable(),
    lifecycle: z.enum(["OPEN", "SNOOZED", "CLOSED", "DELETED"]),
  }),
);

/** The module of the example, compiled: what it makes of a record for `merge.sql`. */
type ParametersOf = (record: QueueAssignment) => unknown[];

/** Random records, merged one by one: the table is right after each history, and a row comes back when something was new, and only then. */
export async function mergeRandomRecords({ folder }: Shell): Promise<void> {
  announce("merge.sql", { HISTORIES, RECORDS });
  const { parametersOf }: { parametersOf: ParametersOf } = await import(pathToFileURL(join(folder, "merge.js")).href);
  const [schema, merge] = await Promise.all(
    ["schema.sql", "merge.sql"].map((file) => readFile(join(folder, file), "utf8")),
  );
  const database = await PGlite.create();
  try {
    await database.exec(schema ?? "");
    for (let history = 0; history < HISTORIES; history += 1) {
      await database.exec("TRUNCATE conversation");
      const records = mixedRecords(RECORDS, randomNumbers(SEED + history));
      for (const [index, record] of records.entries()) {
        const seen = records.slice(0, index).filter((one) => keyOf(one) === keyOf(record));
        const before = tableOf(seen).get(keyOf(record));
        const after = tableOf([...seen, record]).get(keyOf(record));
        const { rows } = await database.query(merge ?? "", parametersOf(record));
        // Different values are different versions here.
        if (JSON.stringify(before) !== JSON.stringify(after)) expect(rows).toHaveLength(1);
        expect((await database.query(merge ?? "", parametersOf(record))).rows, "the same record again").toEqual([]);
      }
      const { rows } = await database.query("SELECT * FROM conversation ORDER BY key");
      expect(new Map(ROWS.parse(rows).map((row) => [row.key, rowOf(row)]))).toEqual(tableOf(records));
    }
  } finally {
    await database.close();
  }
}

function rowOf({ target_type: type, target_id: id, lifecycle }: z.output<typeof ROWS>[number]): Row {
  return { assignment: type === null || id === null ? null : { type, id }, lifecycle };
}
