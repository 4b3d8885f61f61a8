import type { ServedStore } from "../store/store.ts";
import type { Outgoing } from "./outgoing.ts";
import type { UuidForm } from "./responses.ts";

/** What every part of a read needs. */
export interface ReadContext {
  store: ServedStore;
  out: Outgoing;
  uuid: UuidForm;
  resolveLinks: boolean;
}
