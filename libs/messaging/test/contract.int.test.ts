import { temporaryFolder } from "@touchline/testing";
import { natsServer } from "@touchline/testing/stack";
import { connectMessaging } from "../src/index.ts";
import { natsContract, type OpenedServer } from "./contract/index.ts";

const open = async (): Promise<OpenedServer> => {
  const folder = temporaryFolder("nats-contract");
  const server = await natsServer(folder.path);
  await server.start();
  return {
    connect: (name) => connectMessaging({ url: server.url, name }),
    start: () => server.start(),
    stop: () => server.stop(),
    close: async () => {
      await server.stop();
      folder.remove();
    },
  };
};

natsContract("a real nats-server", open);
