import { createHash, timingSafeEqual } from "node:crypto";
import { type Metadata, status } from "@grpc/grpc-js";
import { ACTOR_HEADER, actors } from "@touchline/contracts";
import type { People } from "../people/people.ts";
import type { Actor } from "../people/roles.ts";
import { CallError } from "./status.ts";

export interface AuthOptions {
  /** The gateway's token. If there is none, a call without a token counts as the gateway's. */
  readonly gatewayToken: string | undefined;
  readonly people: Pick<People, "byToken" | "needTokens">;
}

const gateway: Actor = { id: actors.gateway, role: "gateway" };

/** Identifies the caller by `authorization: Bearer <token>`. Throws UNAUTHENTICATED for an unknown token, and for a missing one if one is needed. */
export const createAuthenticate = ({ gatewayToken, people }: AuthOptions): ((metadata: Metadata) => Actor) => {
  const expected = gatewayToken === undefined ? undefined : digest(gatewayToken);
  return (metadata) => {
    const given = bearer(metadata);
    // Digests all have the same length, so the comparison reveals nothing about the token's.
    if (expected && timingSafeEqual(digest(given), expected)) return gateway;
    const person = people.byToken(given);
    if (person) return person;
    if (!expected && !people.needTokens()) return unlimited(metadata);
    if (!expected && given === "") return gateway;
    throw new CallError(status.UNAUTHENTICATED, "A valid bearer token is needed in the authorization metadata.");
  };
};

/** Without tokens, the command line differs from the gateway only by what it says about itself. Both may do everything. */
const unlimited = (metadata: Metadata): Actor => ({
  id: metadata.get(ACTOR_HEADER)[0] === actors.localCli ? actors.localCli : actors.gateway,
  role: "admin",
});

const bearer = (metadata: Metadata): string =>
  /^Bearer +(.+)$/i.exec(String(metadata.get("authorization")[0] ?? ""))?.[1] ?? "";

const digest = (text: string) => createHash("sha256").update(text).digest();
