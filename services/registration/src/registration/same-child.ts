import { fold } from "./fold.ts";
import type { Content } from "./validate.ts";

/** Another registration with the same phone number, neither cancelled nor erased. */
export interface Registered {
  readonly registrationId: string;
  /** First and last name. */
  readonly childName: string;
  readonly team: string;
  readonly season: string;
}

/** The first registration of the same child, for the same team and season, under another id; undefined when there is none. */
export const sameChild = (
  registrationId: string,
  { child, team, season }: Pick<Content, "child" | "team" | "season">,
  others: readonly Registered[],
): string | undefined => {
  const name = fold(`${child.firstName} ${child.lastName}`);
  return others.find(
    (other) =>
      other.registrationId !== registrationId &&
      other.season === season &&
      fold(other.team) === fold(team) &&
      fold(other.childName) === name,
  )?.registrationId;
};
