import { Events } from "nats";
import { createQueue } from "./queue.ts";

export type Presence = ReturnType<typeof createPresence>;

/**
 * Whether a client is connected.
 *
 * @param killed aborted when its process dies: it hears of nothing any more, not even of that
 */
export const createPresence = (killed: AbortSignal | undefined, isServerUp: () => boolean) => {
  const status = createQueue<{ readonly type: string }>();
  const onAttached = new Set<() => void>();
  const onDetached = new Set<() => void>();
  const onClosed = new Set<() => void>();
  let attached = true;
  let closed = false;
  let connections = 1;

  const isDead = () => killed?.aborted ?? false;

  const detach = (): void => {
    if (!attached) return;
    attached = false;
    for (const work of onDetached) work();
    if (!isDead()) status.push({ type: Events.Disconnect });
  };

  killed?.addEventListener("abort", detach, { once: true });

  return {
    status,
    /** Called when the server is there again: what it knew of the connection before is gone. */
    onAttached,
    onDetached,
    /** Called when the client closes. */
    onClosed,
    isUp: () => attached && !isDead(),
    isClosed: () => closed,
    isDead,
    /** Another one for each connection: what was on its way when one broke is lost. */
    connection: () => connections,
    detach,
    attach: (): void => {
      if (attached || closed || isDead() || !isServerUp()) return;
      attached = true;
      connections++;
      status.push({ type: Events.Reconnect });
      for (const work of onAttached) work();
    },
    close: (): void => {
      if (closed) return;
      detach();
      closed = true;
      for (const work of onClosed) work();
      status.end();
    },
  };
};
