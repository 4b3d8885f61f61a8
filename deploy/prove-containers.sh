#!/usr/bin/env bash
# Proves what can be proved about the containers without pulling an image: with Debian's docker.io, and base images made from
# Debian's packages, it builds every image, starts docker-compose.yml with the embedded event store in place of EventStoreDB,
# plays the demo's registration through it, and stops everything in order. All traffic stays on a loopback interface of its own.
#   deploy/prove-containers.sh           as root on Debian; needs the npm registry and Debian's, and a few minutes
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/node_modules/.bin:/usr/sbin:$PATH
say() { echo "== $*" >&2; }

for package in docker.io docker-compose debootstrap; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="${missing:-} $package"
done
[ -z "${missing:-}" ] || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null

PROOF_DIR=$(mktemp -d "${TMPDIR:-/tmp}/touchline-proof-XXXXXX")
export DOCKER_HOST=unix://$PROOF_DIR/docker.sock DOCKER_BUILDKIT=0
docker=/usr/bin/docker
compose() { docker-compose --project-name touchline-proof --project-directory . --file "$PROOF_DIR/compose.yml" "$@"; }

cleanup() {
  status=$?
  if [ -S "$PROOF_DIR/docker.sock" ]; then
    [ "$status" = 0 ] || compose logs --tail 40 2>/dev/null || true
    compose down --volumes --timeout 15 >/dev/null 2>&1 || true
  fi
  if [ -n "${daemon:-}" ]; then kill "$daemon" && wait "$daemon" || true; fi
  for mount in $(grep -o "$PROOF_DIR[^ ]*" /proc/mounts | sort -ru); do umount "$mount" || true; done
  rm -rf "$PROOF_DIR"
  exit "$status"
}
trap cleanup EXIT

say "A Docker engine of our own: no bridge, no rules in this machine's firewall"
dockerd --data-root "$PROOF_DIR/data" --exec-root "$PROOF_DIR/exec" --pidfile "$PROOF_DIR/pid" --host "$DOCKER_HOST" \
  --bridge none --iptables=false --ip6tables=false >"$PROOF_DIR/dockerd.log" 2>&1 &
daemon=$!
for _ in $(seq 60); do $docker info >/dev/null 2>&1 && break || sleep 0.5; done
$docker info >/dev/null || { tail -5 "$PROOF_DIR/dockerd.log" >&2; say "dockerd does not work here"; exit 1; }

say "Base images from Debian's packages"
debootstrap --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$PROOF_DIR/root" >"$PROOF_DIR/debootstrap.log"
# This machine may reach its registries through a proxy that signs with its own authority.
cp /etc/ssl/certs/ca-certificates.crt "$PROOF_DIR/root/etc/ssl/certs/ca-certificates.crt"
tar -C "$PROOF_DIR/root" --exclude=./var/cache/apt --exclude=./var/lib/apt/lists -c . |
  $docker import --change "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt" - touchline/debian:12 >/dev/null
rm -rf "$PROOF_DIR/root"
from_debian() {
  printf 'FROM touchline/debian:12\nRUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends %s >/dev/null\n' "${*:2}" |
    $docker build --network host --quiet --tag "touchline/$1:12" -
}
from_debian debian-node nodejs npm
from_debian debian-tools nats-server caddy prometheus wget

say "Every image, with deploy/Dockerfile"
build() {
  $docker build --network host --quiet --file deploy/Dockerfile --tag "touchline/$1:latest" \
    --build-arg BUILD_IMAGE=touchline/debian-node:12 --build-arg BASE_IMAGE=touchline/debian:12 "${@:2}" . >/dev/null
}
for service in relay registration notification payment-link sandbox; do build $service --build-arg "SERVICE=$service"; done
build eventstore --build-arg WORKSPACE=libs/embedded
$docker image ls --format '{{.Repository}} {{.Size}}' --filter 'reference=touchline/*:latest' >&2

say "docker-compose.yml, started"
grep -v sync_interval deploy/nats/nats.conf >"$PROOF_DIR/nats.conf"
# There is no DNS in there; names come from the hosts file.
sed -E 's/dns_sd_configs: \[\{ names: \[([a-z-]+)\], type: A, port: ([0-9]+) \}\]/static_configs: [{ targets: ["\1:\2"] }]/' \
  deploy/prometheus/prometheus.yml >"$PROOF_DIR/prometheus.yml"
node deploy/proof/compose.mjs "$PROOF_DIR" >"$PROOF_DIR/compose.yml"
compose up --detach --no-build 2>"$PROOF_DIR/up.log" || { cat "$PROOF_DIR/up.log" >&2; exit 1; }
for service in relay registration notification payment-link sandbox; do
  id=$(compose ps --quiet $service)
  for _ in $(seq 60); do
    health=$($docker inspect --format '{{.State.Health.Status}}' "$id")
    [ "$health" = healthy ] && break || sleep 1
  done
  user=$($docker inspect --format '{{.Config.User}} read-only={{.HostConfig.ReadonlyRootfs}}' "$id")
  say "$service: $health, user $user"
  [ "$health" = healthy ]
done

say "One registration, from the chat to the payment"
inside() { nsenter --net="/proc/$($docker inspect --format '{{.State.Pid}}' "$(compose ps --quiet loopback)")/ns/net" "$@"; }
inside env GATEWAY_TOKEN=sandbox-gateway-token node deploy/proof/play.ts
say "Prometheus sees every service"
for _ in $(seq 40); do
  up=$(inside wget -qO- 'http://127.0.0.1:9090/api/v1/query?query=count(up{job!="eventstore"}==1)' | grep -o '"[0-9]*"\]' | tr -dc 0-9 || true)
  [ "$up" = 5 ] && break || sleep 1
done
[ "$up" = 5 ]

say "Stopping, in order"
for service in edge sandbox payment-link notification registration relay nats eventstore; do
  compose stop --timeout 15 $service >/dev/null 2>&1
  code=$($docker inspect --format '{{.State.ExitCode}}' "$(compose ps --all --quiet $service)")
  say "$service ended with $code"
  [ "$code" = 0 ] || [ "$service" = nats ]
done
say "Proved: images, compose file, health checks, start order, a registration, orderly stop"
