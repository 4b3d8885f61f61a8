import type { RawStore } from "./raw-store.ts";

/**
 * Lets a user of the server who is not an administrator read `$all`, which views and the relay need. Any user may do everything
 * else that Touchline does. The store's own user has to be an administrator.
 */
export const grantReadAll = (store: Pick<RawStore, "setMetadata">, user: string): Promise<void> =>
  store.setMetadata("$all", { $acl: { $r: ["$admins", user] } });
