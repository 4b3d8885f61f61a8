import { namesIn, partsIn } from "../store/record.ts";
import type { EventStore } from "../store/store.ts";
import { firstVisible } from "../store/visible.ts";
import { eventFrame, linkFrame, type UuidForm } from "./responses.ts";

const LINK = /^(\d{1,15})@(.+)$/s;
const LINK_TYPE = "$>";

/** The frame for an event, with the event it links to when that was asked for. */
export function outgoingFrame(store: EventStore, frame: Buffer, resolveLinks: boolean, uuid: UuidForm): Buffer {
  if (!resolveLinks || namesIn(frame).type !== LINK_TYPE) return eventFrame(frame, uuid);
  return linkFrame(linkedEvent(store, partsIn(frame).data.toString()), frame, frame, uuid);
}

/** A link whose event is deleted, hidden or never was, is broken: it comes alone. */
function linkedEvent(store: EventStore, data: string): Buffer | undefined {
  const [, revision, stream] = LINK.exec(data) ?? [];
  if (revision === undefined || stream === undefined) return undefined;
  const head = store.heads.of(stream);
  if (head.id === undefined || head.tombstoned || head.metadata.softDeleted) return undefined;
  if (Number(revision) < firstVisible(store.reader, head, Date.now())) return undefined;
  return store.reader.one(head.id, Number(revision))?.frame;
}
