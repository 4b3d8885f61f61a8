/** Who causes events without being an operator of their own: the `actor` in an event's metadata. */
export const actors = {
  /** The chat's assistant, over gRPC or NATS. */
  gateway: "gateway",
  /** The command line, where nobody needs a token. */
  localCli: "local-cli",
  /** The board on its own machine, where nobody needs a token. */
  localBoard: "local-board",
  /** The rule of how long data are kept: RETENTION_MONTHS. */
  retention: "retention",
  /** Anyone who has ADMIN_TOKEN. */
  sharedKey: "shared-key",
} as const;

/** gRPC metadata: who calls a service that asks nobody for a token. Only `actors.localCli` is believed. */
export const ACTOR_HEADER = "touchline-actor";
