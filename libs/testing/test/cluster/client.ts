import { randomUUID } from "node:crypto";
import gossip from "@eventstore/db-client/generated/gossip_pb.js";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import { StreamsClient } from "@eventstore/db-client/generated/streams_grpc_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import wellKnownEmpty from "google-protobuf/google/protobuf/empty_pb.js";

const STATES = new Map([
  [1, "DiscoverLeader"],
  [2, "Unknown"],
  [3, "PreReplica"],
  [6, "Follower"],
  [7, "PreLeader"],
  [8, "Leader"],
  [9, "Manager"],
]);

export interface SeenMember {
  readonly state: string;
  readonly alive: boolean;
  readonly port: number;
}

export interface Failed {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

const REQUIRES_LEADER = new Metadata();
REQUIRES_LEADER.set("requires-leader", "true");

/** Each client has its own connection, which is soon remade after it breaks. */
const OPTIONS = {
  "grpc.use_local_subchannel_pool": 1,
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 100,
};

const empty = () => new shared.Empty();
const bytes = (message: Buffer): Buffer => message;

const identifier = (stream: string) => {
  const id = new shared.StreamIdentifier();
  id.setStreamName(Buffer.from(stream));
  return id;
};

/** A bare client of one node: no discovery, no retries. */
export const clientOf = (url: string) => {
  const address = url.slice("esdb://".length, url.indexOf("?"));
  const raw = new Client(address, credentials.createInsecure(), OPTIONS);
  const client = new StreamsClient(address, credentials.createInsecure(), OPTIONS);
  const deadline = (ms: number) => ({ deadline: Date.now() + ms });

  const readGossip = (ms = 1_000): Promise<SeenMember[]> =>
    new Promise((resolve, reject) => {
      const path = "/event_store.client.gossip.Gossip/Read";
      raw.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), new Metadata(), deadline(ms), (error, value) => {
        if (error) return reject(error);
        const { membersList } = gossip.ClusterInfo.deserializeBinary(value ?? Buffer.alloc(0)).toObject();
        resolve(
          membersList.map(({ state, isAlive, httpEndPoint }) => ({
            state: STATES.get(Number(state)) ?? String(state),
            alive: isAlive,
            port: httpEndPoint?.port ?? 0,
          })),
        );
      });
    });

  /** Resolves with the revision, or "wrong revision"; rejects with gRPC's error. */
  const append = (
    stream: string,
    { ms = 3_000, requiresLeader = false, noStream = false } = {},
  ): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const metadata = requiresLeader ? REQUIRES_LEADER : new Metadata();
      const call = client.append(metadata, deadline(ms), (error, response) => {
        if (error) reject(error);
        else resolve(response.hasSuccess() ? response.getSuccess()?.getCurrentRevision() : "wrong revision");
      });
      const options = new streams.AppendReq.Options();
      options.setStreamIdentifier(identifier(stream));
      if (noStream) options.setNoStream(empty());
      else options.setAny(empty());
      const first = new streams.AppendReq();
      first.setOptions(options);
      call.write(first);
      const second = new streams.AppendReq();
      second.setProposedMessage(proposed(new streams.AppendReq.ProposedMessage()));
      call.write(second);
      call.end();
    });

  const read = (stream: string, { requiresLeader = false } = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const target = new streams.ReadReq.Options.StreamOptions();
      target.setStreamIdentifier(identifier(stream));
      target.setStart(empty());
      const request = readRequest((options) => {
        options.setStream(target);
        options.setCount("1000");
      });
      let events = 0;
      client
        .read(request, requiresLeader ? REQUIRES_LEADER : new Metadata(), deadline(3_000))
        .on("data", (frame: InstanceType<typeof streams.ReadResp>) => {
          if (frame.hasEvent()) events += 1;
        })
        .on("error", reject)
        .on("end", () => resolve(events));
    });

  const subscribe = () => {
    const all = new streams.ReadReq.Options.AllOptions();
    all.setEnd(empty());
    const call = client.read(
      readRequest((options) => {
        options.setAll(all);
        options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
      }),
    );
    const seen = { caughtUp: false, streams: [] as string[], error: undefined as Failed | undefined };
    call.on("data", (frame: InstanceType<typeof streams.ReadResp>) => {
      if (frame.hasCaughtUp()) seen.caughtUp = true;
      const name = frame.getEvent()?.getEvent()?.getStreamIdentifier()?.getStreamName_asU8();
      if (name) seen.streams.push(Buffer.from(name).toString());
    });
    call.on("error", (error) => {
      seen.error = error as ServiceError;
    });
    return { seen, cancel: () => call.cancel() };
  };

  return {
    readGossip,
    append,
    read,
    subscribe,
    batches: () => openBatches(client),
    close: () => closeAll(raw, client),
  };
};

const closeAll = (...clients: { close(): void }[]) => {
  for (const one of clients) one.close();
};

export interface BatchAnswer {
  readonly id: string;
  readonly ok: boolean;
  readonly code: number | undefined;
  readonly message: string | undefined;
  readonly type: string | undefined;
}

/** A BatchAppend call, and all answers on it. */
const openBatches = (client: StreamsClient) => {
  const call = client.batchAppend();
  const answers: BatchAnswer[] = [];
  const state = { answers, error: undefined as Failed | undefined };
  call.on("data", (response: InstanceType<typeof streams.BatchAppendResp>) => {
    answers.push({
      id: response.getCorrelationId()?.getString() ?? "",
      ok: response.hasSuccess(),
      code: response.getError()?.getCode(),
      message: response.getError()?.getMessage(),
      type: response.getError()?.getDetails()?.getTypeUrl(),
    });
  });
  call.on("error", (error) => {
    state.error = error as ServiceError;
  });
  const append = (stream: string): string => {
    const id = randomUUID();
    const correlation = new shared.UUID();
    correlation.setString(id);
    const options = new streams.BatchAppendReq.Options();
    options.setStreamIdentifier(identifier(stream));
    options.setAny(new wellKnownEmpty.Empty());
    const request = new streams.BatchAppendReq();
    request.setCorrelationId(correlation);
    request.setOptions(options);
    request.setProposedMessagesList([proposed(new streams.BatchAppendReq.ProposedMessage())]);
    request.setIsFinal(true);
    call.write(request);
    return id;
  };
  return { state, append, cancel: () => call.cancel() };
};

interface ProposedLike {
  setId(id: InstanceType<typeof shared.UUID>): void;
  getMetadataMap(): { set(key: string, value: string): unknown };
  setData(data: Uint8Array): void;
}

const proposed = <M extends ProposedLike>(message: M): M => {
  const id = new shared.UUID();
  id.setString(randomUUID());
  message.setId(id);
  message.getMetadataMap().set("type", "Tested");
  message.getMetadataMap().set("content-type", "application/json");
  message.setData(Buffer.from("{}"));
  return message;
};

const readRequest = (change: (options: InstanceType<typeof streams.ReadReq.Options>) => void) => {
  const uuid = new streams.ReadReq.Options.UUIDOption();
  uuid.setString(empty());
  const options = new streams.ReadReq.Options();
  options.setUuidOption(uuid);
  options.setNoFilter(empty());
  change(options);
  const request = new streams.ReadReq();
  request.setOptions(options);
  return request;
};

export const newStream = (): string => `stream-${randomUUID()}`;

/** What a call was rejected with. */
export const failure = async (call: Promise<unknown>): Promise<Failed> => {
  const settled = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error as Failed }),
  );
  if ("error" in settled) return settled.error;
  throw new Error(`The call was expected to fail, but it gave ${String(settled.value)}.`);
};
