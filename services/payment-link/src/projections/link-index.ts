import type { DatabaseSync } from "node:sqlite";
import type { PaymentEvent } from "@touchline/contracts";
import { atMost } from "@touchline/service";
import { LRUCache } from "lru-cache";
import type { ProviderEvent } from "../payment/provider.ts";
import { type ResourceKind, resourcesIn, type Target } from "../payment/resources.ts";
import type { Link } from "../payment/state.ts";

/** An event that could not be placed. */
export interface Parked {
  readonly event: ProviderEvent;
  readonly parkedAt: string;
}

/** Queries on the `links` projection. They also know what this process has just appended, before the projection does. */
export interface LinkIndex {
  /** By the id in the URL or that of a later billing request. */
  link(requestId: string): Link | undefined;
  linkOfRegistration(registrationId: string): string | undefined;
  resource(id: string): Target | undefined;
  remember(linkId: string, events: readonly PaymentEvent[]): void;
  /** A page of the events that could not be placed, parked at or after a time, newest first. `before`: the last one of the page before. */
  parked(limit: number, since: Date, before?: Parked): Parked[];
  parkedCounts(): Record<string, number>;
  /** When the first link was created. */
  firstLinkAt(): Date | undefined;
}

/** Enough to last until the projection has them. */
const MAX_REMEMBERED = 10_000;
const MAX_DECODED = 2_000;

/** `onCommit` calls its listener when rows have changed. */
export const linkIndex = (db: DatabaseSync, onCommit: (listener: () => void) => unknown): LinkIndex => {
  const ask = questions(db);
  const registrations = new LRUCache<string, string>(atMost(MAX_REMEMBERED));
  const resources = new LRUCache<string, Target>(atMost(MAX_REMEMBERED));
  const decoded = new LRUCache<string, Link>({ max: MAX_DECODED });
  onCommit(() => decoded.clear());

  const read = (id: string): Link | undefined => {
    const known = decoded.get(id);
    if (known) return known;
    const link = ask.link(id);
    if (link) decoded.set(id, link);
    return link;
  };
  const resource = (id: string): Target | undefined => ask.resource(id) ?? resources.get(id);

  return {
    resource,
    link: (requestId) => {
      const found = read(requestId);
      if (found) return found;
      const target = resource(requestId);
      return target?.kind === "request" ? read(target.linkId) : undefined;
    },
    linkOfRegistration: (id) => ask.linkOfRegistration(id) ?? registrations.get(id),
    remember: (linkId, events) => {
      for (const event of events) {
        if (event.type === "PaymentTokenCreated") registrations.set(event.data.registrationId, linkId);
        for (const [id, kind] of resourcesIn(event)) resources.set(id, { linkId, kind });
      }
    },
    parked: ask.parked,
    parkedCounts: ask.parkedCounts,
    firstLinkAt: ask.firstLinkAt,
  };
};

/** After every parked event. */
const newest = { parkedAt: "~", event: { id: "" } };

/** The projection's rows, as objects. */
const questions = (db: DatabaseSync) => {
  const link = db.prepare("SELECT state FROM links WHERE id = ?");
  const byRegistration = db.prepare("SELECT id FROM links WHERE registration_id = ? LIMIT 1");
  const byResource = db.prepare("SELECT link_id, kind FROM resources WHERE id = ?");
  const parked = db.prepare(`
    SELECT data, parked_at FROM parked
    WHERE reason = 'unmatched' AND parked_at >= ? AND (parked_at, event_id) < (?, ?)
    ORDER BY parked_at DESC, event_id DESC LIMIT ?`);
  const counts = db.prepare("SELECT reason, count(*) AS number FROM parked GROUP BY reason");
  const first = db.prepare("SELECT min(created_at) AS at FROM links");
  return {
    link: (id: string): Link | undefined => {
      const row = link.get(id);
      return row && JSON.parse(row.state as string);
    },
    linkOfRegistration: (id: string) => byRegistration.get(id)?.id as string | undefined,
    resource: (id: string): Target | undefined => {
      const row = byResource.get(id);
      return row && { linkId: row.link_id as string, kind: row.kind as ResourceKind };
    },
    parked: (limit: number, since: Date, { parkedAt, event: { id } }: Parked | typeof newest = newest): Parked[] =>
      parked.all(since.toISOString(), parkedAt, id, limit).map(({ data, parked_at: at }) => {
        const { providerEventId, ...rest } = JSON.parse(data as string);
        return { event: { id: providerEventId, ...rest }, parkedAt: at as string };
      }),
    parkedCounts: () => Object.fromEntries(counts.all().map((row) => [row.reason as string, row.number as number])),
    firstLinkAt: (): Date | undefined => {
      const at = first.get()?.at;
      return typeof at === "string" ? new Date(at) : undefined;
    },
  };
};
