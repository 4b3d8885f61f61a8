import { spawn } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findNatsServer } from "@touchline/embedded";

export const users = ["relay", "registration", "notification", "payment-link", "gateway", "operator"] as const;
export type User = (typeof users)[number];

export interface ProductionNats {
  readonly port: number;
  /** Where it answers `/accountz` and the like. */
  readonly monitoringUrl: string;
  readonly url: (user: User) => string;
  readonly credentials: (user: User) => { user: string; pass: string; inboxPrefix?: string };
  readonly stop: () => Promise<void>;
}

const nats = (name: string) => fileURLToPath(new URL(`../nats/${name}`, import.meta.url));

/** The subjects that a user may publish to, from users.conf, with wildcards filled in. */
export const mayPublish = (user: User): string[] => {
  const block = readFileSync(nats("users.conf"), "utf8").split(`user: ${user},`)[1] ?? "";
  const list = /publish: \[([^\]]*)\]/.exec(block)?.[1] ?? "";
  return [...list.matchAll(/"([^"]+)"/g)].map(([, subject = ""]) =>
    subject.replaceAll("*", "EVENTS").replace(">", "any"),
  );
};

/** A real nats-server with production's users, or another file of users, but without TLS. Its folder is kept. */
export const startProductionNats = async (folder: string, usersFile = nats("users.conf")): Promise<ProductionNats> => {
  copyFileSync(usersFile, join(folder, "users.conf"));
  const passwords = users.map((user) => `${user.toUpperCase().replace("-", "_")}_PASSWORD: "${user}-secret"`);
  writeFileSync(join(folder, "passwords.conf"), passwords.join("\n"));
  writeFileSync(
    join(folder, "nats.conf"),
    `listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:-1"\nports_file_dir: "${folder}"\njetstream { store_dir: "${folder}" }\ninclude ./users.conf\n`,
  );
  const PATH = `${dirname(findNatsServer() as string)}:${process.env.PATH}`;
  const env = { PATH, STORE_DIR: folder };
  const server = spawn("sh", [nats("start.sh"), "--config", join(folder, "nats.conf")], { stdio: "ignore", env });
  const exited = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const ports = join(folder, `nats-server_${server.pid}.ports`);
  let written = "";
  for (; !written.endsWith("}"); await sleep(20)) {
    if (server.exitCode !== null) throw new Error("nats-server refused the configuration");
    written = (await readFile(ports, "utf8").catch(() => "")).trim();
  }
  const at = JSON.parse(written) as { nats: [string]; monitoring: [string] };
  const port = Number(new URL(at.nats[0]).port);
  return {
    port,
    monitoringUrl: at.monitoring[0],
    url: (user) => `nats://${user}:${user}-secret@127.0.0.1:${port}`,
    credentials: (user) => ({
      user,
      pass: `${user}-secret`,
      // Only the gateway is not our own client, so it has the usual inbox.
      ...(user !== "gateway" && { inboxPrefix: `_INBOX_${user}` }),
    }),
    stop: async () => {
      server.kill("SIGTERM");
      await exited;
      rmSync(ports, { force: true });
    },
  };
};
