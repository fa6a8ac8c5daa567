// The arrows between the rooms (architecture, "Rooms"): who may import whom. `npm run arrows` checks them.
const room = (name) => `^${name}/`;

/** A room may import itself, libraries, and these rooms or doors. */
const allowed = {
  schemas: [],
  processors: ["^schemas/(types|version)\\.ts$"],
  topology: ["^processors/index\\.ts$", "^schemas/(index|types|row)\\.ts$"],
  runtime: ["^topology/index\\.ts$", "^processors/index\\.ts$", "^schemas/"],
  ingress: ["^runtime/[^/]+/index\\.ts$", "^schemas/index\\.ts$", "^processors/index\\.ts$"],
  // Its types come from files without libraries: they are what users compile (test/project/package.test.ts).
  consumer: ["^runtime/kafka/wire/index\\.ts$", "^schemas/(index|types|version|registry/(confluent|port))\\.ts$"],
  console: ["^runtime/[^/]+/index\\.ts$", "^schemas/index\\.ts$"],
  cli: ["^schemas/", "^processors/", "^topology/", "^runtime/", "^ingress/", "^consumer/", "^console/"],
};

const rooms = Object.keys(allowed);

const ownAndAllowed = (name) => [room(name), ...allowed[name], "node_modules", "^node:", "^[a-z_/]+$"];

/** What a pure room may not touch: I/O, clocks and randomness come as modules too. */
const impure = [
  "fs",
  "net",
  "http",
  "https",
  "child_process",
  "worker_threads",
  "timers",
  "crypto",
  "os",
  "perf_hooks",
  "dgram",
  "tls",
];

module.exports = {
  forbidden: [
    ...rooms.map((name) => ({
      name: `${name}-imports-only-what-it-may`,
      severity: "error",
      from: { path: room(name) },
      to: { pathNot: ownAndAllowed(name), dependencyTypesNot: ["core", "npm"] },
    })),
    {
      name: "processors-are-pure",
      comment: "No I/O, clocks, randomness, logging, metrics or Kafka in what decides.",
      severity: "error",
      from: { path: "^processors/" },
      to: {
        path: [
          ...impure.map((name) => `^(node:)?${name}(/|$)`),
          "node_modules/(kafkajs|rocksdb|prom-client|pino|fastify)/",
        ],
      },
    },
    {
      name: "topology-knows-no-engine",
      severity: "error",
      from: { path: "^topology/" },
      to: { path: "node_modules/(kafkajs|rocksdb)/" },
    },
    {
      name: "the-entry-imports-what-is-pure",
      comment: "Who wants the contracts and the rule loads no engine and no client of Kafka.",
      severity: "error",
      from: { path: "^index\\.ts$" },
      to: { pathNot: ["^schemas/", "^processors/index\\.ts$", "^runtime/records/partitioner\\.ts$"] },
    },
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "nothing-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-tests-in-the-product",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^(test|bench)/" },
    },
    {
      name: "no-undeclared-packages",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|coverage)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
