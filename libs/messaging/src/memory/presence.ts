import { Events } from "nats";
import { createQueue } from "./queue.ts";

export type Presence = ReturnType<typeof createPresence>;

/**
 * Whether a client is connected.
 *
 * @param killed aborted when its process dies. The client then gets no more callbacks, not even about this.
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
    /** Called when the server is back. It has forgotten the earlier connection. */
    onAttached,
    onDetached,
    /** Called when the client closes. */
    onClosed,
    isUp: () => attached && !isDead(),
    isClosed: () => closed,
    isDead,
    /** A new number for each connection: whatever was in flight when one broke is lost. */
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
