import { atMost, type Runtime } from "@touchline/service";
import { LRUCache } from "lru-cache";

export interface LimitsOptions {
  /** Taps a minute on one link. Even a large family stays far below. */
  readonly perLink: number;
  /** Taps a minute from one address. Mobile networks put thousands of families behind one. */
  readonly perAddress: number;
  /** Unknown links a minute, from all addresses together. Only guessing reaches this. */
  readonly unknown: number;
}

export const defaultLimits: LimitsOptions = { perLink: 120, perAddress: 2_000, unknown: 300 };

/** Undefined if the request may pass, otherwise the seconds to wait. */
type RetryAfterSeconds = number | undefined;

export interface Limits {
  /** `ip` is the client's address, as TRUST_PROXY defines it. */
  address(ip: string): RetryAfterSeconds;
  link(id: string): RetryAfterSeconds;
  /** Counts one more unknown link. */
  unknown(): RetryAfterSeconds;
  /** Whether the limit on unknown links is reached; counts nothing. */
  unknownReached(): RetryAfterSeconds;
}

const WINDOW_MS = 60_000;
/** Beyond this, the least recently used keys are dropped, so a flood of made-up links cannot fill the memory. */
const MAX_KEYS = 20_000;

/** Each process counts for itself. */
export const createLimits = (options: LimitsOptions, { monotonicMs }: Pick<Runtime, "monotonicMs">): Limits => {
  const addresses = counter(options.perAddress, monotonicMs);
  const links = counter(options.perLink, monotonicMs);
  const unknown = counter(options.unknown, monotonicMs);
  return {
    address: (ip) => addresses(networkOf(ip), 1),
    link: (id) => links(id, 1),
    unknown: () => unknown("", 1),
    unknownReached: () => unknown("", 0),
  };
};

/** An IPv6 client owns the last 64 bits of its address, so it is counted by the first 64. */
const networkOf = (ip: string): string => {
  if (!ip.includes(":") || ip.includes(".")) return ip;
  const [front = "", back] = ip.split("::");
  const groups = front.split(":").filter(Boolean);
  const behind = back?.split(":").filter(Boolean) ?? [];
  const zeros = back === undefined ? [] : Array(8 - groups.length - behind.length).fill("0");
  return [...groups, ...zeros, ...behind].slice(0, 4).join(":");
};

/** Counts by key. A key's window of a minute begins with its first request. */
const counter = (max: number, monotonicMs: () => number): ((key: string, add: 0 | 1) => RetryAfterSeconds) => {
  const windows = new LRUCache<string, { count: number }>({
    ...atMost(MAX_KEYS),
    ttl: WINDOW_MS,
    ttlResolution: 0,
    // The cache reads a start of 0 as "never expires".
    perf: { now: () => monotonicMs() + 1 },
  });
  return (key, add) => {
    const window = windows.get(key) ?? { count: 0 };
    if (window.count === 0) windows.set(key, window);
    window.count += add;
    if (window.count <= max) return undefined;
    return Math.max(1, Math.ceil(windows.getRemainingTTL(key) / 1_000));
  };
};
