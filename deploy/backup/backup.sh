#!/usr/bin/env bash
# Saves the event store's files once a day, while it runs, in the order that its manual asks for: checkpoints before the files
# they point at, so that a copy never claims more than it holds. Everything else can be rebuilt from the events.
#   backup.sh          for ever, at BACKUP_HOUR_UTC; at once when the last whole backup is older than that
#   backup.sh once     now
# Exits with an error or logs one if anything fails. Old backups are deleted only after a newer one was read back whole.
set -euo pipefail
# The archives have children's names and parents' numbers.
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/whole.sh"
source=${BACKUP_SOURCE:-/source/eventstore}
target=${BACKUP_TARGET:-/backups}
hour=${BACKUP_HOUR_UTC:-3}
keep=${BACKUP_KEEP_DAYS:-30}
metrics=${BACKUP_METRICS:-}
INDEX_TRIES=5

# find's arguments: copies those files into $work, without what a restore has put aside.
take() { find . -path './replaced-*' -prune -o -type f "$@" -print0 | xargs -0 -r cp --parents -t "$work"; }

# The server merges index files while it runs; a copy is whole if their map did not change meanwhile.
copy_index() {
  for _ in $(seq "$INDEX_TRIES"); do
    rm -rf "$work/index"
    take -path './index/*' -name '*.chk'
    take -path './index/*' ! -name '*.chk' && same_index_map && return
  done
  fail "The index could not be copied in $INDEX_TRIES attempts."
}

same_index_map() { [ ! -f index/indexmap ] && [ ! -f "$work/index/indexmap" ] || cmp -s index/indexmap "$work/index/indexmap"; }

copy() {
  cd "$source"
  copy_index
  take ! -path './index/*' -name '*.chk'
  [ -f "$work/chaser.chk" ] || fail "There is no chaser.chk in $source: that is no event store's folder."
  # When it starts on the copy, the server cuts off what follows this position.
  cp "$work/chaser.chk" "$work/truncate.chk"
  take ! -path './index/*' ! -name '*.chk'
  cd /
}

once() {
  # On Kubernetes the folder is the volume itself, which only its pod mounts.
  [ ! -O "$target" ] || chmod 0700 "$target"
  exec 9>"$target/.lock"
  flock -n 9 || fail "Another backup is under way."
  # Left by a backup that was killed.
  rm -rf "$target"/.touchline-*
  started=$(date +%s)
  name=touchline-$(date -u -d "@$started" +%Y%m%dT%H%M%SZ)
  work=$target/.$name
  archive=$target/.$name.tar.gz
  trap 'rm -rf "$work" "$archive"' EXIT
  mkdir "$work"
  copy
  check_whole "$work"
  tar -C "$work" -czf "$archive" .
  # Reads every byte back and compares it with the copy.
  tar -C "$work" -dzf "$archive"
  sync "$archive"
  # A name without the dot is a whole backup.
  mv "$archive" "$target/$name.tar.gz"
  sync "$target"
  # A backup is as old as its events.
  touch -d "@$started" "$target/$name.tar.gz"
  find "$target" -maxdepth 1 -name 'touchline-*.tar.gz' ! -name "$name.tar.gz" -mtime "+$keep" -delete
  echo "{\"msg\":\"backup\",\"file\":\"$name.tar.gz\",\"bytes\":$(wc -c <"$target/$name.tar.gz")}"
}

# When the newest whole backup was made, in seconds since 1970; 0 if none.
newest() {
  local at
  at=$(find "$target" -maxdepth 1 -name 'touchline-*.tar.gz' -printf '%T@\n' | sort -n | tail -n 1)
  echo "${at%.*}" | grep . || echo 0
}

# When a backup was last due, in seconds since 1970.
due() {
  local at
  at=$(date -u -d "$(date -u +%F) $hour:00" +%s)
  [ "$at" -le "$(date +%s)" ] || at=$((at - 86400))
  echo "$at"
}

publish() {
  [ -n "$metrics" ] || return 0
  cat >"$metrics.new" <<METRICS
# HELP touchline_backup_last_success_seconds When the newest whole backup was begun, in seconds since 1970; 0 for none.
# TYPE touchline_backup_last_success_seconds gauge
touchline_backup_last_success_seconds $(newest)
# HELP touchline_backup_failing Whether the last attempt to make a backup failed.
# TYPE touchline_backup_failing gauge
touchline_backup_failing $1
METRICS
  # Its reader is another user.
  chmod 0644 "$metrics.new"
  mv "$metrics.new" "$metrics"
}

# Each in its own process, because "set -e" has no effect inside an "if".
attempt() {
  local reason
  if { reason=$(bash "${BASH_SOURCE[0]}" once 2>&1 >&3); } 3>&1; then
    publish 0
  else
    reason=$(tail -n 1 <<<"$reason" | tr -d '"\\' | tr '[:cntrl:]' ' ')
    echo "{\"level\":\"error\",\"msg\":\"backup failed; it is tried again\",\"reason\":\"$reason\"}" >&2
    publish 1
    return 1
  fi
}

if [ "${1:-}" = once ]; then
  once
  publish 0
  exit
fi
trap 'exit 0' TERM INT
publish 0
while :; do
  pause=60
  [ "$(newest)" -ge "$(due)" ] || attempt || pause=${BACKUP_RETRY_SECONDS:-600}
  # In the background, so that a signal ends the loop at once.
  sleep "$pause" &
  wait $!
done
