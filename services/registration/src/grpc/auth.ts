import { createHash, timingSafeEqual } from "node:crypto";
import { type Metadata, status } from "@grpc/grpc-js";
import { CallError } from "./status.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Throws UNAUTHENTICATED unless the call carries `authorization: Bearer <token>`; lets everything through without a token. */
export const createAuthorise = (token: string | undefined): ((metadata: Metadata) => void) => {
  if (token === undefined) return () => {};
  const expected = digest(token);
  return (metadata) => {
    const given = /^Bearer +(.+)$/i.exec(String(metadata.get("authorization")[0] ?? ""))?.[1] ?? "";
    // Digests all have the same length, so the comparison reveals nothing about the token's.
    if (!timingSafeEqual(digest(given), expected)) {
      throw new CallError(status.UNAUTHENTICATED, "A valid bearer token is needed in the authorization metadata.");
    }
  };
};
