import type { Runtime } from "@touchline/service";
import { type MsgHdrs, millis, nanos, headers as natsHeaders } from "nats";
import type { KeptStoredMessage, StoredMessageQuery, StreamSettings } from "../client.ts";
import { createLog, type Log } from "./log.ts";
import { refusal } from "./refusals.ts";
import { matcher } from "./subjects.ts";
import type { Consumer, Stream } from "./types.ts";

const DUPLICATE_WINDOW_MS = 120_000;

export const createStream = (
  given: Partial<StreamSettings> & { name: string },
  { now }: Pick<Runtime, "now">,
): Stream => {
  const defaults = { subjects: [given.name], max_bytes: -1, max_age: 0, duplicate_window: nanos(DUPLICATE_WINDOW_MS) };
  let settings: StreamSettings = { ...defaults, ...given };
  let takes = settings.subjects.map(matcher);
  const consumers = new Map<string, Consumer>();
  const log = createLog((seq) => {
    for (const consumer of consumers.values()) consumer.forget(seq);
  });
  let ids = recentIds([]);
  const ago = (ns: number) => now().getTime() - millis(ns);
  const limit = () => {
    const oldestMs = settings.max_age > 0 ? ago(settings.max_age) : Number.NEGATIVE_INFINITY;
    log.limit({ maxBytes: settings.max_bytes, oldestMs });
  };
  return {
    consumers,
    at: log.at,
    lastSeq: log.lastSeq,
    firstFrom: log.firstFrom,
    get settings() {
      return settings;
    },
    takes: (subject) => takes.some((fits) => fits(subject)),
    update: (changed) => {
      settings = { ...settings, ...changed };
      takes = settings.subjects.map(matcher);
    },
    store: ({ subject, data, headers = natsHeaders() }) => {
      const id = headers.get("Nats-Msg-Id");
      const known = ids.find(id, ago(settings.duplicate_window));
      if (known !== undefined) return { stream: settings.name, seq: known, duplicate: true };
      limit();
      refuseUnexpected(headers, log, subject, ids.last());
      const added = log.add({ subject, data, header: headers, time: now() });
      ids.add(added);
      limit();
      for (const consumer of consumers.values()) consumer.deliver();
      return { stream: settings.name, seq: added.seq, duplicate: false };
    },
    get: (query) => {
      limit();
      const found = find(log, query);
      if (!found) throw refusal("noMessageFound");
      return found;
    },
    remove: (seq) => {
      const message = log.at(seq);
      if (!message) throw refusal("sequenceNotFound");
      log.remove(message);
      return true;
    },
    purge: log.clear,
    reload: () => {
      ids = recentIds(log.all());
    },
    info: (subjectsFilter) => {
      limit();
      const subjects = subjectsFilter === undefined ? {} : { subjects: countBySubject(log.all(), subjectsFilter) };
      return { config: settings, state: { ...log.state(), ...subjects } };
    },
  };
};

const find = (log: Log, query: StoredMessageQuery): KeptStoredMessage | undefined => {
  if ("last_by_subj" in query) return log.last(matcher(query.last_by_subj));
  return query.next_by_subj ? log.firstFrom(query.seq, matcher(query.next_by_subj)) : log.at(query.seq);
};

const refuseUnexpected = (headers: MsgHdrs, log: Log, subject: string, lastId: string): void => {
  const expected = (name: string) => headers.get(`Nats-Expected-Last-${name}`) || undefined;
  const [sequence, onSubject, id] = [expected("Sequence"), expected("Subject-Sequence"), expected("Msg-Id")];
  if (onSubject !== undefined && Number(onSubject) !== (log.last((other) => other === subject)?.seq ?? 0))
    throw refusal("wrongLastSequence");
  if (sequence !== undefined && Number(sequence) !== log.lastSeq()) throw refusal("wrongLastSequence");
  if (id !== undefined && id !== lastId) throw refusal("wrongLastMsgId");
};

/** The ids by which duplicates are recognised, oldest first. */
const recentIds = (messages: Iterable<KeptStoredMessage>) => {
  const known = new Map<string, { readonly seq: number; readonly atMs: number }>();
  let last = "";
  const add = ({ header, seq, time }: KeptStoredMessage): void => {
    last = header.get("Nats-Msg-Id");
    if (last) known.set(last, { seq, atMs: time.getTime() });
  };
  for (const message of messages) add(message);
  return {
    add,
    /** The last message's id; empty when it had none. */
    last: (): string => last,
    find: (id: string, oldestMs: number): number | undefined => {
      for (const [old, { atMs }] of known) {
        if (atMs > oldestMs) break;
        known.delete(old);
      }
      return known.get(id)?.seq;
    },
  };
};

const countBySubject = (messages: Iterable<KeptStoredMessage>, filter: string): Record<string, number> => {
  const fits = matcher(filter);
  const counts: Record<string, number> = {};
  for (const { subject } of messages) if (fits(subject)) counts[subject] = (counts[subject] ?? 0) + 1;
  return counts;
};
