#!/usr/bin/env bash
# Puts a backup of the event store in place on a cluster, and brings back from NATS what happened after it.
#   deploy/kubernetes/restore.sh <base or cluster, or the folder of your overlay> <archive's name in the volume backups>
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# = 2 ] || { echo "Usage: deploy/kubernetes/restore.sh <overlay> <archive>" >&2 && exit 1; }
overlay=$1
archive=${2##*/}
[ -d "$overlay" ] || overlay=$here/$1
namespace=${NAMESPACE:-touchline}
WAIT_SECONDS=${RESTORE_WAIT_SECONDS:-1800}
kube() { kubectl --namespace "$namespace" "$@"; }
say() { echo "== $*" >&2; }

# await <what did not happen> <command>
await() {
  local end=$(($(date +%s) + WAIT_SECONDS)) what=$1
  shift
  until "$@"; do
    [ "$(date +%s)" -lt "$end" ] || { echo "$what after $WAIT_SECONDS s. Nothing more was started." >&2 && exit 1; }
    sleep 2
  done
}
# Whether job $1 has ended, well or not.
ended() {
  outcome=$(kube get job "$1" --output 'jsonpath={.status.conditions[?(@.status=="True")].type}') || return 1
  [[ $outcome == *Complete* || $outcome == *Failed* ]]
}
# A job's log says why it failed.
await_job() {
  await "The job $1 has not ended" ended "$1"
  [[ $outcome == *Complete* ]] || { kube logs "job/$1" >&2; exit 1; }
}
# Whether eventstore-0 has cut its log, and so ended with exit code 0.
restarted() {
  local code
  code=$(kube get pod eventstore-0 --output 'jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}' 2>/dev/null) || return 1
  [ "$code" = 0 ]
}
# Whether node $1 has all that the archive has.
complete() {
  local written
  written=$(kube exec "eventstore-$1" -- od -An -td8 --endian=little -N8 /var/lib/kurrentdb/writer.chk 2>/dev/null | tr -d ' ') || return 1
  [ "${written:-0}" -ge "$archived" ]
}

# Not its replicas: an earlier attempt may have left none.
nodes=$(kube get statefulset eventstore \
  --output 'jsonpath={.spec.template.spec.containers[0].env[?(@.name=="KURRENTDB_CLUSTER_SIZE")].value}')
ops=$(kube get deployment ops --output 'jsonpath={.spec.template.spec.containers[0].image}')
say "Reading $archive"
kube delete job check-archive restore recover --ignore-not-found
sed "s#/backups/ARCHIVE#/backups/$archive#" "$here/restore/check.yaml" | kube apply --filename -
await_job check-archive
say "Stopping the services and the event store ($nodes)"
kube patch cronjob backup --patch '{"spec":{"suspend":true}}'
kube scale deployment --all --replicas 0
kube scale statefulset eventstore --replicas 0
kube wait --for=delete pod --selector app.kubernetes.io/name=eventstore --timeout=5m
say "Putting $archive in place"
sed "s#/backups/ARCHIVE#/backups/$archive#" "$here/restore/restore.yaml" | kube apply --filename -
await_job restore
# Where the archive's log ends.
archived=$(kube logs job/restore | sed -n 's/.*"end":\([0-9]*\).*/\1/p')
[ -n "$archived" ] || { echo "The job restore does not say where the archive ends." >&2 && exit 1; }
# The other nodes copy everything from the one that was restored.
for i in $(seq 1 $((nodes - 1))); do kube delete pvc "data-eventstore-$i" --ignore-not-found; done
# One after the other: two empty nodes would be a majority, lead, and make the restored one cut all that they do not have.
say "Starting eventstore-0, which cuts what was only half copied, ends with exit code 0 and is started again"
kube scale statefulset eventstore --replicas 1
await "eventstore-0 was not started again" restarted
for i in $(seq 1 $((nodes - 1))); do
  say "Starting eventstore-$i, which copies everything"
  kube scale statefulset eventstore --replicas $((i + 1))
  await "eventstore-$i does not have all events" complete "$i"
done
await "eventstore-0 does not have all events" complete 0
kube rollout status statefulset eventstore --timeout=10m
say "Bringing back what NATS still knows"
sed "s#image: touchline/ops\$#image: $ops#" "$here/restore/recover.yaml" | kube apply --filename -
await_job recover
say "Starting everything"
kube patch cronjob backup --patch '{"spec":{"suspend":false}}'
# A job cannot be changed.
kube delete job stream-replicas --ignore-not-found
kubectl apply --kustomize "$overlay"
say "Restored. The services that start now rebuild their views from the events."
