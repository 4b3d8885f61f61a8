import shared from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { ClientReadableStream } from "@grpc/grpc-js";
import type { Node, RpcError } from "./node.ts";

type Options = InstanceType<typeof streams.ReadReq.Options>;
export type Frame = InstanceType<typeof streams.ReadResp>;

export const empty = () => new shared.Empty();

export const identifier = (stream: string) => {
  const id = new shared.StreamIdentifier();
  id.setStreamName(Buffer.from(stream));
  return id;
};

/** A valid request for a stream, which a test then changes. */
export function streamRequest(stream: string, change: (options: Options) => void = () => {}) {
  const from = new streams.ReadReq.Options.StreamOptions();
  from.setStreamIdentifier(identifier(stream));
  from.setStart(empty());
  return request((options) => {
    options.setStream(from);
    change(options);
  });
}

export function allRequest(change: (options: Options) => void = () => {}) {
  const from = new streams.ReadReq.Options.AllOptions();
  from.setStart(empty());
  return request((options) => {
    options.setAll(from);
    change(options);
  });
}

function request(change: (options: Options) => void) {
  const uuid = new streams.ReadReq.Options.UUIDOption();
  uuid.setString(empty());
  const options = new streams.ReadReq.Options();
  options.setUuidOption(uuid);
  options.setNoFilter(empty());
  options.setCount("1000");
  change(options);
  const read = new streams.ReadReq();
  read.setOptions(options);
  return read;
}

export const subscription = () => new streams.ReadReq.Options.SubscriptionOptions();

/** All frames of a call that ends, and its error if it ends with one. */
export function readToEnd(
  node: Node,
  read: ReturnType<typeof request>,
): Promise<{ frames: Frame[]; error?: RpcError }> {
  const frames: Frame[] = [];
  const call = node.streams.read(read);
  return new Promise((resolve) => {
    call.on("data", (frame: Frame) => frames.push(frame));
    call.on("error", (error) => resolve({ frames, error: error as RpcError }));
    call.on("end", () => setImmediate(() => resolve({ frames })));
  });
}

/** The raw frames of a subscription. */
export class RawSubscription {
  readonly frames: Frame[] = [];
  error: RpcError | undefined;
  private readonly call: ClientReadableStream<Frame>;
  private changed: () => void = () => {};

  constructor(node: Node, read: ReturnType<typeof request>) {
    this.call = node.streams.read(read);
    this.call.on("data", (frame: Frame) => {
      this.frames.push(frame);
      this.changed();
    });
    this.call.on("error", (error) => {
      this.error = error as RpcError;
      this.changed();
    });
  }

  /** Waits until the frames so far are enough. */
  async until(enough: (frames: Frame[], error: RpcError | undefined) => boolean): Promise<void> {
    while (!enough(this.frames, this.error)) {
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
      // Frames come in bursts; one check for each burst is enough.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  pause(): void {
    this.call.pause();
  }

  resume(): void {
    this.call.resume();
  }

  cancel(): void {
    this.call.cancel();
  }
}

/** A short name for the kind of frame. */
export function kindOf(frame: Frame): string {
  if (frame.hasEvent()) return "event";
  if (frame.hasConfirmation()) return "confirmation";
  if (frame.hasCheckpoint()) return "checkpoint";
  if (frame.hasStreamNotFound()) return "stream-not-found";
  if (frame.hasCaughtUp()) return "caught-up";
  if (frame.hasFirstStreamPosition()) return "first-stream-position";
  if (frame.hasLastStreamPosition()) return "last-stream-position";
  return "unknown";
}
