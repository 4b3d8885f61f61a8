import { readFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { json } from "node:stream/consumers";
import { type Endpoint, type StoreAddress, showEndpoint } from "@touchline/event-store/address";
import { Problem } from "./problem.ts";

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer of one EventStoreDB node over HTTP. */
type Ask = (method: "GET" | "POST", path: string) => Promise<Answer>;

export interface ServerNode {
  readonly name: string;
  readonly ask: Ask;
}

const TIMEOUT_MS = 10_000;

/** Every node that keeps a copy of the events. */
export const nodesOf = async (address: StoreAddress): Promise<ServerNode[]> => {
  const named = address.hosts.map((host) => nodeAt(host, address));
  const members = (await Promise.any(named.map(membersOf)).catch(() => [])).filter((one) => one.isAlive);
  // A single node may not know its own public address.
  if (members.length <= 1 && !address.discover) return named;
  if (members.length === 0)
    throw new Problem("No node of the event store answers.", "Is it running? See EVENTSTORE_URL.");
  return members.map(({ httpEndPointIp, httpEndPointPort }) =>
    nodeAt({ host: httpEndPointIp, port: httpEndPointPort }, address),
  );
};

interface Member {
  readonly httpEndPointIp: string;
  readonly httpEndPointPort: number;
  readonly isAlive: boolean;
}

/** At one address of a cluster that is not said to be one, the others are found as well. */
const membersOf = async ({ ask }: ServerNode): Promise<Member[]> => {
  const { status, body } = await ask("GET", "/gossip");
  if (status !== 200) throw new Error(`/gossip answered ${status}`);
  return (body.members ?? []) as Member[];
};

const nodeAt = (endpoint: Endpoint, { tls, caFile, verifyCert, login }: StoreAddress): ServerNode => {
  const name = showEndpoint(endpoint);
  const at = new URL(`${tls ? "https" : "http"}://${name}`);
  const secured = tls ? { rejectUnauthorized: verifyCert, ...(caFile && { ca: readFileSync(caFile) }) } : {};
  const ask: Ask = (method, path) =>
    new Promise((resolve, reject) => {
      const outgoing = (tls ? tlsRequest : plainRequest)(
        new URL(path, at),
        {
          method,
          timeout: TIMEOUT_MS,
          headers: { accept: "application/json", "content-length": 0 },
          ...(login && { auth: `${login.user}:${login.password}` }),
          ...secured,
        },
        (answer) => {
          const status = answer.statusCode ?? 0;
          // Some answers have no body, and errors may have text.
          json(answer).then(
            (body) => resolve({ status, body: (body ?? {}) as Answer["body"] }),
            () => resolve({ status, body: {} }),
          );
        },
      );
      outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in time")));
      outgoing.once("error", reject);
      outgoing.end();
    });
  return { name, ask };
};
