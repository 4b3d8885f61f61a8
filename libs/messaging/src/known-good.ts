/**
 * Older releases have known security holes (advisories.nats.io, 2026-16 and 2026-18). In 2.9.10, after a lost quorum, we also saw a
 * consumer skip messages that it had never been given. Keep in step with the images in deploy/.
 */
const KNOWN_GOOD = [2, 11, 16] as const;

interface ServerInfo {
  readonly version: string;
  readonly cluster?: string;
}

/** A warning about a cluster older than the known good version. A single server has no copies to lose. */
export const tooOld = (server: ServerInfo | undefined): string | undefined => {
  if (!server?.cluster) return undefined;
  const version = server.version.split(/[.-]/, 3).map(Number);
  const at = KNOWN_GOOD.findIndex((part, i) => part !== version[i]);
  if (at === -1 || (version[at] ?? 0) > (KNOWN_GOOD[at] ?? 0)) return undefined;
  return (
    `This cluster's NATS ${server.version} is older than ${KNOWN_GOOD.join(".")}: it has known security holes, and its consumers can skip ` +
    "messages after a lost quorum. Touchline catches up on skipped messages within minutes. Upgrade it: docs/runbooks/nats-cluster.md."
  );
};
