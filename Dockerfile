# The service's image. Built for any platform: where rocksdb brings no prebuilt binary (Linux on ARM, for one), the
# dependencies stage compiles it, which takes minutes. Bookworm, because the RocksDB of rocksdb 5.2.1 does not compile
# with the GCC of later releases.

FROM node:20.20.2-bookworm-slim AS tools
RUN apt-get update \
  && apt-get install --yes --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
# The image has Node's headers: node-gyp need not fetch them.
ENV npm_config_nodedir=/usr/local
WORKDIR /app
COPY package.json package-lock.json ./

FROM tools AS dependencies
# What only a compiler needs does not go along. Loading what there is fails here rather than at the first start.
RUN npm ci --omit=dev \
  && rm -rf node_modules/rocksdb/deps node_modules/rocksdb/build/Release/obj.target \
  && node --eval 'require("rocksdb")'

FROM tools AS build
# Compiling TypeScript needs no binary of any package: without scripts, rocksdb is compiled once at most.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && rm -rf dist/bench dist/test

FROM node:20.20.2-bookworm-slim
# The folder belongs to the user of the process before it becomes a volume: a new volume takes its owner from here.
RUN install --directory --owner=node --group=node --mode=0750 /var/lib/queue-ratchet
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
ENV NODE_ENV=production \
  QUEUE_RATCHET_HOST=0.0.0.0 \
  QUEUE_RATCHET_DATA_DIR=/var/lib/queue-ratchet
VOLUME ["/var/lib/queue-ratchet"]
EXPOSE 8080 9464
# The user "node" of the image, by number: Kubernetes' runAsNonRoot cannot judge a name.
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.QUEUE_RATCHET_PORT ?? 8080}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# What it ends itself for, within 10 s.
STOPSIGNAL SIGTERM
# No shell in between: SIGTERM reaches Node.
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["start"]
