/** Several nodes of an event store, and the faults they can suffer. Nodes are named by their index. */
export interface Cluster {
  readonly nodes: readonly { readonly url: string }[];
  /** One connection string for all nodes. */
  readonly url: string;
  /** The node that calls itself leader. */
  readonly leader: () => number | undefined | Promise<number | undefined>;
  /** Nodes that ended with exit code 0, after a stop or because another leads: one entry each time, in order. */
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
  /** Existing connections lead nowhere; new ones work. */
  readonly leadNowhere: (index: number) => void;
  /** For this long, one follower calls another the leader. */
  readonly disagree: (ms: number) => void;
  /** Appends become visible, and are answered, this long after they are decided. Meanwhile they make others fail. */
  readonly visibleAfter: (ms: number) => void;
  /** Answers to appends come this long after readers see the events. */
  readonly answersAfter: (ms: number) => void;
}
