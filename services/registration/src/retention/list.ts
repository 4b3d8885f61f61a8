import type { Books } from "../read-model/books.ts";
import type { Queries } from "../read-model/queries.ts";
import { isKeptLongEnough, openMoney } from "./due.ts";

/** A family whose data has been kept for long enough. */
export interface Kept {
  readonly registrationId: string;
  readonly season: string;
  readonly team: string;
  /** Why it is still kept, in words; empty if it can be erased. */
  readonly openMoney: readonly string[];
}

/** Every family whose season ended that many months ago, newest first. */
export const keptLongEnough = function* (
  { queries, books }: { readonly queries: Queries; readonly books: Pick<Books, "ofFamily"> },
  months: number,
  now: Date,
): Generator<Kept> {
  for (const rows of queries.pages({}))
    for (const { registration_id: registrationId, season } of rows) {
      const kept = isKeptLongEnough(season, months, now) ? keptFamily({ queries, books }, registrationId) : undefined;
      if (kept) yield kept;
    }
};

/** Why a family is kept now; undefined if it no longer exists. */
export const keptFamily = (
  { queries, books }: { readonly queries: Queries; readonly books: Pick<Books, "ofFamily"> },
  registrationId: string,
): Kept | undefined => {
  const row = queries.get(registrationId);
  const facts = queries.factsOf(registrationId);
  if (!row || !facts) return undefined;
  const { season, team } = row;
  return { registrationId, season, team, openMoney: openMoney(row, books.ofFamily(registrationId), facts) };
};
