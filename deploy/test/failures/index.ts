import { atOdds } from "./at-odds.ts";
import { booksDiffer } from "./books-differ.ts";
import { providersAway } from "./providers-away.ts";
import { providersWrong } from "./providers-wrong.ts";
import type { InjectedFailure, Scene } from "./scene.ts";
import { season } from "./season.ts";
import { slowness } from "./slowness.ts";
import { storeAway } from "./store-away.ts";

/** Failures that do not hide each other are injected together; the causes of each stage are fixed before the next. */
export const stages: Readonly<Record<string, (scene: Scene) => readonly InjectedFailure[]>> = {
  "our books and GoCardless's differ": booksDiffer,
  "the season is not configured, and months fail": season,
  "the event store is away": storeAway,
  "providers do the wrong thing, and NATS is away": providersWrong,
  "providers refuse or do not answer, and a service keeps dying": providersAway,
  "the event store is slow, a view has stopped, and a service hangs": slowness,
  "clocks, limits and stores are at odds with each other": atOdds,
};
