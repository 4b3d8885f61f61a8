import { createDoor, type Door } from "../cluster/door.ts";

/** Puts everything back as it was. */
export type PutBack = () => Promise<void>;

/** The way of one client to several servers, at the servers' ports on a loopback address of its own. */
export interface Doors {
  /** The servers' URL, by way of the doors. */
  readonly url: string;
  /** Connections are reset, and new ones refused. */
  reject(): Promise<PutBack>;
  /** Connections stay, and new ones are accepted, but nothing passes. */
  freeze(): Promise<PutBack>;
  /** What the servers send is held; what they are sent passes. */
  freezeAnswers(): Promise<PutBack>;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

/** `host`: such as 127.0.1.1. `url`: of servers on 127.0.0.1, which name each other by the host that their client used, or not at all. */
export const openDoors = async (host: string, url: string): Promise<Doors> => {
  const ports = [...url.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  const doors = ports.map((port) => ({ port, door: createDoor(host, port) }));
  const open = async () => void (await Promise.all(doors.map(({ door, port }) => door.open(port))));
  const each = (act: (door: Door) => unknown) => Promise.all(doors.map(({ door }) => act(door)));
  const thaw = async () => void (await each((door) => door.thaw()));
  await open();
  return {
    url: url.replaceAll(`${HOST}:`, `${host}:`),
    reject: async () => {
      await each((door) => door.reject());
      return open;
    },
    freeze: async () => {
      await each((door) => door.freeze());
      return thaw;
    },
    freezeAnswers: async () => {
      await each((door) => door.freezeAnswers());
      return thaw;
    },
    close: async () => void (await each((door) => door.close())),
  };
};
