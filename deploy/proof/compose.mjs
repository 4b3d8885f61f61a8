// Reads docker-compose.yml and writes a version that needs no image from a registry: the embedded event store in
// place of EventStoreDB, Debian's own packages for the rest, all of them on one loopback interface that nothing else can
// reach. Services, settings, start order and health checks stay as they are. The argument is a folder with nats.conf and prometheus.yml.
import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";

const compose = parse(readFileSync("docker-compose.yml", "utf8"), { merge: true });
const { grafana: _, backup: __, tunnel: ___, ops: ____, ...services } = compose.services;

for (const service of Object.values(services)) {
  delete service.ports;
  delete service.networks;
  service.network_mode = "service:loopback";
  // Images are built beforehand, with the host's network.
  delete service.build;
}
services.loopback = {
  image: "touchline/debian:12",
  command: ["sleep", "infinity"],
  network_mode: "none",
  // Containers that share a network share its host names.
  extra_hosts: [...Object.keys(services), "alertmanager"].map((name) => `${name}:127.0.0.1`),
  stop_signal: "SIGKILL",
};
services.eventstore = {
  ...services.eventstore,
  image: "touchline/eventstore:latest",
  command: ["node", "src/eventstore/main.ts", "--port", "2113", "--data", "/data"],
  environment: {},
  read_only: true,
  volumes: ["eventstore:/data"],
  healthcheck: { test: ["CMD", "/bin/bash", "-c", "</dev/tcp/127.0.0.1/2113"], interval: "2s", retries: 20 },
};
// 2.9 does not know sync_interval.
services.nats = {
  ...services.nats,
  image: "touchline/debian-tools:12",
  command: ["nats-server", "--config", "/etc/nats.conf"],
  volumes: ["nats:/data", `${process.argv[2]}/nats.conf:/etc/nats.conf:ro`],
};
services.edge = {
  ...services.edge,
  image: "touchline/debian-tools:12",
  // Debian's image has this instead of nc.
  healthcheck: { test: ["CMD", "/bin/bash", "-c", "</dev/tcp/127.0.0.1/8000"], interval: "2s" },
  command: ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
  environment: { ...services.edge.environment, XDG_DATA_HOME: "/data" },
};
services.prometheus = {
  ...services.prometheus,
  image: "touchline/debian-tools:12",
  command: ["prometheus", ...services.prometheus.command],
  volumes: [...services.prometheus.volumes, `${process.argv[2]}/prometheus.yml:/etc/prometheus/prometheus.yml:ro`],
};
process.stdout.write(stringify({ services, volumes: compose.volumes }));
