import { v5 as uuidv5 } from "uuid";
import { withFirstStored } from "./first-stored.ts";
import type { NewRawEvent, RawEvent, RawStore } from "./raw-store.ts";

export interface Moved {
  readonly events: number;
  /** How many of those were already there. */
  readonly already: number;
  readonly streams: number;
  /** `$all` position of the last event in the moved store. */
  readonly position: bigint;
}

/** The other store holds events that this one does not. */
export class NotACopy extends Error {
  override readonly name = "NotACopy";
}

/** Events that belong to one store and must not be copied to another. */
const ownTypes = new Set(["StoreIdentified", "StoreMoved"]);
/** Replaces an event that can no longer be read, so that later ones keep their revisions. Views and the relay skip `$` types. */
const FILLER = "$truncated";
const NAMESPACE = "0d2f3c1e-7a55-5b0e-9a7f-3c2b7f5f6a11";
const BATCH_MAX = 100;

interface Planned extends NewRawEvent {
  readonly stream: string;
  readonly revision: bigint;
}

/**
 * Copies every event of one store to an empty one, with the same ids, types, data, revisions and order. Events already there are
 * compared, so an interrupted move continues where it was, and a repeat only compares. Nothing may write meanwhile.
 */
export const copyEvents = async (
  from: RawStore,
  to: RawStore,
  onProgress: (events: number) => void = () => {},
): Promise<Moved> => {
  const truncations = await truncationsOf(from);
  const there = to.events();
  const streams = new Set<string>();
  let [events, already, position] = [0, 0, -1n];
  let batch: Planned[] = [];
  const write = async () => {
    const [first] = batch;
    if (first && !(await to.append(first.stream, first.revision, batch)))
      throw new NotACopy(`${first.stream} has other events.`);
    batch = [];
  };
  let comparing = true;
  try {
    for await (const planned of planOf(from, truncations, (at) => (position = at))) {
      streams.add(planned.stream);
      const existing = comparing ? await nextOwn(there) : undefined;
      if (existing) {
        assertSame(existing, planned);
        already++;
      } else {
        comparing = false;
        if (batch[0]?.stream !== planned.stream || batch.length >= BATCH_MAX) await write();
        batch.push(planned);
      }
      onProgress(++events);
    }
    await write();
    if (comparing && (await nextOwn(there))) throw new NotACopy("It has more events than the store being moved.");
  } finally {
    await there.return(undefined);
  }
  const set = await truncationsOf(to);
  for (const [stream, revision] of truncations) {
    if (set.get(stream) !== revision) await to.setMetadata(stream, { $tb: Number(revision) });
  }
  return { events, already, streams: streams.size, position };
};

/** The revision below which each stream's events are hidden. */
const truncationsOf = async (store: RawStore): Promise<Map<string, bigint>> => {
  const found = new Map<string, bigint>();
  for await (const { stream, type, data } of store.events()) {
    if (type !== "$metadata" || !stream.startsWith("$$") || stream.startsWith("$$$")) continue;
    const { $tb } = parsed(data);
    if (typeof $tb === "number") found.set(stream.slice(2), BigInt($tb));
    else found.delete(stream.slice(2));
  }
  return found;
};

/** The events that the other store must hold, in order. */
const planOf = async function* (
  store: RawStore,
  truncations: ReadonlyMap<string, bigint>,
  onPosition: (position: bigint) => void,
): AsyncGenerator<Planned> {
  const next = new Map<string, bigint>();
  for await (const event of store.events()) {
    if (isSystem(event) || ownTypes.has(event.type)) continue;
    const { stream, revision, id, type, contentType, data, created } = event;
    // Fills the gap that a scavenge left.
    for (let gone = next.get(stream) ?? 0n; gone < revision; gone++) yield filler(stream, gone);
    if (revision < (truncations.get(stream) ?? 0n)) yield filler(stream, revision);
    else {
      const metadata = Buffer.from(JSON.stringify(withFirstStored(parsed(event.metadata), created)));
      yield { stream, revision, id, type, contentType, data, metadata };
    }
    next.set(stream, revision + 1n);
    onPosition(event.position);
  }
};

const isSystem = ({ stream, type }: RawEvent): boolean =>
  stream.startsWith("$") || (type.startsWith("$") && type !== FILLER);

const filler = (stream: string, revision: bigint): Planned => ({
  stream,
  revision,
  id: uuidv5(`${stream}/${revision}`, NAMESPACE),
  type: FILLER,
  contentType: "application/json",
  data: Buffer.from("{}"),
  metadata: Buffer.from("{}"),
});

/** Metadata that is not a JSON object is not Touchline's. */
const parsed = (bytes: Uint8Array): Readonly<Record<string, unknown>> => {
  try {
    return Object(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return {};
  }
};

const nextOwn = async (events: AsyncGenerator<RawEvent>): Promise<RawEvent | undefined> => {
  for (;;) {
    const { value, done } = await events.next();
    if (done) return undefined;
    if (!isSystem(value) && !ownTypes.has(value.type)) return value;
  }
};

const assertSame = (found: RawEvent, planned: Planned): void => {
  const same =
    found.id === planned.id &&
    found.stream === planned.stream &&
    found.revision === planned.revision &&
    found.type === planned.type &&
    Buffer.compare(found.data, planned.data) === 0 &&
    Buffer.compare(found.metadata, planned.metadata) === 0;
  if (!same) throw new NotACopy(`At ${found.stream} revision ${found.revision} it has a different event.`);
};
