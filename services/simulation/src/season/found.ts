import type { Messaging } from "@touchline/messaging";
import type { World } from "../world/world.ts";
import type { Family } from "./life.ts";

/** What a check looks at: the end of a run. */
export interface Found {
  readonly world: World;
  readonly families: readonly Family[];
  /** The number that each family has now. */
  readonly numbers: ReadonlyMap<string, string>;
  readonly gateway: Messaging;
}

/** Returns a sentence for each violation, none when it holds. */
export type Invariant = (found: Found) => readonly string[] | Promise<readonly string[]>;
