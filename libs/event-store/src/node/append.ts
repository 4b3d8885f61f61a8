import shared from "@eventstore/db-client/generated/shared_pb.js";
import streams from "@eventstore/db-client/generated/streams_pb.js";
import type { AppendResult, ExpectedRevision } from "../types.ts";
import type { StoreNode } from "./open.ts";

/** An event to send. `data` and `metadata` become JSON, except for bytes, which are sent unchanged. */
interface Proposed {
  readonly id: string;
  readonly type: string;
  readonly data: object | Uint8Array;
  readonly metadata?: object | Uint8Array;
  readonly contentType?: string;
}

export interface AppendRequest {
  readonly stream: string;
  readonly events: readonly Proposed[];
  readonly expected: ExpectedRevision | "any";
}

/**
 * A separate Append call with a deadline. The official client puts all appends of a process into one batched call. After that call
 * breaks, its late answers crash the process.
 */
export const appendTo = (node: StoreNode, request: AppendRequest, timeoutMs: number): Promise<AppendResult> => {
  const messages = [header(request), ...request.events.map(proposed)];
  return new Promise((resolve, reject) => {
    const options = { deadline: node.deadline(timeoutMs) };
    const call = node.track(
      node.streams.append(node.metadata, options, (error, response) =>
        error ? reject(error) : resolve(resultOf(response)),
      ),
    );
    for (const message of messages) call.write(message);
    call.end();
  });
};

const header = ({ stream, expected }: AppendRequest) => {
  const options = new streams.AppendReq.Options();
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  options.setStreamIdentifier(identifier);
  if (expected === "no_stream") options.setNoStream(new shared.Empty());
  else if (expected === "any") options.setAny(new shared.Empty());
  else options.setRevision(expected.toString());
  const message = new streams.AppendReq();
  message.setOptions(options);
  return message;
};

const proposed = ({ id, type, data, metadata, contentType = "application/json" }: Proposed) => {
  const event = new streams.AppendReq.ProposedMessage();
  const uuid = new shared.UUID();
  uuid.setString(id);
  event.setId(uuid);
  event.getMetadataMap().set("type", type).set("content-type", contentType);
  event.setData(encoded(data));
  if (metadata) event.setCustomMetadata(encoded(metadata));
  const message = new streams.AppendReq();
  message.setProposedMessage(event);
  return message;
};

const encoded = (value: object | Uint8Array): Uint8Array =>
  value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));

const resultOf = (response: streams.AppendResp): AppendResult => {
  const success = response.getSuccess();
  if (!success) return { ok: false };
  const position = success.getPosition()?.getCommitPosition();
  return { ok: true, revision: BigInt(success.getCurrentRevision()), position: BigInt(position ?? -1) };
};
