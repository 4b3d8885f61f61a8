#!/usr/bin/env bash
# Makes the secrets that nobody has to choose: passwords, a private certificate authority and certificates
# for NATS and the event store, and the URLs that hold them. Existing files are kept, so running it again only adds what
# is missing; to renew one, delete it (and what was made from it) and run it again. It names the providers' secrets
# that are missing.
#   deploy/make-secrets.sh [folder]      default: deploy/secrets
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/secrets}
mkdir -p "$out"
# Only root and the owner can enter the folder; inside, the containers' users must be able to read single files.
chmod 700 "$out"
cd "$out"
umask 022
find . -type f -exec chmod u+w {} +

users="relay registration notification payment-link gateway operator"

random() { openssl rand -hex 24; }
once() { [ -s "$1" ] || { "${@:2}" >"$1.new" && mv "$1.new" "$1"; }; }
password() { once "$1" random; }

for user in $users; do password "nats-password-$user"; done
password eventstore-password
password gateway-token
password admin-token
password grafana-password

nats_passwords() {
  for user in $users; do
    name=$(echo "$user" | tr 'a-z-' 'A-Z_')
    echo "${name}_PASSWORD: \"$(cat "nats-password-$user")\""
  done
}
nats_passwords >nats-passwords.conf

# file, user, password, URL without them. An existing URL stays as it is, whatever hosts and user somebody gave it;
# only the password of this user is kept up to date.
url() {
  local text part
  [ -s "$1" ] || echo "${4/\/\//\/\/$2:$3@}" >"$1"
  text=$(<"$1")
  # Not with sed, whose arguments every user of the machine can see.
  while read -r part; do text=${text//"$part"/"//$2:$3@"}; done < <(grep -oE "//$2:[^@/]*@" "$1" | sort -u)
  [ "$text" = "$(<"$1")" ] || echo "$text" >"$1"
}
for user in $users; do url "nats-url-$user" "$user" "$(cat "nats-password-$user")" tls://nats:4222; done
url eventstore-url admin "$(cat eventstore-password)" "esdb://eventstore:2113?tls=true&tlsCAFile=/run/secrets/ca"

# In a folder of its own, so that a copy of all files here, such as a cluster's secret, leaves it out.
mkdir -p authority
[ ! -e ca-key ] || mv ca-key authority/ca-key
authority() {
  openssl req -x509 -newkey rsa:3072 -nodes -keyout authority/ca-key -out ca -days 3650 -subj "/CN=Touchline private CA" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
}
[ -s ca ] || authority

# Whether the certificate has all alternative names of this version.
names() {
  local has name
  has=" $(openssl x509 -noout -ext subjectAltName -in "$1-certificate" | tail -n +2 | tr -d ' ' | tr ',' ' ') "
  for name in ${2//,/ }; do [[ $has == *" ${name/#IP:/IPAddress:} "* ]] || return 1; done
}

# name, common name, alternative names
certificate() {
  [ -s "$1-certificate" ] && openssl x509 -checkend 2592000 -noout -in "$1-certificate" >/dev/null && names "$1" "$3" && return
  openssl req -newkey rsa:2048 -nodes -keyout "$1-key" -out "$1.csr" -subj "/CN=$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca -CAkey authority/ca-key -CAserial authority/ca.srl -CAcreateserial -days 825 -out "$1-certificate" 2>/dev/null \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=digitalSignature,keyEncipherment\n' "$3")
  rm -f "$1.csr"
}
certificate nats nats "DNS:nats,DNS:*.nats,DNS:localhost,IP:127.0.0.1"
# The event store asks for this common name. Nodes that find each other by DNS also ask for the name that they looked up.
certificate eventstore eventstoredb-node \
  "DNS:eventstore,DNS:*.eventstore,DNS:eventstore.touchline.svc.cluster.local,DNS:*.eventstore.touchline.svc.cluster.local,DNS:localhost,IP:127.0.0.1"

# Optional; empty means that they are not used.
for name in alert-smtp-password alert-webhook-url; do [ -e "$name" ] || : >"$name"; done

find . -maxdepth 1 -type f -exec chmod 444 {} + && chmod 700 authority && chmod 400 authority/*
missing=0
for name in twilio-auth-token gocardless-access-token gocardless-webhook-secret; do
  [ -s "$name" ] && continue
  echo "Still to write by hand: $out/$name" >&2
  missing=1
done
exit $missing
