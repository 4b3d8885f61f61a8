import type { StoredEvent } from "@touchline/event-store";

type Place = Partial<Pick<StoredEvent, "id" | "metadata" | "revision" | "position" | "created">>;

/** An event as the store returns it. The catalogue need not know its type. */
export const storedEvent = (stream: string, type: string, data: object = {}, place: Place = {}): StoredEvent =>
  ({
    id: "00000000-0000-4000-8000-000000000000",
    metadata: { service: "test" },
    revision: 0n,
    position: 0n,
    created: new Date("2026-09-01T10:00:00Z"),
    ...place,
    stream,
    type,
    data,
  }) as StoredEvent;
