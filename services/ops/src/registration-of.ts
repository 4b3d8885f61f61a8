import { findRegistrations, readClue } from "@touchline/timeline";
import type { Context } from "./context.ts";
import { Problem } from "./problem.ts";
import { withStore } from "./store.ts";

/** Finds one registration by its id or by that of its billing request. */
export const registrationOf = async (context: Context, whom: string): Promise<string> => {
  const clue = readClue(whom);
  if (clue?.kind === "registration") return clue.registrationId;
  if (clue?.kind !== "billing_request") {
    throw new Problem(
      "This is neither a registration id nor a billing request.",
      "A number may belong to several registrations: list or timeline shows their ids.",
    );
  }
  const [found] = await withStore(context.config(), (store) => findRegistrations(store, clue));
  if (found === undefined) throw new Problem("There is no such billing request.");
  return found;
};
