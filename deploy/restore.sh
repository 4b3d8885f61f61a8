#!/usr/bin/env bash
# Puts a backup of the event store in place, on the machine that runs production in containers, and brings back from NATS what
# happened after it. Says what it will do and asks first.
#   deploy/restore.sh [--yes] <archive>
# COMPOSE is the docker compose command of this installation, if it is not the one of docs/operations.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mail=
# Without this file, services start without a mail server, and forget the parents' addresses. Only root can look for the secret
# smtp-url, so the settings decide: a sender, and no address of a server that needs no password.
sets() { grep -qs "^$1=." "$root/deploy/production.env"; }
! sets MAIL_FROM || sets SMTP_URL || mail="-f deploy/compose.mail.yml"
COMPOSE=${COMPOSE:-docker compose --env-file deploy/production.env -f docker-compose.yml -f deploy/compose.production.yml $mail --profile live}
BACKUP_IMAGE=${BACKUP_IMAGE:-debian:12.15-slim}
# The user that the event store's image runs as.
OWNER=${EVENTSTORE_OWNER:-1000:1000}
WAIT_SECONDS=${RESTORE_WAIT_SECONDS:-600}
VIEW_SERVICES="registration notification payment-link"

say() { echo "== $*" >&2; }
fail() {
  echo "$*" >&2
  exit 1
}
usage() { fail "Usage: deploy/restore.sh [--yes] <archive>"; }
# In the project's folder, wherever this was called.
compose() { (cd "$root" && $COMPOSE "$@"); }

yes=
[ "${1:-}" != --yes ] || { yes=1 && shift; }
[ $# = 1 ] || usage
# Only root can enter the backups' folder, so Docker reads them: its group is enough for this script.
[ -f "$1" ] || [ ! -x "$(dirname "$1")" ] || fail "There is no $1."
archive=$(realpath -m "$(dirname "$1")")/$(basename "$1")
# Before anything is stopped: an unreadable archive would leave the club without a system.
docker run --rm --mount "type=bind,source=$(dirname "$archive"),target=/from,readonly" "$BACKUP_IMAGE" \
  tar -tzf "/from/$(basename "$archive")" >/dev/null || fail "$archive cannot be read: choose another backup."

# The name of the one volume that compose calls $1, whatever the project is called.
volume() {
  local found
  found=$(docker volume ls --quiet --filter "label=com.docker.compose.volume=$1" \
    ${COMPOSE_PROJECT_NAME:+--filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"})
  [ "$(wc -w <<<"$found")" -le 1 ] ||
    fail "Several projects have a volume for $1: $(tr '\n' ' ' <<<"$found"). Set COMPOSE_PROJECT_NAME to the one to restore."
  echo "$found"
}

store=$(volume eventstore)
[ -n "$store" ] || fail "There is no volume of an event store. Start it once: $COMPOSE up --detach eventstore"
nats=$(volume nats)
views=
for service in $VIEW_SERVICES; do
  found=$(volume "$service-views")
  views="$views $found"
done

cat >&2 <<PLAN
This will
  1. stop every service, the event store too; parents see an error page meanwhile
  2. put $archive into $store; what is there stays beside it in a folder replaced-<time>
  3. start the event store, which cuts what was only half copied
  4. delete the services' views in$views; the operators stay
  5. bring back from NATS (${nats:-no volume}) what the backup does not have
  6. start everything, and compare the views with the events
PLAN
if [ -z "$yes" ]; then
  [ -t 0 ] || fail "Add --yes where there is no terminal."
  read -r -p "Type restore to go on: " answer
  [ "$answer" = restore ] || fail "Nothing was changed."
fi

# The health check's answer; a restarting container has none.
health() { docker inspect --format '{{if .State.Running}}{{.State.Health.Status}}{{end}}' "$(compose ps --all --quiet "$1" | head -n 1)" 2>/dev/null || true; }
await_healthy() {
  local end=$(($(date +%s) + WAIT_SECONDS))
  # The server's first start on a backup ends with exit code 0; its restart policy starts it again.
  until [ "$(health "$1")" = healthy ]; do
    [ "$(date +%s)" -lt "$end" ] || fail "$1 is not healthy after $WAIT_SECONDS s: $COMPOSE logs $1"
    sleep 2
  done
}

say "Stopping"
compose stop
say "Putting the backup in place"
docker run --rm -v "$store:/to" -v "$(dirname "$archive"):/from:ro" -v "$root/deploy/backup:/opt/backup:ro" "$BACKUP_IMAGE" \
  /opt/backup/unpack.sh "/from/$(basename "$archive")" /to "$OWNER"
say "Starting the event store"
compose up --detach eventstore
await_healthy eventstore
say "Deleting the views"
# Not the volumes: registration's also has the operators, and no backup has them.
for one in $views; do
  docker run --rm -v "$one:/views" "$BACKUP_IMAGE" \
    find /views -type f '(' -name '*.sqlite' -o -name '*.sqlite-*' -o -name events-checkpoint.json ')' -delete
done
say "Bringing back what NATS still knows"
compose up --detach nats
await_healthy nats
compose run --rm ops recover --yes
say "Starting everything"
compose up --detach
for service in relay $VIEW_SERVICES; do await_healthy "$service"; done
compose run --rm ops projections verify
say "Restored. Have the chat resubmit what it submitted since the backup: that is safe, and repeats are found out."
