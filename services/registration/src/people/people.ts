import { createHash } from "node:crypto";
import { actors } from "@touchline/contracts";
import type { Operator } from "./operators.ts";
import type { Actor } from "./roles.ts";

/** An operator who has shown a token. */
export interface Person extends Actor {
  readonly name: string;
  readonly tokenId: string;
}

/** The operators at the time of each call. */
export interface People {
  /** Whether an operator needs a token. Without one, everybody on this machine is an administrator. */
  readonly needTokens: () => boolean;
  readonly byToken: (token: string) => Person | undefined;
  /** Undefined once the token was withdrawn. */
  readonly byTokenId: (tokenId: string) => Person | undefined;
  readonly nameOf: (operatorId: string) => string | undefined;
}

/**
 * `operators` gives those of the file, and undefined while it cannot be read. `sharedKey` is the one key of earlier versions: an
 * administrator without a name, for as long as the file is empty.
 */
export const createPeople = (
  operators: () => readonly Operator[] | undefined,
  sharedKey: string | undefined,
): People => {
  const shared: readonly Operator[] =
    sharedKey === undefined
      ? []
      : [
          {
            id: actors.sharedKey,
            name: "shared key",
            role: "admin",
            tokens: [{ id: actors.sharedKey, sha256: sha256(sharedKey), createdAt: "" }],
          },
        ];
  const known = (): readonly Operator[] | undefined => {
    const named = operators();
    return named?.length === 0 ? shared : named;
  };
  const find = (isIt: (token: Operator["tokens"][number]) => boolean): Person | undefined => {
    for (const { id, name, role, teams, tokens } of known() ?? []) {
      const token = tokens.find(isIt);
      if (token) return { id, name, role, teams, tokenId: token.id };
    }
    return undefined;
  };
  return {
    needTokens: () => known()?.length !== 0,
    byToken: (token) => {
      // Digests of long random tokens are compared, so the time it takes reveals nothing useful.
      const digest = sha256(token);
      return find(({ sha256: expected }) => expected === digest);
    },
    byTokenId: (tokenId) => find(({ id }) => id === tokenId),
    nameOf: (operatorId) => known()?.find(({ id }) => id === operatorId)?.name,
  };
};

/** Hexadecimal. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
