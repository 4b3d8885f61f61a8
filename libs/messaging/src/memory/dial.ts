import { ErrorCode, JSONCodec, type MsgHdrs, NatsError } from "nats";
import type { NatsClient, RequestMessage, Requests } from "../client.ts";
import type { Dialled } from "../connection.ts";
import type { Broker, Responder } from "./broker.ts";
import { adminOn, jetStreamOn } from "./jetstream.ts";
import type { Link } from "./link.ts";
import { wireBytes } from "./log.ts";
import { createQueue } from "./queue.ts";
import type { Publication } from "./types.ts";

/** A server's default limit. */
const MAX_PAYLOAD_BYTES = 1_048_576;

/** A client of the in-memory server, like nats.js for a real one. */
export const dialOn = (broker: Broker, link: Link): Dialled => ({
  nc: clientOn(broker, link),
  js: jetStreamOn(broker, link, (subject, payload, options) => toPublication(subject, payload, options?.headers)),
  jsm: adminOn(broker, link),
});

const clientOn = (broker: Broker, link: Link): NatsClient => ({
  publish: (subject, payload, { headers } = {}) => {
    const publication = toPublication(subject, payload, headers);
    link.publish(() => {
      try {
        broker.store(publication);
      } catch {
        // A refusal is an answer, and nobody is waiting for one.
      }
    });
  },
  request: (subject, payload, { timeout, headers }) => {
    const publication = toPublication(subject, payload, headers);
    return link.call((answer) => {
      const reply = (data: Uint8Array) => answer({ json: <T>() => JSONCodec<T>().decode(data) });
      if (!broker.ask({ ...publication, answer: reply })) throw NatsError.errorForCode(ErrorCode.NoResponders);
    }, timeout);
  },
  subscribe: (subject) => answerOn(broker, link, subject),
  flush: () => link.call<void>((answer) => answer()),
  status: () => link.presence.status,
  isClosed: link.presence.isClosed,
  drain: async () => link.presence.close(),
  close: async () => link.presence.close(),
});

const answerOn = (broker: Broker, link: Link, subject: string): Requests => {
  const { presence } = link;
  const leave = () => void broker.responders.delete(responder);
  const join = () => void broker.responders.add(responder);
  const unsubscribe = () => {
    leave();
    presence.onAttached.delete(join);
    presence.onDetached.delete(leave);
    presence.onClosed.delete(unsubscribe);
    requests.end();
  };
  const requests = createQueue<RequestMessage>();
  const responder: Responder = {
    subject,
    take: ({ subject, data, headers, answer }) => {
      const respond = (answered: Uint8Array) => link.publish(() => answer(answered));
      link.deliver(() => requests.push({ subject, data, ...(headers && { headers }), respond }));
    },
  };
  presence.onAttached.add(join);
  presence.onDetached.add(leave);
  presence.onClosed.add(unsubscribe);
  join();
  return { unsubscribe, [Symbol.asyncIterator]: () => requests[Symbol.asyncIterator]() };
};

const toPublication = (subject: string, payload: Uint8Array | string, headers: MsgHdrs | undefined): Publication => {
  const data = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  if (wireBytes(data, headers) > MAX_PAYLOAD_BYTES) throw NatsError.errorForCode(ErrorCode.MaxPayloadExceeded);
  return { subject, data, headers };
};
