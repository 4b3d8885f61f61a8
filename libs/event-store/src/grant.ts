import { EventStoreDBClient } from "@eventstore/db-client";
import { asFault } from "./as-fault.ts";

/**
 * Lets a user of the server, beside its administrators, read `$all`: views and the relay are made of it. Everything else that Touchline
 * does, any user may do. The URL's own user has to be an administrator.
 */
export const grantReadAll = async (url: string, user: string): Promise<void> => {
  const client = EventStoreDBClient.connectionString(url);
  try {
    await client.setStreamMetadata("$all", { acl: { readRoles: ["$admins", user] } });
  } catch (error) {
    throw asFault(error);
  } finally {
    await client.dispose();
  }
};
