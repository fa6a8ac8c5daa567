/** Ways to break the deployment files, and what the check must say of each. */
import type { CheckName } from "./checks/index.js";

type Breakage = readonly [file: string, find: string, replace: string, said: string];

const COMPOSE = "docker-compose.yml";
const PROMETHEUS = "ops/prometheus/prometheus.yml";
const RULES = "ops/prometheus/rules.yml";

export const BROKEN: Readonly<Record<CheckName, readonly Breakage[]>> = {
  "every variable is a setting's, with a value that the setting takes": [
    [COMPOSE, "QUEUE_RATCHET_HOST:", "QUEUE_RATCHET_HOTS:", "QUEUE_RATCHET_HOTS is no setting's variable"],
    ["Dockerfile", "QUEUE_RATCHET_DATA_DIR=", "QUEUE_RATCHET_DATA=", "QUEUE_RATCHET_DATA is no setting's variable"],
    ["Dockerfile", "env.QUEUE_RATCHET_PORT", "env.QUEUE_RATCHET_PROT", "QUEUE_RATCHET_PROT is no setting's variable"],
    [
      COMPOSE,
      "QUEUE_RATCHET_HOST: 0.0.0.0",
      'QUEUE_RATCHET_PORT: "80800"',
      "QUEUE_RATCHET_PORT=80800: expected a whole",
    ],
    [COMPOSE, "QUEUE_RATCHET_ENGINE: kafka", "QUEUE_RATCHET_ENGINE: redis", "QUEUE_RATCHET_ENGINE=redis: expected"],
  ],
  "ports are those of the settings, and published on 127.0.0.1 only": [
    [
      "Dockerfile",
      "EXPOSE 8080 9464",
      "EXPOSE 8080 9465",
      "EXPOSE 8080 9465, but the service listens on 8080 and 9464",
    ],
    ["Dockerfile", "?? 8080", "?? 8081", "HEALTHCHECK asks port 8081"],
    [COMPOSE, "127.0.0.1:8080:8080", "127.0.0.1:8080:8081", "queue-ratchet publishes 8081, where it does not listen"],
    [COMPOSE, "127.0.0.1:8080:8080", "8080:8080", "queue-ratchet publishes 8080 on every address"],
    [COMPOSE, "127.0.0.1:9090:9090", "127.0.0.1:9092:9090", "prometheus publishes on 9092, which is taken"],
    [
      COMPOSE,
      "--url=http://127.0.0.1:9090",
      "--url=http://127.0.0.1:9091",
      "the health check of prometheus asks port 9091",
    ],
  ],
  "every address that a service is told is one where another listens": [
    [PROMETHEUS, "queue-ratchet:9464", "queue-ratchet:9465", "prometheus.yml names queue-ratchet:9465"],
    [PROMETHEUS, "queue-ratchet:9464", "service:9464", "no service service"],
    [
      "ops/grafana/provisioning/datasources/prometheus.yml",
      "http://prometheus:9090",
      "http://prometheus:9091",
      "grafana names prometheus:9091: prometheus is not there",
    ],
    [COMPOSE, "BROKERS: kafka:19092", "BROKERS: kafka:9092", "queue-ratchet names kafka:9092: kafka is not there"],
    [COMPOSE, "LISTENERS: INTERNAL://:19092", "LISTENERS: INTERNAL://:19093", "queue-ratchet names kafka:19092"],
    [
      COMPOSE,
      "http://registry:8080",
      "http://registry:8081",
      "queue-ratchet names registry:8081: registry is not there",
    ],
    [COMPOSE, "SERVERS: kafka:19092", "SERVERS: broker:19092", "registry names broker:19092: no service broker"],
  ],
  "every service waits until what it connects to is healthy": [
    [COMPOSE, "      registry:\n        condition: service_healthy\n", "", "queue-ratchet does not wait for registry"],
    [
      COMPOSE,
      "      registry:\n        condition: service_healthy",
      "      registry:\n        condition: service_started",
      "queue-ratchet does not wait until registry is healthy",
    ],
    [
      COMPOSE,
      "condition: service_completed_successfully",
      "condition: service_started",
      "queue-ratchet does not wait until topics has ended well",
    ],
    [
      COMPOSE,
      "      registry:\n        condition",
      "      store:\n        condition",
      "queue-ratchet depends on store, which is no service",
    ],
  ],
  "programs on the host reach Kafka where it tells them to": [
    [COMPOSE, "HOST://127.0.0.1:9092", "HOST://127.0.0.1:9094", "to connect to 9094, which is not published"],
    [COMPOSE, "127.0.0.1:9092:9092", "127.0.0.1:9094:9092", "to connect to 9092, which is not published"],
  ],
  "what is mounted is there": [
    [
      COMPOSE,
      "./ops/prometheus/rules.yml:",
      "./ops/prometheus/rule.yml:",
      "prometheus mounts ./ops/prometheus/rule.yml",
    ],
    [COMPOSE, "- kafka-data:", "- kafka:", "kafka mounts kafka, which is not there"],
    [COMPOSE, "- kafka-data:/", "- ./ops:/", "nothing mounts the volume kafka-data"],
    [COMPOSE, "build: .", "build: ./ops", "there is no Dockerfile"],
  ],
  "Prometheus finds its rules": [
    [
      PROMETHEUS,
      "- rules.yml",
      "- rules/stale.yml",
      "prometheus.yml names rules/stale.yml, which is not mounted beside it",
    ],
    [COMPOSE, ":/etc/prometheus/rules.yml", ":/etc/rules.yml", "prometheus.yml names rules.yml, which is not mounted"],
    [COMPOSE, ":/etc/prometheus/prometheus.yml", ":/prometheus.yml", "Prometheus does not find its configuration"],
  ],
  "the data folder is a volume of the process's user": [
    ["Dockerfile", 'VOLUME ["/var/lib/queue-ratchet"]', 'VOLUME ["/data"]', "is no VOLUME of the image"],
    ["Dockerfile", "DATA_DIR=/var/lib/queue-ratchet", "DATA_DIR=/data", "queue-ratchet keeps /data in its container"],
    ["Dockerfile", "--owner=node ", "", "nobody makes /var/lib/queue-ratchet for the user of the process"],
    [
      COMPOSE,
      "queue-ratchet-data:/var/lib/queue-ratchet",
      "queue-ratchet-data:/data",
      "keeps /var/lib/queue-ratchet in",
    ],
  ],
  "what the Dockerfile copies is there, or made by an earlier stage": [
    [
      "Dockerfile",
      "COPY package.json LICENSE ./",
      "COPY package.json LICENCE ./",
      "COPY LICENCE: not in the build context",
    ],
    ["Dockerfile", "--from=build", "--from=compile", "COPY --from=compile: no such stage before"],
    ["Dockerfile", "/app/dist ", "/app/build ", "COPY --from=build /app/build: not made there"],
    ["Dockerfile", " && rm -rf dist/bench dist/test", "", "COPY --from=build /app/dist: not made there"],
    ["Dockerfile", "npm ci --omit=dev", "npm ci", "COPY --from=dependencies /app/node_modules: not made there"],
    [".dockerignore", "*.md", "LICENSE", "COPY LICENSE: not in the build context"],
  ],
  "the build context has what the build reads, and no more": [
    [".dockerignore", "\ndata\n", "\nschemas\n", ".dockerignore leaves out schemas"],
    [".dockerignore", "*.md", "test", ".dockerignore leaves out test/fixtures/kustomer-incident.ndjson"],
    [".dockerignore", "\n.env*\n", "\n", ".dockerignore lets .env through"],
  ],
  "every image has an exact version": [
    [COMPOSE, "apache/kafka:4.3.1", "apache/kafka:latest", "apache/kafka:latest has no exact version"],
    [COMPOSE, "prom/prometheus:v3.13.1", "prom/prometheus", "prom/prometheus has no exact version"],
    [COMPOSE, "kafkasql:2.6.13.Final", "kafkasql:2.6", "has no exact version"],
    ["Dockerfile", "20.20.2-bookworm-slim AS tools", "20-bookworm-slim AS tools", "node:20-bookworm-slim has no exact"],
  ],
  "versions are those of the package and of the tests": [
    [COMPOSE, "apache/kafka:4.3.1", "apache/kafka:4.3.0", "apache/kafka:4.3.0 is not 4.3.1"],
    [COMPOSE, "kafkasql:2.6.13.Final", "kafkasql:2.6.12.Final", "2.6.12.Final is not 2.6.13.Final"],
    [COMPOSE, "image: queue-ratchet:", "image: queue-ratchet:9.", "queue-ratchet:9.0.2.0 is not 0.2.0"],
    ["Dockerfile", "20.20.2-bookworm-slim AS tools", "20.20.1-bookworm-slim AS tools", "builds for another image"],
    ["README.md", "Tested with Node 2", "Tested with Node 1", "node:20.20.2-bookworm-slim is not 1"],
  ],
  "the process is not root's": [
    ["Dockerfile", "USER 1000:1000", "USER root", "the process is root's"],
    ["Dockerfile", "USER 1000:1000", "USER 0:0", "the process is 0:0's"],
    ["Dockerfile", "USER 1000:1000\n", "", "the process is root's: no USER"],
  ],
  "the process starts without a shell": [
    ["Dockerfile", 'ENTRYPOINT ["node", "dist/cli/main.js"]', "ENTRYPOINT node dist/cli/main.js", "without a shell"],
    [
      "Dockerfile",
      'ENTRYPOINT ["node", "dist/cli/main.js"]',
      'ENTRYPOINT ["node", "dist/main.js"]',
      "does not run dist/cli",
    ],
    ["Dockerfile", 'CMD ["node", "--eval"', 'CMD ["curl", "--eval"', "HEALTHCHECK does not ask /healthz with node"],
  ],
  "the process has the time to close": [
    ["Dockerfile", "STOPSIGNAL SIGTERM", "STOPSIGNAL SIGINT", "the image is stopped with SIGINT"],
    [COMPOSE, "stop_signal: SIGTERM", "stop_signal: SIGKILL", "queue-ratchet is stopped with SIGKILL"],
    [COMPOSE, "stop_grace_period: 15s", "stop_grace_period: 10s", "is killed after 10s"],
    [COMPOSE, "    stop_grace_period: 15s\n", "", "is killed after 10s"],
  ],
  "what runs the image can change nothing but its volumes": [
    [
      COMPOSE,
      "  read_only: true\n  tmpfs:\n    - /tmp\n",
      "  tmpfs:\n    - /tmp\n",
      "queue-ratchet can write to its image",
    ],
    [COMPOSE, "  read_only: true\n  tmpfs:\n    - /tmp\n", "  read_only: true\n", "topics has no /tmp to write to"],
    [COMPOSE, "  tmpfs:\n    - /tmp\n  cap_drop:\n    - ALL\n", "  tmpfs:\n    - /tmp\n", "keeps capabilities"],
  ],
  "the topics are made before the service starts": [
    [COMPOSE, 'command: ["topics"]', 'command: ["describe"]', "nobody makes the topics"],
    [
      COMPOSE,
      "      topics:\n        condition: service_completed_successfully\n",
      "",
      "queue-ratchet does not wait for topics",
    ],
    [
      COMPOSE,
      "      <<: *connections\n      QUEUE_RATCHET_ENGINE: kafka",
      "      <<: *connections\n      QUEUE_RATCHET_BROKERS: kafka:9092\n      QUEUE_RATCHET_ENGINE: kafka",
      "topics and queue-ratchet do not agree on QUEUE_RATCHET_BROKERS",
    ],
  ],
  "no secret stands in the files": [
    [
      COMPOSE,
      "QUEUE_RATCHET_BELCO_SECRETS:-}",
      "QUEUE_RATCHET_BELCO_SECRETS:-changeme}",
      "QUEUE_RATCHET_BELCO_SECRETS does not come from whoever runs it",
    ],
    [
      COMPOSE,
      "GF_AUTH_DISABLE_LOGIN_FORM: ",
      "GF_SECURITY_ADMIN_PASSWORD: ",
      "GF_SECURITY_ADMIN_PASSWORD does not come",
    ],
    [".dockerignore", "\n.env*\n", "\n", ".env may get into the image"],
  ],
  "Grafana finds its data and its dashboard": [
    [COMPOSE, ":/etc/grafana/provisioning:", ":/etc/provisioning:", "does not find what is to be provisioned"],
    [COMPOSE, "./ops/grafana/dashboards:/etc", "./ops/grafana/boards:/etc", "does not find /etc/grafana/dashboards"],
    [
      COMPOSE,
      "dashboards/queue-ratchet.json",
      "dashboards/ratchet.json",
      "does not find /etc/grafana/dashboards/ratchet",
    ],
    [
      "ops/grafana/provisioning/dashboards/queue-ratchet.yml",
      "path: /etc/grafana/dashboards",
      "path: /var/lib/dashboards",
      "does not find /var/lib/dashboards",
    ],
  ],
  "rules ask for metrics and labels that there are": [
    [
      RULES,
      "rate(queue_ratchet_stale_drops_total[5m]",
      "rate(queue_ratchet_stale_total[5m]",
      "there is no queue_ratchet_stale_total",
    ],
    [
      RULES,
      "(instance, class, reason) (rate(queue_ratchet_decisions_total[5m]",
      "(instance, kind, reason) (rate(queue_ratchet_decisions_total[5m]",
      "there is no label kind",
    ],
    [
      RULES,
      "0 * source:queue_ratchet_decisions:rate5m",
      "0 * queue_ratchet_decisions:rate5m",
      "there is no queue_ratchet_decisions:rate5m",
    ],
    [
      RULES,
      "record: source:queue_ratchet_decisions:rate5m",
      "record: queue_ratchet_decisions_rate5m",
      "is not level:metric:operations",
    ],
  ],
};
