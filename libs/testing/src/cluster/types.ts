/** Several nodes of an event store, and what can befall them. Nodes are named by their index. */
export interface Cluster {
  readonly nodes: readonly { readonly url: string }[];
  /** All nodes in one connection string. */
  readonly url: string;
  /** The node that calls itself leader. */
  readonly leader: () => number | undefined | Promise<number | undefined>;
  /** Nodes that have ended with exit code 0, after a stop or because another leads; in order, each time. */
  readonly endedByThemselves: readonly number[];
  /** kill -9. */
  readonly kill: (index: number) => Promise<void>;
  /** SIGTERM; the node ends by itself some time later. */
  readonly stop: (index: number) => void | Promise<void>;
  /** SIGSTOP and SIGCONT. */
  readonly freeze: (index: number) => void;
  readonly thaw: (index: number) => void;
  /** Starts a node that is down, at its old address. */
  readonly start: (index: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What only the stand-in can do on command. */
export interface StandInCluster extends Cluster {
  readonly leader: () => number | undefined;
  /** Connections of now lead nowhere; new ones work. */
  readonly leadNowhere: (index: number) => void;
  /** For so long one follower calls another the leader. */
  readonly disagree: (ms: number) => void;
  /** Appends are seen, and answered, so much after they were decided on; others are refused by them meanwhile. */
  readonly visibleAfter: (ms: number) => void;
  /** Answers to appends come so much later than readers see them. */
  readonly answersAfter: (ms: number) => void;
}
