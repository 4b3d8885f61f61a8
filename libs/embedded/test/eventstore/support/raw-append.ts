import { randomUUID } from "node:crypto";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import wellKnownEmpty from "google-protobuf/google/protobuf/empty_pb.js";
import timestamp from "google-protobuf/google/protobuf/timestamp_pb.js";
import type { Node, RpcError } from "./node.ts";
import { empty, identifier } from "./raw-read.ts";

type Uuid = InstanceType<typeof shared.UUID>;
export type BatchRequest = InstanceType<typeof streams.BatchAppendReq>;
export type BatchResponse = InstanceType<typeof streams.BatchAppendResp>;
type Proposed = InstanceType<typeof streams.BatchAppendReq.ProposedMessage>;

export function uuid(text: string = randomUUID()): Uuid {
  const id = new shared.UUID();
  id.setString(text);
  return id;
}

export function structuredUuid(text: string): Uuid {
  const hex = text.replaceAll("-", "");
  const bits = new shared.UUID.Structured();
  bits.setMostSignificantBits(BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`)).toString());
  bits.setLeastSignificantBits(BigInt.asIntN(64, BigInt(`0x${hex.slice(16)}`)).toString());
  const id = new shared.UUID();
  id.setStructured(bits);
  return id;
}

interface Parts {
  id?: Uuid | null;
  type?: string | null;
  contentType?: string | null;
  data?: Uint8Array;
  customMetadata?: Uint8Array;
}

/** An event; `null` leaves a part out. */
export function proposed(parts: Parts = {}): Proposed {
  const { id = uuid(), type = "Tested", contentType = "application/json", data, customMetadata } = parts;
  const message = new streams.BatchAppendReq.ProposedMessage();
  if (id !== null) message.setId(id);
  if (type !== null) message.getMetadataMap().set("type", type);
  if (contentType !== null) message.getMetadataMap().set("content-type", contentType);
  message.setData(data ?? Buffer.from("{}"));
  if (customMetadata !== undefined) message.setCustomMetadata(customMetadata);
  return message;
}

/** Appends through Append, with any revision unless `setUp` says otherwise. */
export const appendRaw = (
  node: Node,
  stream: string,
  events: Proposed[],
  setUp?: (options: InstanceType<typeof streams.AppendReq.Options>) => void,
): Promise<InstanceType<typeof streams.AppendResp>> => appendMessages(node, appendRequests(stream, events, setUp));

/** The messages of an Append, in order. */
export function appendRequests(
  stream: string,
  events: Proposed[],
  setUp: (options: InstanceType<typeof streams.AppendReq.Options>) => void = (options) => options.setAny(empty()),
): InstanceType<typeof streams.AppendReq>[] {
  const options = new streams.AppendReq.Options();
  options.setStreamIdentifier(identifier(stream));
  setUp(options);
  const first = new streams.AppendReq();
  first.setOptions(options);
  const others = events.map((event) => {
    const request = new streams.AppendReq();
    request.setProposedMessage(streams.AppendReq.ProposedMessage.deserializeBinary(event.serializeBinary()));
    return request;
  });
  return [first, ...others];
}

export const appendMessages = (
  node: Node,
  messages: InstanceType<typeof streams.AppendReq>[],
): Promise<InstanceType<typeof streams.AppendResp>> =>
  new Promise((resolve, reject) => {
    const sink = node.streams.append((error, response) => (error ? reject(error) : resolve(response)));
    for (const message of messages) sink.write(message);
    sink.end();
  });

interface BatchParts {
  correlation?: Uuid;
  stream?: string;
  events?: Proposed[];
  isFinal?: boolean;
  deadline?: Date;
  options?: boolean;
}

/** One message of a batch append. Options make it the first of its batch; `options: false` leaves them out. */
export function batch(parts: BatchParts): BatchRequest {
  const request = new streams.BatchAppendReq();
  request.setCorrelationId(parts.correlation ?? uuid());
  if (parts.options !== false) {
    const options = new streams.BatchAppendReq.Options();
    options.setStreamIdentifier(identifier(parts.stream ?? ""));
    options.setAny(new wellKnownEmpty.Empty());
    if (parts.deadline !== undefined) options.setDeadline(timestamp.Timestamp.fromDate(parts.deadline));
    request.setOptions(options);
  }
  request.setProposedMessagesList(parts.events ?? [proposed()]);
  request.setIsFinal(parts.isFinal ?? true);
  return request;
}

/** A raw BatchAppend call. */
export class RawBatches {
  readonly responses: BatchResponse[] = [];
  error: RpcError | undefined;
  ended = false;
  readonly call: ClientDuplexStream<BatchRequest, BatchResponse>;
  private changed: () => void = () => {};

  constructor(node: Node) {
    this.call = node.streams.batchAppend();
    this.call.on("data", (response: BatchResponse) => {
      this.responses.push(response);
      this.changed();
    });
    this.call.on("error", (error) => {
      this.error = error as RpcError;
      this.changed();
    });
    this.call.on("end", () => {
      this.ended = true;
      this.changed();
    });
  }

  send(...requests: BatchRequest[]): void {
    for (const request of requests) this.call.write(request);
  }

  async until(enough: (responses: BatchResponse[]) => boolean): Promise<BatchResponse[]> {
    while (!enough(this.responses) && this.error === undefined) {
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
    return this.responses;
  }

  async untilEnded(): Promise<void> {
    await this.until(() => this.ended);
  }

  close(): void {
    this.call.cancel();
  }
}

/** The name of the message in an error's details. */
export const errorName = (response: BatchResponse): string | undefined =>
  response.getError()?.getDetails()?.getTypeUrl();
