import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { type Refusal, usage } from "./errors.ts";

const API_VERSION = "2015-07-06";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Required from every API request: a token and a version. */
export const refuseEntry = (request: FastifyRequest, accessToken: string): Refusal | undefined => {
  const { authorization, "gocardless-version": version } = request.headers;
  if (authorization === undefined) {
    return usage(401, "missing_authorization_header", "No authorization header was included in the request");
  }
  const token = /^Bearer (.+)$/.exec(authorization)?.[1];
  if (token === undefined) return usage(401, "invalid_authorization_header", "The authorization header is malformed");
  if (!timingSafeEqual(digest(token), digest(accessToken))) {
    return usage(401, "access_token_not_found", "The access token you've used is not a valid sandbox API access token");
  }
  if (version === undefined) return usage(400, "missing_version_header", "Please provide a GoCardless-Version header");
  return version === API_VERSION ? undefined : usage(400, "version_not_found", "Version not found");
};

/** A JSON body that was not understood, as opposed to one that was never sent. */
export type ParsedBody = { readonly json: unknown } | { readonly broken: "syntax" | "type" };

export const refuseBody = (body: ParsedBody | undefined): Refusal | undefined => {
  if (body === undefined || "json" in body) return undefined;
  return body.broken === "type"
    ? usage(415, "invalid_content_type", "Please send your request body as application/json")
    : usage(400, "parse_error", "Your request body could not be parsed as JSON");
};

/** The content of the envelope `{key: {…}}`. */
export const openEnvelope = (body: ParsedBody | undefined, key: string): { readonly content: unknown } | Refusal => {
  const json = body !== undefined && "json" in body ? body.json : undefined;
  if (typeof json !== "object" || json === null || !(key in json) || Object.keys(json).length !== 1) {
    return usage(400, "invalid_document_structure", `Your request body must have one key, ${key}`);
  }
  return { content: (json as Record<string, unknown>)[key] };
};

const MAX_KEY = 128;

export const refuseKey = (key: string | undefined): Refusal | undefined =>
  key !== undefined && (key.length === 0 || key.length > MAX_KEY)
    ? usage(400, "idempotency_key_too_long", `The idempotency key must be between 1 and ${MAX_KEY} characters`)
    : undefined;

/** Requests in the current minute. */
export class RateLimit {
  #minute = 0;
  #used = 0;
  readonly #perMinute: number;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Counts one request. Returns the headers of the answer, and whether it exceeds the limit. */
  count(now: Date): { readonly headers: Readonly<Record<string, string>>; readonly exceeded: boolean } {
    const minute = Math.floor(now.getTime() / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#used = 0;
    }
    this.#used += 1;
    return {
      headers: {
        "ratelimit-limit": String(this.#perMinute),
        "ratelimit-remaining": String(Math.max(this.#perMinute - this.#used, 0)),
        "ratelimit-reset": new Date((minute + 1) * 60_000).toUTCString(),
      },
      exceeded: this.#used > this.#perMinute,
    };
  }
}
