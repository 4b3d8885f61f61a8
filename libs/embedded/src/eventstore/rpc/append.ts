import type { ServerReadableStream, ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import type { ServedStore } from "../store/store.ts";
import type { ProposedEvent, WriteOutcome } from "../store/writer.ts";
import {
  asFailure,
  maximumAppendSizeExceeded,
  resourceExhausted,
  streamDeleted,
  unknown,
  wrongExpectedVersion,
} from "./failure.ts";
import { type AppendLimits, TOO_BUSY } from "./half-sent.ts";
import type { AppendRequest, DeleteRequest, ExpectedRevision, WriteOptions } from "./requests.ts";
import { appendSucceeded, appendWrongVersion, deleteSucceeded } from "./responses.ts";
import { expectedNumber, expectedTrailer, presentName, proposedEvent, sizeOf, writableStream } from "./write-checks.ts";

/** Collects the messages of one Append call as they arrive. */
class IncomingAppend {
  readonly events: ProposedEvent[] = [];
  private readonly limits: AppendLimits;
  private options: WriteOptions | undefined;
  private size = 0;
  private heldBytes = 0;

  constructor(limits: AppendLimits) {
    this.limits = limits;
  }

  add(request: AppendRequest): void {
    if (this.options === undefined) {
      if (!("options" in request)) throw unknown("The first message must be the options.");
      expectedNumber(request.options.expected);
      this.options = request.options;
      return;
    }
    if (!("event" in request)) throw unknown("Only proposed messages may follow the options.");
    const event = proposedEvent(request.event);
    const { appendBytes, halfSent } = this.limits;
    this.size += sizeOf(event);
    if (this.size > appendBytes) throw maximumAppendSizeExceeded(appendBytes);
    const taken = halfSent.take(request.bytes, 1);
    if (taken === undefined) throw resourceExhausted(TOO_BUSY);
    this.heldBytes += taken;
    this.events.push(event);
  }

  /** Called when no more messages will come. */
  release(): void {
    this.limits.halfSent.give(this.heldBytes);
    this.heldBytes = 0;
  }

  finish(): { stream: string; expected: ExpectedRevision } {
    if (this.options?.expected === undefined) throw unknown("The call ended without options.");
    return { stream: writableStream(this.options.stream), expected: this.options.expected };
  }
}

export const appendHandler =
  (store: ServedStore, limits: AppendLimits) =>
  (call: ServerReadableStream<AppendRequest, Buffer>, callback: sendUnaryData<Buffer>): void => {
    const incoming = new IncomingAppend(limits);
    let over = false;
    const fail = (error: unknown): void => {
      if (over) return;
      over = true;
      incoming.release();
      callback(asFailure(error));
    };
    call.on("data", (request: AppendRequest) => {
      if (over) return;
      try {
        incoming.add(request);
      } catch (error) {
        fail(error);
      }
    });
    call.on("cancelled", () => {
      over = true;
      incoming.release();
    });
    call.on("error", fail);
    const submit = (): void => {
      if (over) return;
      incoming.release();
      try {
        const { stream, expected } = incoming.finish();
        const command = {
          kind: "append" as const,
          stream,
          expected: expectedNumber(expected),
          events: incoming.events,
        };
        store.write(command, { done: (outcome) => callback(...appendAnswer(stream, expected, outcome)), failed: fail });
      } catch (error) {
        fail(error);
      }
    };
    // A client that cancels may send the end of its stream first, and the reset after it. Half an append must not be stored, so
    // wait a moment for the reset.
    call.on("end", () => setImmediate(() => setImmediate(submit)));
  };

function appendAnswer(
  stream: string,
  expected: ExpectedRevision,
  outcome: WriteOutcome,
): Parameters<sendUnaryData<Buffer>> {
  switch (outcome.kind) {
    case "success":
      return [null, appendSucceeded(outcome.lastRevision, outcome.position)];
    case "wrong-version":
      return [null, appendWrongVersion(expected, outcome.lastRevision)];
    case "deleted":
      return [streamDeleted(stream)];
  }
}

export const deleteHandler =
  (store: ServedStore, kind: "delete" | "tombstone") =>
  (call: ServerUnaryCall<DeleteRequest, Buffer>, callback: sendUnaryData<Buffer>): void => {
    try {
      const { options } = call.request;
      if (options === undefined) throw unknown("The request has no options.");
      const expected = expectedNumber(options.expected);
      const stream = presentName(options.stream);
      store.write(
        { kind, stream, expected },
        {
          done: (outcome) => callback(...deleteAnswer(kind, stream, options.expected, outcome)),
          failed: (error) => callback(asFailure(error)),
        },
      );
    } catch (error) {
      callback(asFailure(error));
    }
  };

function deleteAnswer(
  kind: "delete" | "tombstone",
  stream: string,
  expected: ExpectedRevision | undefined,
  outcome: WriteOutcome,
): Parameters<sendUnaryData<Buffer>> {
  const operation = kind === "delete" ? "Delete" : "Tombstone";
  switch (outcome.kind) {
    case "success":
      return [null, deleteSucceeded(outcome.position ?? 0)];
    case "wrong-version":
      return [wrongExpectedVersion(operation, stream, expectedTrailer(expected), outcome.lastRevision)];
    case "deleted":
      return [streamDeleted(stream)];
  }
}
