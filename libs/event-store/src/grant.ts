import type { RawStore } from "./raw-store.ts";

/**
 * Lets a user of the server, beside its administrators, read `$all`: views and the relay are made of it. Everything else that
 * Touchline does, any user may do. The store's own user has to be an administrator.
 */
export const grantReadAll = (store: Pick<RawStore, "setMetadata">, user: string): Promise<void> =>
  store.setMetadata("$all", { $acl: { $r: ["$admins", user] } });
