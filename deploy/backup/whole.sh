#!/usr/bin/env bash
# Proves that a folder holds a whole copy of an event store's files: that its checkpoints agree with each other and that the
# chunks reach as far as the checkpoints say. Sourced by backup.sh and unpack.sh; by hand: whole.sh <folder>.

fail() {
  echo "$*" >&2
  exit 1
}

# A checkpoint is one little-endian 64-bit number.
checkpoint() {
  [ -f "$1" ] || fail "The copy has no ${1##*/}."
  [ "$(wc -c <"$1")" = 8 ] || fail "${1##*/} of the copy is not 8 bytes long."
  od -An -td8 --endian=little -N8 "$1" | tr -d ' '
}

# file, offset: a 32-bit number of a chunk's header.
chunk_field() { od -An -td4 --endian=little -j"$2" -N4 "$1" | tr -d ' '; }

# Fails unless the chunks hold every byte before position $2. A scavenge merges chunks, so one file may cover several numbers.
check_chunks() {
  local folder=$1 end=$2 covered=0 file size first last bytes
  for file in "$folder"/chunk-*.*; do
    [ -f "$file" ] || break
    bytes=$(wc -c <"$file")
    [ "$bytes" -ge 128 ] || fail "${file##*/} of the copy is too short to have a header."
    size=$(chunk_field "$file" 2) first=$(chunk_field "$file" 6) last=$(chunk_field "$file" 10)
    [ "$size" -gt 0 ] && [ "$last" -ge "$first" ] || fail "${file##*/} of the copy has no chunk's header."
    # An older version of a chunk, replaced by a scavenge.
    [ $((last + 1)) -gt "$covered" ] || continue
    [ "$first" -le "$covered" ] || fail "The copy lacks chunk $covered."
    if [ "$(chunk_field "$file" 14)" = 0 ] && [ $(((last + 1) * size)) -gt "$end" ]; then
      [ "$bytes" -ge $((128 + end - first * size)) ] || fail "${file##*/} of the copy ends before the checkpoint."
    fi
    covered=$((last + 1))
  done
  [ "$covered" -gt 0 ] || fail "The copy has no chunks."
  [ $((covered * size)) -ge "$end" ] || fail "The copy's chunks end before its checkpoint."
}

check_whole() {
  local chaser writer truncate
  chaser=$(checkpoint "$1/chaser.chk")
  writer=$(checkpoint "$1/writer.chk")
  truncate=$(checkpoint "$1/truncate.chk")
  [ "$chaser" -gt 0 ] || fail "chaser.chk of the copy says that there are no events."
  [ "$chaser" -le "$writer" ] || fail "chaser.chk of the copy is beyond its writer.chk."
  [ "$truncate" = "$chaser" ] || fail "truncate.chk of the copy is not its chaser.chk."
  check_chunks "$1" "$chaser"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  check_whole "$1"
fi
