import streams from "@eventstore/db-client/generated/streams_pb.js";
import { Node } from "./node.ts";
import { appendMessages, proposed } from "./raw-append.ts";
import { empty, identifier, kindOf, readToEnd, streamRequest } from "./raw-read.ts";

/**
 * Appends without the official client, which rejects all pending appends when any server dies. A test that kills servers needs
 * to know exactly which appends were acknowledged.
 */
export class Appender {
  readonly node = new Node();

  constructor(url: string) {
    this.node.connect(url);
  }

  /** Appends one event whose data is the number. Resolves with its position once it is acknowledged. */
  async append(stream: string, number: number): Promise<bigint> {
    const options = new streams.AppendReq.Options();
    options.setStreamIdentifier(identifier(stream));
    options.setAny(empty());
    const first = new streams.AppendReq();
    first.setOptions(options);
    const second = new streams.AppendReq();
    const event = proposed({ data: Buffer.from(String(number)) });
    second.setProposedMessage(streams.AppendReq.ProposedMessage.deserializeBinary(event.serializeBinary()));
    const response = await appendMessages(this.node, [first, second]);
    return BigInt(response.getSuccess()?.getPosition()?.getCommitPosition() ?? -1);
  }

  /** The numbers in a stream, in order. */
  async numbers(stream: string): Promise<number[]> {
    const request = streamRequest(stream, (options) => options.setCount("1000000"));
    const { frames, error } = await readToEnd(this.node, request);
    if (error !== undefined) throw error;
    return frames
      .filter((frame) => kindOf(frame) === "event")
      .map((frame) => Number(Buffer.from(frame.getEvent()?.getEvent()?.getData_asU8() ?? []).toString()));
  }

  close(): Promise<void> {
    return this.node.disconnect();
  }
}
