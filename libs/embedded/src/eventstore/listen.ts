import { createServer as createHttp1Server } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { SERVER_VERSION } from "./rpc/discovery.ts";
import type { EndPoint, FrontDoor, Member } from "./rpc/front-door.ts";
import type { EventStoreServer } from "./server.ts";

/** The first bytes of every HTTP/2 connection; no HTTP/1.1 request begins with them. */
const HTTP2_PREFACE = "PRI";

export interface Listener {
  readonly port: number;
  /** Refuses new connections; resolves when those that speak HTTP/1.1 are gone. */
  close(): Promise<void>;
}

/** Serves HTTP/2 for clients and HTTP/1.1 for probes on one port. */
export async function listen(server: EventStoreServer, frontDoor: FrontDoor, at: EndPoint): Promise<Listener> {
  const probes = createProbes(frontDoor);
  const sockets = new Set<Socket>();
  const listening = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    onFirstBytes(socket, (first) => {
      sockets.delete(socket);
      if (first.startsWith(HTTP2_PREFACE)) server.accept(socket);
      else probes.emit("connection", socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    listening.once("error", reject);
    listening.listen(at.port, at.host.replace(/^\[(.*)\]$/, "$1"), resolve);
  });
  return {
    port: (listening.address() as AddressInfo).port,
    close: async () => {
      listening.close();
      for (const socket of sockets) socket.destroy();
      probes.closeAllConnections();
    },
  };
}

/** Puts the bytes back before the callback, for the server that takes the connection. */
function onFirstBytes(socket: Socket, callback: (first: string) => void, before: Buffer = Buffer.alloc(0)): void {
  socket.once("readable", () => {
    const bytes = socket.read() as Buffer | null;
    // The connection ended before any bytes came.
    if (bytes === null) return void socket.destroy();
    const first = Buffer.concat([before, bytes]);
    if (first.length < HTTP2_PREFACE.length) return onFirstBytes(socket, callback, first);
    socket.unshift(first);
    callback(first.toString("latin1", 0, HTTP2_PREFACE.length));
  });
}

const createProbes = (frontDoor: FrontDoor) =>
  createHttp1Server((request, response) => {
    const admission = frontDoor.admit({ method: "readGossip", requiresLeader: false });
    if (admission === "hang") return;
    const members = frontDoor.members(request.headers.host ?? "");
    const json = (body: object): void => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const url = URL.parse(request.url ?? "", "http://any");
    const pathname = url?.pathname;
    if (request.method !== "GET" && request.method !== "HEAD") response.writeHead(405).end();
    else if (pathname === "/health/live") response.writeHead(admission === "enter" ? liveCode(url) : 503).end();
    else if (pathname === "/ping") json({ text: "Ping request successfully handled" });
    else if (pathname === "/info") json(info(members));
    else if (pathname === "/gossip") {
      const { localAddress, localPort } = request.socket;
      json({ members: members.map(asJson), serverIp: localAddress, serverPort: localPort });
    } else response.writeHead(404).end();
  });

/** Some load balancers take only 200 for healthy, and ask for it. */
const liveCode = (url: URL | null): number => {
  const wanted = Number(url?.searchParams.get("liveCode"));
  return Number.isInteger(wanted) && wanted >= 200 && wanted < 600 ? wanted : 204;
};

const info = (members: readonly Member[]): object => ({
  dbVersion: SERVER_VERSION,
  esVersion: SERVER_VERSION,
  state: members[0]?.role.toLowerCase(),
  features: { projections: false, userManagement: false, atomPub: false },
  authentication: { type: "insecure", properties: {} },
});

const asJson = ({ instanceId, role, alive, endPoint }: Member): object => ({
  instanceId,
  timeStamp: new Date().toISOString(),
  state: role,
  isAlive: alive,
  internalTcpIp: endPoint.host,
  internalTcpPort: 0,
  internalSecureTcpPort: 0,
  externalTcpIp: endPoint.host,
  externalTcpPort: 0,
  externalSecureTcpPort: 0,
  internalHttpEndPointIp: endPoint.host,
  internalHttpEndPointPort: endPoint.port,
  httpEndPointIp: endPoint.host,
  httpEndPointPort: endPoint.port,
  nodePriority: 0,
  isReadOnlyReplica: false,
  esVersion: SERVER_VERSION,
});
