// The long suite: the same tests with the numbers that take too long for `npm test`.
import { defineConfig, mergeConfig } from "vitest/config";
import short from "./vitest.config.js";

const LONG = {
  RUNS: "100000",
  ORDERS: "10000",
  MUTATIONS: "200000",
  EVENTS: "1000000",
  MAX_SET: "6",
  ROUNDS: "100",
  LOSS_ROUNDS: "200",
  LOSS_RECORDS: "1000000",
  HISTORIES: "2000",
  FAULT_ROUNDS: "100",
  STEADY_SECONDS: "1800",
  FORGERIES: "100000",
  OVERLOAD_SECONDS: "600",
  KILLS: "20",
};

export default mergeConfig(
  short,
  defineConfig({ test: { env: { ...LONG, LONG: "1" }, testTimeout: 3_600_000, hookTimeout: 3_600_000 } }),
);
