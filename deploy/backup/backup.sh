#!/bin/sh
# Saves the event store's files once a night, while it runs, in the order that its manual asks for: checkpoints before what
# they point at, so that a copy never claims more than it holds. Everything else can be made again from the events.
#   backup.sh          for ever, at BACKUP_HOUR_UTC
#   backup.sh once     now
set -eu
source=${BACKUP_SOURCE:-/source/eventstore}
target=${BACKUP_TARGET:-/backups}
hour=${BACKUP_HOUR_UTC:-3}
keep=${BACKUP_KEEP_DAYS:-30}

save() {
  name=touchline-$(date -u +%Y%m%dT%H%M%SZ)
  work=$(mktemp -d "$target/.$name.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cd "$source"
  take() { find . "$@" -type f -print0 | xargs -0 -r cp --parents -t "$work"; }
  take -path './index/*' -name '*.chk'
  take -path './index/*' ! -name '*.chk'
  take ! -path './index/*' -name '*.chk'
  take ! -path './index/*' ! -name '*.chk'
  # Restoring starts from here; see docs/operations.md.
  [ ! -f "$work/chaser.chk" ] || cp "$work/chaser.chk" "$work/truncate.chk"
  tar -C "$work" -czf "$target/.$name.tar.gz" .
  gzip -t "$target/.$name.tar.gz"
  # A name without the dot is a whole backup.
  mv "$target/.$name.tar.gz" "$target/$name.tar.gz"
  rm -rf "$work"
  trap - EXIT
  find "$target" -maxdepth 1 -name 'touchline-*.tar.gz' -mtime "+$keep" -delete
  echo "{\"msg\":\"backup\",\"file\":\"$name.tar.gz\",\"bytes\":$(wc -c <"$target/$name.tar.gz")}"
}

[ "${1:-}" != once ] || { save; exit; }
# Started again within the hour of the last one: no second one.
last=
while sleep 60; do
  today=$(date -u +%Y%m%d)
  [ "$(date -u +%-H)" = "$hour" ] && [ "$last" != "$today" ] || continue
  if save; then last=$today; else echo '{"level":"error","msg":"backup failed; trying again in a minute"}' >&2; fi
done
