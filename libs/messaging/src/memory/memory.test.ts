import { systemRuntime } from "@touchline/service";
import { natsContract, type OpenedServer } from "../../test/contract/index.ts";
import { memoryNats } from "./index.ts";

const open = async (): Promise<OpenedServer> => {
  const server = memoryNats(systemRuntime());
  return {
    connect: (name) => server.connect({ name, runtime: systemRuntime() }),
    start: async () => server.start(),
    stop: async () => server.stop(),
    close: async () => {},
  };
};

natsContract("the in-memory server", open);
