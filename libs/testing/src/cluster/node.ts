import { randomUUID } from "node:crypto";
import {
  type Admission,
  type ArrivingCall,
  createEventStoreServer,
  type EndPoint,
  type EventStore,
  type EventStoreServer,
  Failure,
  type FrontDoor,
  type Listener,
  listen,
  type Member,
  notLeader,
  notReady,
  type Role,
} from "@touchline/embedded/server";
import type { CancelTimer, Runtime } from "@touchline/service";
import { DELAYS } from "./delays.ts";
import { createDoor, type Door } from "./door.ts";
import { createNodeStore, type WritePath } from "./node-store.ts";
import type { After } from "./timeline.ts";

export type Life = "up" | "frozen" | "stopping" | "down";

const HOST = "127.0.0.1";
const CREDENTIALS = { username: "admin", password: "changeit" };
const MAX_APPEND_BYTES = 1024 * 1024;
/** gRPC's code for a stream that the server reset without an answer. */
const INTERNAL = 13;

export interface NodeOptions {
  readonly store: EventStore;
  readonly runtime: Runtime;
  readonly after: After;
  readonly members: (node: ClusterNode) => readonly Member[];
  readonly writePath: (node: ClusterNode) => WritePath;
  readonly leaderOf: (node: ClusterNode) => ClusterNode | undefined;
  /** The node has ended by itself, with exit code 0. */
  readonly onEnded: (node: ClusterNode) => void;
}

/** One node: a process as others see it. The cluster handles how nodes relate to each other. */
export class ClusterNode {
  readonly instanceId: string = randomUUID();
  endPoint: EndPoint = { host: HOST, port: 0 };
  life: Life = "down";
  role: Role = "Unknown";
  answersLateMs = 0;
  private readonly options: NodeOptions;
  private readonly door: Door = createDoor(HOST);
  private gossips = true;
  private server: EventStoreServer | undefined;
  private listener: Listener | undefined;
  private ending: CancelTimer[] = [];

  constructor(options: NodeOptions) {
    this.options = options;
  }

  get url(): string {
    return `esdb://${HOST}:${this.endPoint.port}?tls=false`;
  }

  async start(): Promise<void> {
    const frontDoor: FrontDoor = {
      members: (authority) => this.options.members(this).map((member) => reachedLike(authority, member)),
      admit: (call) => this.admit(call),
    };
    const store = createNodeStore({
      store: this.options.store,
      runtime: this.options.runtime,
      after: this.options.after,
      writePath: () => this.options.writePath(this),
      silent: () => this.life === "stopping",
      answersLateMs: () => this.answersLateMs,
    });
    this.server = createEventStoreServer({
      store,
      frontDoor,
      credentials: CREDENTIALS,
      maxAppendSize: MAX_APPEND_BYTES,
    });
    this.listener = await listen(this.server, frontDoor, { host: HOST, port: 0 });
    this.gossips = true;
    this.endPoint = { host: HOST, port: await this.door.open(this.listener.port) };
    this.life = "up";
  }

  async kill(): Promise<void> {
    this.life = "down";
    for (const cancel of this.ending.splice(0)) cancel();
    const { server, listener } = this;
    await Promise.all([this.door.close(), listener?.close(), server?.stop()]);
  }

  /** Like SIGTERM: first silent, then gone. */
  stop(): void {
    this.life = "stopping";
    const end = () => {
      void this.kill();
      this.options.onEnded(this);
    };
    const endIfIdle = () => {
      if (this.server?.openCalls() === 0) end();
    };
    this.ending = [
      this.options.after(DELAYS.stoppingSilent, () => {
        this.gossips = false;
      }),
      this.options.after(DELAYS.stoppingRefuses, () => this.door.refuse()),
      this.options.after(DELAYS.stoppingEnds, endIfIdle),
      this.options.after(DELAYS.stoppingEndsSubscriptions, () =>
        this.server?.endCalls(new Failure(INTERNAL, "Received RST_STREAM with code 0")),
      ),
      this.options.after(DELAYS.stoppingEndsSubscriptions + DELAYS.killedNoticed, endIfIdle),
      this.options.after(DELAYS.stoppingEndsLoaded, end),
    ];
  }

  freeze(): void {
    this.life = "frozen";
    this.door.freeze();
  }

  thaw(): void {
    this.life = "up";
    this.door.thaw();
  }

  /** Like a replaced leader: removes events that no other node has, and ends. */
  depose(): void {
    this.ending = [
      this.options.after(DELAYS.deposedEnds, () => {
        void this.kill();
        this.options.onEnded(this);
      }),
    ];
  }

  leadNowhere(): void {
    this.door.leadNowhere();
  }

  private admit({ method, requiresLeader }: ArrivingCall): Admission {
    if (this.life === "stopping") return method === "readGossip" && this.gossips ? "enter" : "hang";
    if (!requiresLeader || method === "readGossip" || method === "getSupportedMethods") return "enter";
    if (this.role === "Leader") return "enter";
    const leader = this.role === "Follower" ? this.options.leaderOf(this) : undefined;
    return leader === undefined ? notReady() : notLeader(leader.endPoint);
  }
}

/** Each member at the host that the caller used: a caller that comes through doors at another host stays behind them. */
const reachedLike = (authority: string, member: Member): Member => {
  const [, host = member.endPoint.host] = /^(.+):\d+$/.exec(authority) ?? [];
  return { ...member, endPoint: { ...member.endPoint, host } };
};
