#!/bin/sh
# Starts NATS, once the streams are where it looks for them: in a folder named after their account. Before users had their
# own accounts (docs/adr/0016-an-account-for-each-client.md), that was $G.
#   start.sh --config /etc/touchline/nats.conf
set -eu
store=${STORE_DIR:-/data}/jetstream
if [ -d "$store/\$G" ] && [ ! -d "$store/TOUCHLINE" ]; then
  # In a cluster, servers also remember elsewhere which account a stream belongs to.
  if [ -d "$store/\$SYS" ]; then
    echo "The streams of this cluster are in the account \$G: docs/operations.md, Upgrades, says how they are moved." >&2
  else
    mv "$store/\$G" "$store/TOUCHLINE"
  fi
fi
exec nats-server "$@"
