#!/usr/bin/env bash
# Puts a backup in place of an event store's files; the server must be stopped. Existing files are moved aside, never
# deleted, and nothing is touched until the archive has been unpacked and found whole.
#   unpack.sh <archive> <folder of the event store> [user:group]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/whole.sh"
archive=$1
folder=$2
owner=${3:-}
work=$folder/.unpacking

rm -rf "$work"
trap 'rm -rf "$work"' EXIT
mkdir "$work"
tar -C "$work" -xzf "$archive"
check_whole "$work"
[ -z "$owner" ] || chown -R "$owner" "$work"

aside=replaced-$(date -u +%Y%m%dT%H%M%SZ)
mkdir "$folder/$aside"
find "$folder" -mindepth 1 -maxdepth 1 ! -name '.unpacking' ! -name 'replaced-*' ! -name lost+found -exec mv -t "$folder/$aside" {} +
find "$work" -mindepth 1 -maxdepth 1 -exec mv -t "$folder" {} +
sync
if rmdir "$folder/$aside" 2>/dev/null; then aside=; fi
echo "{\"msg\":\"unpacked\",\"file\":\"${archive##*/}\",\"aside\":\"$aside\",\"end\":$(checkpoint "$folder/chaser.chk")}"
