import type { DatabaseSync } from "node:sqlite";
import type { PaymentEvent } from "@touchline/contracts";
import type { Link } from "../payment/state.ts";
import type { ResourceKind, Target } from "../webhooks/gocardless-effects.ts";
import type { ProviderEvent } from "../webhooks/gocardless-events.ts";
import { resourcesIn } from "./links.ts";

/** Questions to the `links` projection. What this process has just appended is known before the projection has seen it. */
export interface LinkIndex {
  /** By the id in the URL, or that of a later billing request of the link. */
  link(requestId: string): Link | undefined;
  linkOfRegistration(registrationId: string): string | undefined;
  resource(id: string): Target | undefined;
  remember(linkId: string, events: readonly PaymentEvent[]): void;
  /** What could not be placed, parked at or after an instant, the oldest first. */
  parked(limit: number, since: Date): ProviderEvent[];
  parkedCounts(): Record<string, number>;
  /** When the first link was created. */
  firstLinkAt(): Date | undefined;
}

const REMEMBERED = 10_000;
const KEPT_DECODED = 2_000;

/**
 * `onCommit` calls back when rows have changed. Links that are asked for again and again are kept as objects until then:
 * while nothing changes, a tap costs neither a query nor the decoding of its answer.
 */
export const linkIndex = (db: DatabaseSync, onCommit: (listener: () => void) => unknown): LinkIndex => {
  const byId = db.prepare("SELECT state FROM links WHERE id = ?");
  const byRegistration = db.prepare("SELECT id FROM links WHERE registration_id = ? LIMIT 1");
  const byResource = db.prepare("SELECT link_id, kind FROM resources WHERE id = ?");
  const waiting = db.prepare(
    "SELECT data FROM parked WHERE reason = 'unmatched' AND parked_at >= ? ORDER BY parked_at, event_id LIMIT ?",
  );
  const counts = db.prepare("SELECT reason, count(*) AS number FROM parked GROUP BY reason");
  const first = db.prepare("SELECT min(created_at) AS at FROM links");
  const registrations = recentMap<string>();
  const resources = recentMap<Target>();

  const decoded = new Map<string, Link>();
  onCommit(() => decoded.clear());

  const read = (id: string): Link | undefined => {
    const kept = decoded.get(id);
    if (kept) return kept;
    const row = byId.get(id);
    if (!row) return undefined;
    const link: Link = JSON.parse(row.state as string);
    if (decoded.size >= KEPT_DECODED) decoded.clear();
    decoded.set(id, link);
    return link;
  };
  const resource = (id: string): Target | undefined => {
    const row = byResource.get(id);
    return row ? { linkId: row.link_id as string, kind: row.kind as ResourceKind } : resources.get(id);
  };

  return {
    resource,
    link: (requestId) => {
      const found = read(requestId);
      if (found) return found;
      const target = resource(requestId);
      return target?.kind === "request" ? read(target.linkId) : undefined;
    },
    linkOfRegistration: (id) => (byRegistration.get(id)?.id as string | undefined) ?? registrations.get(id),
    remember: (linkId, events) => {
      for (const event of events) {
        if (event.type === "PaymentTokenCreated") registrations.set(event.data.registrationId, linkId);
        for (const [id, kind] of resourcesIn(event)) resources.set(id, { linkId, kind: kind as ResourceKind });
      }
    },
    parked: (limit, since) =>
      waiting.all(since.toISOString(), limit).map((row) => {
        const { providerEventId: id, ...rest } = JSON.parse(row.data as string);
        return { id, ...rest };
      }),
    parkedCounts: () => Object.fromEntries(counts.all().map((row) => [row.reason as string, row.number as number])),
    firstLinkAt: () => {
      const at = first.get()?.at;
      return typeof at === "string" ? new Date(at) : undefined;
    },
  };
};

/** The last few thousand: enough to bridge the moment until the projection has seen them. */
const recentMap = <V>() => {
  const map = new Map<string, V>();
  return {
    get: (key: string) => map.get(key),
    set: (key: string, value: V) => {
      map.set(key, value);
      if (map.size > REMEMBERED) map.delete(map.keys().next().value ?? "");
    },
  };
};
