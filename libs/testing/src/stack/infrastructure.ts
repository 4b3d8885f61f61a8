import { temporaryFolder } from "../temporary-folder.ts";
import { eventStoreServer, natsServer, type Server } from "./server.ts";

export interface Infrastructure {
  readonly dataDir: string;
  readonly eventStore: Server;
  readonly nats: Server;
  /** Settings by which a service finds both. */
  readonly env: { readonly EVENTSTORE_URL: string; readonly NATS_URL: string };
  /** Rejects if a process that was started on the folder is still running. */
  stop(): Promise<void>;
}

export interface InfrastructurePorts {
  readonly eventStore?: number;
  readonly nats?: number;
}

/** A real event store and a real nats-server, on free ports and in their own folder, not started yet. */
export const prepareInfrastructure = async (
  purpose: string,
  ports: InfrastructurePorts = {},
): Promise<Infrastructure> => {
  const folder = temporaryFolder(purpose);
  const eventStore = await eventStoreServer(folder.path, ports.eventStore);
  const nats = await natsServer(folder.path, ports.nats);
  return {
    dataDir: folder.path,
    eventStore,
    nats,
    env: { EVENTSTORE_URL: eventStore.url, NATS_URL: nats.url },
    stop: async () => {
      await Promise.all([eventStore.stop(), nats.stop()]);
      folder.remove();
    },
  };
};

export const startInfrastructure = async (purpose: string): Promise<Infrastructure> => {
  const prepared = await prepareInfrastructure(purpose);
  await Promise.all([prepared.eventStore.start(), prepared.nats.start()]);
  return prepared;
};
