import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";

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
type Check = (request: FastifyRequest) => Promise<number | undefined>;

export interface Limits {
  readonly address: Check;
  readonly link: Check;
  /** Counts one unknown link more. */
  readonly unknown: Check;
  /** Whether too many have been counted, without counting. */
  readonly guessed: Check;
}

export const registerLimits = async (app: FastifyInstance, options: LimitsOptions): Promise<Limits> => {
  // Least recently used keys are forgotten: a flood of made-up links cannot fill the memory.
  await app.register(rateLimit, { global: false, cache: 20_000 });
  const limit = (max: number, keyGenerator: (request: FastifyRequest) => string) => {
    const check = app.createRateLimit({ max, timeWindow: 60_000, keyGenerator });
    return async (request: FastifyRequest, increment = true) => {
      const result = await check(request, { increment });
      return result.isAllowed || !result.isExceeded ? undefined : Math.max(1, result.ttlInSeconds);
    };
  };
  const unknown = limit(options.unknown, () => "all");
  return {
    unknown: (request) => unknown(request),
    guessed: (request) => unknown(request, false),
    address: limit(options.perAddress, (request) => request.ip),
    link: limit(options.perLink, (request) => (request.params as { id: string }).id),
  };
};
