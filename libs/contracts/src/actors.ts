/** Callers that have no operator of their own: the `actor` in an event's metadata. */
export const actors = {
  /** The chat's assistant, over gRPC or NATS. */
  gateway: "gateway",
  /** The command line, where no token is needed. */
  localCli: "local-cli",
  /** The board on its own machine, where no token is needed. */
  localBoard: "local-board",
  /** The retention rule: RETENTION_MONTHS. */
  retention: "retention",
  /** Anyone who has ADMIN_TOKEN. */
  sharedKey: "shared-key",
} as const;

/** gRPC metadata: who calls a service that asks for no token. Only `actors.localCli` is believed. */
export const ACTOR_HEADER = "touchline-actor";
