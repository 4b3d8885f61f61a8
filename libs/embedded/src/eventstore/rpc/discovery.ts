import { uuidToBits } from "../store/uuid.ts";
import { bytesField, messageField, uintField } from "../wire.ts";
import { type Member, ROLES } from "./front-door.ts";

export const SERVER_VERSION = "24.10.0";

interface Method {
  service: string;
  name: string;
  features?: string[];
}

const STREAMS = "event_store.client.streams.streams";

const METHODS: Method[] = [
  { service: STREAMS, name: "read", features: ["position", "events"] },
  { service: STREAMS, name: "append" },
  { service: STREAMS, name: "batchappend", features: ["deadline_duration"] },
  { service: STREAMS, name: "delete" },
  { service: STREAMS, name: "tombstone" },
  { service: "event_store.client.gossip.gossip", name: "read" },
  { service: "event_store.client.server_features.serverfeatures", name: "getsupportedmethods" },
];

/** `SupportedMethods`. The client does not even try methods missing from this list. */
export const supportedMethods = (): Buffer =>
  Buffer.concat([
    ...METHODS.map(({ service, name, features = [] }) =>
      messageField(
        1,
        bytesField(1, name),
        bytesField(2, service),
        ...features.map((feature) => bytesField(3, feature)),
      ),
    ),
    bytesField(2, SERVER_VERSION),
  ]);

const TICKS_PER_MS = 10_000n;

/** `ClusterInfo`: the nodes as seen by one of them. */
export const clusterInfo = (members: readonly Member[], nowMs: number): Buffer =>
  Buffer.concat(members.map((member) => messageField(1, memberInfo(member, nowMs))));

function memberInfo({ instanceId, role, alive, endPoint }: Member, nowMs: number): Buffer {
  const { most, least } = uuidToBits(instanceId);
  return Buffer.concat([
    messageField(1, messageField(1, uintField(1, most), uintField(2, least))),
    uintField(2, BigInt(nowMs) * TICKS_PER_MS),
    uintField(3, ROLES[role]),
    uintField(4, alive ? 1 : 0),
    messageField(5, bytesField(1, endPoint.host), uintField(2, endPoint.port)),
  ]);
}
