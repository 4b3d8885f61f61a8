import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { ServedStore } from "../store/store.ts";
import type { ProposedEvent, WriteOutcome } from "../store/writer.ts";
import { bytesField, uintField } from "../wire.ts";
import { asFailure, type Failure, invalidArgument } from "./failure.ts";
import { type AppendLimits, TOO_BUSY } from "./half-sent.ts";
import type { BatchAppendRequest, BatchDeadline, ExpectedRevision } from "./requests.ts";
import {
  type BatchHead,
  batchFailed,
  batchSucceeded,
  EMPTY_MESSAGE,
  streamIdentifier,
  wrongVersionDetail,
} from "./responses.ts";
import { expectedNumber, proposedEvent, sizeOf, writableStream } from "./write-checks.ts";

/** EventStoreDB's write time-out. Clients may ask for less. */
const LONGEST_WAIT_MS = 2000;

type Call = ServerDuplexStream<BatchAppendRequest, Buffer>;

/** An append whose last part has not arrived yet. */
interface Pending {
  head: BatchHead;
  expected: ExpectedRevision;
  events: ProposedEvent[];
  size: number;
  heldBytes: number;
  timer: NodeJS.Timeout;
}

export const batchAppendHandler =
  (store: ServedStore, limits: AppendLimits) =>
  (call: Call): void =>
    new BatchAppends(store, limits, call).start();

/** The appends of one call, collected by correlation id. Each is answered once. */
class BatchAppends {
  private readonly pending = new Map<string, Pending>();
  private readonly store: ServedStore;
  private readonly limits: AppendLimits;
  private readonly call: Call;
  private unanswered = 0;
  private inputEnded = false;
  private over = false;

  constructor(store: ServedStore, limits: AppendLimits, call: Call) {
    this.store = store;
    this.limits = limits;
    this.call = call;
  }

  start(): void {
    this.call.on("data", (request: BatchAppendRequest) => this.receive(request));
    this.call.on("end", () => {
      this.inputEnded = true;
      this.endWhenAnswered();
    });
    for (const event of ["cancelled", "error", "close"]) this.call.on(event, () => this.stop());
    this.call.on("drain", () => this.call.resume());
  }

  private receive(request: BatchAppendRequest): void {
    if (this.over) return;
    const { correlation, correlationId } = request;
    if (correlation === undefined || correlationId === undefined) {
      this.call.emit("error", invalidArgument("Each message needs a correlation id."));
      return;
    }
    try {
      if (request.options !== undefined) this.open(correlationId, correlation, request.options);
      const pending = this.pending.get(correlationId);
      if (pending === undefined) return;
      this.collect(pending, request);
      if (!request.isFinal) return;
      this.close(correlationId);
      this.submit(pending);
    } catch (error) {
      const { head } = this.pending.get(correlationId) ?? {
        head: { correlation, stream: request.options?.stream ?? "" },
      };
      this.close(correlationId);
      this.reply(error instanceof Refused ? error.answer(head) : badRequest(head, asFailure(error).details));
    }
  }

  private open(id: string, correlation: Buffer, options: NonNullable<BatchAppendRequest["options"]>): void {
    if (this.pending.has(id)) return;
    const head = { correlation, stream: options.stream ?? "" };
    const waitMs = waitFor(options.deadline);
    if (waitMs <= 0) throw new Refused(timedOut);
    writableStream(options.stream);
    expectedNumber(options.expected);
    const timer = setTimeout(() => {
      this.close(id);
      this.reply(timedOut(head));
      this.endWhenAnswered();
    }, waitMs);
    const expected = options.expected as ExpectedRevision;
    this.pending.set(id, { head, expected, events: [], size: 0, heldBytes: 0, timer });
  }

  private collect(pending: Pending, request: BatchAppendRequest): void {
    const taken = this.limits.halfSent.take(request.bytes, request.events.length);
    if (taken === undefined) throw new Refused(tooBusy);
    pending.heldBytes += taken;
    for (const message of request.events) {
      const event = proposedEvent(message);
      pending.size += sizeOf(event);
      pending.events.push(event);
      if (pending.size > this.limits.appendBytes) throw new Refused((head) => tooBig(head, this.limits.appendBytes));
    }
  }

  private close(id: string): void {
    const pending = this.pending.get(id);
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    this.limits.halfSent.give(pending.heldBytes);
    this.pending.delete(id);
  }

  private submit({ head, expected, events }: Pending): void {
    this.unanswered += 1;
    const answered = (answer: Buffer): void => {
      this.unanswered -= 1;
      this.reply(answer);
      this.endWhenAnswered();
    };
    this.store.write(
      { kind: "append", stream: head.stream, expected: expectedNumber(expected), events },
      {
        done: (outcome) => answered(outcomeAnswer(head, expected, outcome)),
        failed: (error) => answered(failureAnswer(head, asFailure(error))),
      },
    );
  }

  /** Stops reading from a client that does not read its answers. */
  private reply(answer: Buffer): void {
    if (!this.over && !this.call.write(answer)) this.call.pause();
  }

  private endWhenAnswered(): void {
    if (!this.inputEnded || this.unanswered + this.pending.size > 0 || this.over) return;
    this.over = true;
    this.call.end();
  }

  private stop(): void {
    this.over = true;
    for (const id of this.pending.keys()) this.close(id);
  }
}

/** Refuses one append, not the call. */
class Refused extends Error {
  readonly answer: (head: BatchHead) => Buffer;

  constructor(answer: (head: BatchHead) => Buffer) {
    super("Refused");
    this.answer = answer;
  }
}

function waitFor(deadline: BatchDeadline | undefined): number {
  if (deadline === undefined) return LONGEST_WAIT_MS;
  const wanted = deadline.kind === "in" ? deadline.milliseconds : deadline.milliseconds - Date.now();
  return Math.min(wanted, LONGEST_WAIT_MS);
}

const timedOut = (head: BatchHead): Buffer => batchFailed(head, status.DEADLINE_EXCEEDED, "Timeout", "Timeout");

const tooBusy = (head: BatchHead): Buffer => batchFailed(head, status.RESOURCE_EXHAUSTED, TOO_BUSY, "Unknown");

const tooBig = (head: BatchHead, limit: number): Buffer =>
  batchFailed(
    head,
    status.INVALID_ARGUMENT,
    "MaximumAppendSizeExceeded",
    "MaximumAppendSizeExceeded",
    uintField(1, limit),
  );

const badRequest = (head: BatchHead, details: string): Buffer =>
  batchFailed(head, status.INVALID_ARGUMENT, "BadRequest", "BadRequest", bytesField(1, details));

/** A server that is not ready answers with the code for success, which clients cannot interpret. */
function failureAnswer(head: BatchHead, { code, details }: Failure): Buffer {
  if (code === status.UNAVAILABLE) return batchFailed(head, status.OK, details, EMPTY_MESSAGE);
  if (code === status.ABORTED) return timedOut(head);
  if (code === status.RESOURCE_EXHAUSTED) return batchFailed(head, code, details, "Unknown");
  return batchFailed(head, status.UNKNOWN, "Unknown", "Unknown");
}

function outcomeAnswer(head: BatchHead, expected: ExpectedRevision, outcome: WriteOutcome): Buffer {
  switch (outcome.kind) {
    case "success":
      return batchSucceeded(head, outcome.lastRevision, outcome.position);
    case "wrong-version": {
      const detail = wrongVersionDetail(expected, outcome.lastRevision);
      return batchFailed(head, status.ALREADY_EXISTS, "WrongExpectedVersion", "WrongExpectedVersion", detail);
    }
    case "deleted": {
      const detail = streamIdentifier(1, head.stream);
      return batchFailed(head, status.NOT_FOUND, "StreamDeleted", "StreamDeleted", detail);
    }
  }
}
