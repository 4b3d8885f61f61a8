import type { Operator } from "../src/people/operators.ts";
import { sha256 } from "../src/people/people.ts";
import type { Role } from "../src/people/roles.ts";

/** An operator whose tokens are `<id>-token` and `<id>-other`. */
export const operator = (role: Role, teams?: string[]): Operator => {
  const own = `op-${role}${teams ? "-limited" : ""}`;
  return {
    id: own,
    name: `${teams ? "Lou" : "Sam"} the ${role}`,
    role,
    ...(teams && { teams }),
    tokens: ["token", "other"].map((which) => {
      const id = `${own}-${which}`;
      return { id, sha256: sha256(id), createdAt: "2026-11-28T09:00:00.000Z" };
    }),
  };
};

/** One of each role, and two who see only the Lions: `op-operator-limited`, `op-treasurer-limited`. */
export const everyone = [
  operator("viewer"),
  operator("operator"),
  operator("treasurer"),
  operator("admin"),
  operator("operator", ["Lions"]),
  operator("treasurer", ["Lions"]),
];
