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
kube() { kubectl --namespace "$namespace" "$@"; }
say() { echo "== $*" >&2; }
# A job's log says why it failed.
await_job() { kube wait --for=condition=complete "job/$1" --timeout=30m || { kube logs "job/$1" >&2; exit 1; }; }

nodes=$(kube get statefulset eventstore --output 'jsonpath={.spec.replicas}')
say "Stopping the services and the event store ($nodes)"
kube patch cronjob backup --patch '{"spec":{"suspend":true}}'
kube scale deployment --all --replicas 0
kube scale statefulset eventstore --replicas 0
kube wait --for=delete pod --selector app.kubernetes.io/name=eventstore --timeout=5m
say "Putting $archive in place"
kube delete job restore recover --ignore-not-found
sed "s#/backups/ARCHIVE#/backups/$archive#" "$here/restore/restore.yaml" | kube apply --filename -
await_job restore
# The other nodes copy everything from the one that was restored.
for i in $(seq 1 $((nodes - 1))); do kube delete pvc "data-eventstore-$i" --ignore-not-found; done
say "Starting the event store"
kube scale statefulset eventstore --replicas "$nodes"
kube rollout status statefulset eventstore --timeout=10m
say "Bringing back what NATS still knows"
kube apply --filename "$here/restore/recover.yaml"
await_job recover
say "Starting everything"
kubectl apply --kustomize "$overlay"
kube patch cronjob backup --patch '{"spec":{"suspend":false}}'
say "Restored. The services that start now rebuild their views from the events."
