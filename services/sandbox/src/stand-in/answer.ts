import type { FastifyReply } from "fastify";
import type { AnswerFault } from "./faults.ts";

/** What a stand-in answers, as a value: the fault in force decides whether the caller gets to see it. */
export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** How a provider words the failures that a fault asks for. */
export type FaultWording = {
  status(status: number, requestId: string): unknown;
  /** The same by RFC 9457, for a provider that has this form. */
  problem?(status: number): unknown;
  error(code: number | string, requestId: string): Answer;
};

const htmlPage = (status: number): string =>
  `<html>\n<head><title>${status}</title></head>\n<body><center><h1>${status}</h1></center></body>\n</html>\n`;

export const send = (reply: FastifyReply, answer: Answer): FastifyReply => {
  void reply.code(answer.status);
  if (answer.headers !== undefined) void reply.headers(answer.headers);
  return answer.body === undefined ? reply.send() : reply.send(answer.body);
};

/** Answers as the fault says, and gives the status that was sent, if any was. */
export const sendFault = (reply: FastifyReply, fault: AnswerFault, wording: FaultWording): number | undefined => {
  switch (fault.kind) {
    case "timeout":
      // Open and silent: the socket closes when the caller gives up or the stand-in stops.
      void reply.hijack();
      return undefined;
    case "reset":
      void reply.hijack();
      reply.raw.socket?.resetAndDestroy();
      return undefined;
    case "status":
      void send(reply, statusAnswer(fault, wording, reply.request.id));
      return fault.status;
    case "error": {
      const answer = wording.error(fault.code, reply.request.id);
      void send(reply, answer);
      return answer.status;
    }
  }
};

const statusAnswer = (fault: AnswerFault & { kind: "status" }, wording: FaultWording, requestId: string): Answer => {
  const status = fault.status;
  const headers = fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) };
  switch (fault.body ?? "json") {
    case "json":
      return { status, headers, body: wording.status(status, requestId) };
    case "problem":
      return {
        status,
        headers: { ...headers, "content-type": "application/problem+json" },
        body: wording.problem?.(status) ?? wording.status(status, requestId),
      };
    case "html":
      return { status, headers: { ...headers, "content-type": "text/html; charset=utf-8" }, body: htmlPage(status) };
    case "text":
      return { status, headers: { ...headers, "content-type": "text/plain; charset=utf-8" }, body: `error ${status}` };
    case "empty":
      return { status, headers };
  }
};

/** True when the work is done although the answer says otherwise. */
export const isAccepted = (fault: AnswerFault): boolean => {
  switch (fault.kind) {
    case "timeout":
    case "reset":
      return fault.accepted;
    case "status":
      return fault.accepted ?? false;
    case "error":
      return false;
  }
};
