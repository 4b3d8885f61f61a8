import type { FastifyRequest } from "fastify";

export interface LimitsOptions {
  /** Taps a minute on one link: a family of eager thumbs stays far below. */
  readonly perLink: number;
  /** Taps a minute from one address: mobile networks put thousands of families behind one. */
  readonly perAddress: number;
  /** Unknown links a minute, from everywhere together: only guessing makes that many. */
  readonly unknown: number;
}

export const defaultLimits: LimitsOptions = { perLink: 120, perAddress: 2_000, unknown: 300 };

/** Undefined when the request may pass, else in how many seconds to come again. */
type Verdict = number | undefined;

export interface Limits {
  address(request: FastifyRequest): Verdict;
  link(id: string): Verdict;
  /** Counts one unknown link more. */
  unknown(): Verdict;
  /** Whether too many have been counted, without counting. */
  guessed(): Verdict;
}

const WINDOW_MS = 60_000;
/** The keys that have been counted for longest are forgotten: a flood of made-up links cannot fill the memory. */
const KEYS = 20_000;

export const createLimits = (options: LimitsOptions): Limits => {
  const addresses = windows(options.perAddress);
  const links = windows(options.perLink);
  const unknown = windows(options.unknown);
  return {
    address: (request) => addresses(networkOf(request.ip), 1),
    link: (id) => links(id, 1),
    unknown: () => unknown("", 1),
    guessed: () => unknown("", 0),
  };
};

/** Whoever has one IPv6 address has the 64 bits behind its network too. */
const networkOf = (ip: string): string => {
  if (!ip.includes(":") || ip.includes(".")) return ip;
  const [front = "", back] = ip.split("::");
  const groups = front.split(":").filter(Boolean);
  const behind = back?.split(":").filter(Boolean) ?? [];
  const zeros = back === undefined ? [] : Array(8 - groups.length - behind.length).fill("0");
  return [...groups, ...zeros, ...behind].slice(0, 4).join(":");
};

/**
 * Counts by key in windows that begin with the first request of each. Synchronous: as promises, two counts would be a
 * third of what a tap costs.
 */
const windows = (max: number): ((key: string, more: 0 | 1) => Verdict) => {
  const counted = new Map<string, { count: number; readonly endsMs: number }>();
  return (key, more) => {
    const nowMs = performance.now();
    let window = counted.get(key);
    if (!window || window.endsMs <= nowMs) {
      counted.delete(key);
      window = { count: 0, endsMs: nowMs + WINDOW_MS };
      counted.set(key, window);
      if (counted.size > KEYS) counted.delete(counted.keys().next().value ?? "");
    }
    window.count += more;
    return window.count > max ? Math.max(1, Math.ceil((window.endsMs - nowMs) / 1_000)) : undefined;
  };
};
