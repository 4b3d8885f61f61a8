/**
 * Older releases have known security holes (advisories.nats.io, 2026-16 and 2026-18). Of 2.9.10 it was also seen that a consumer's place
 * went past messages that it had never been given, after a lost quorum. Moves with the images in deploy/.
 */
const KNOWN_GOOD = [2, 11, 16] as const;

interface ServerInfo {
  readonly version: string;
  readonly cluster?: string;
}

/** A sentence on a server of a cluster that is older than what is known to be good. One server alone has no copies to lose. */
export const tooOld = (server: ServerInfo | undefined): string | undefined => {
  if (!server?.cluster) return undefined;
  const version = server.version.split(/[.-]/, 3).map(Number);
  const at = KNOWN_GOOD.findIndex((part, i) => part !== version[i]);
  if (at === -1 || (version[at] ?? 0) > (KNOWN_GOOD[at] ?? 0)) return undefined;
  return (
    `This cluster's NATS ${server.version} is older than ${KNOWN_GOOD.join(".")}: it has known security holes, and its consumers can pass ` +
    "messages over after a lost quorum. Touchline does what was passed over within minutes. Upgrade it: docs/runbooks/nats-cluster.md."
  );
};
