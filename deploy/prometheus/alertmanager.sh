#!/bin/sh
# Starts Alertmanager with the receivers that the settings name: an e-mail address (ALERT_EMAIL, over ALERT_SMARTHOST), a webhook, or both.
# Secrets are files: alert-smtp-password and alert-webhook-url. A configuration with its own receivers is used as it is.
set -eu
template=${ALERT_TEMPLATE:-/etc/alertmanager/alertmanager.yml}
secrets=${ALERT_SECRETS:-/run/secrets}
config=${ALERT_CONFIG:-/tmp/alertmanager.yml}

quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }

email() {
  echo "    email_configs:"
  echo "      - to: $(quoted "$ALERT_EMAIL")"
  echo "        from: $(quoted "${ALERT_FROM:-$ALERT_EMAIL}")"
  echo "        smarthost: $(quoted "$ALERT_SMARTHOST")"
  echo "        send_resolved: true"
  [ -z "${ALERT_SMTP_USER:-}" ] || echo "        auth_username: $(quoted "$ALERT_SMTP_USER")"
  [ ! -s "$secrets/alert-smtp-password" ] || echo "        auth_password_file: $secrets/alert-smtp-password"
}

receiver() {
  echo "receivers:"
  echo "  - name: club"
  [ -z "${ALERT_EMAIL:-}" ] || email
  [ ! -s "$secrets/alert-webhook-url" ] || printf '    webhook_configs:\n      - url_file: %s\n' "$secrets/alert-webhook-url"
}

if grep -q '^receivers:' "$template"; then
  cat "$template" >"$config"
else
  if [ -n "${ALERT_EMAIL:-}" ] && [ -z "${ALERT_SMARTHOST:-}" ]; then
    echo "ALERT_EMAIL needs ALERT_SMARTHOST, the mail server as host:port." >&2
    exit 78
  fi
  if [ -z "${ALERT_EMAIL:-}" ] && [ ! -s "$secrets/alert-webhook-url" ]; then
    echo "Nobody receives alerts: set ALERT_EMAIL and ALERT_SMARTHOST, or write a webhook's address to the secret alert-webhook-url." >&2
  fi
  { cat "$template"; receiver; } >"$config"
fi
exec alertmanager --config.file="$config" --storage.path=/alertmanager
