import { parseAddress } from "@touchline/event-store/address";
import type { Context } from "./context.ts";
import { Problem } from "./problem.ts";
import { nodesOf, type ServerNode } from "./server-admin.ts";

const LOOK_EVERY_MS = 1_000;

/** Scavenges every node of a server, one after the other: each has its own copy of the events. */
export const scavengeServer = async (context: Context, everyMs = LOOK_EVERY_MS): Promise<void> => {
  const nodes = await nodesOf(parseAddress(context.config().eventStoreUrl));
  for (const node of nodes) {
    const id = await start(node);
    context.say(`${node.name}: scavenging (${id}). It may take hours; stopping this command does not stop it.`);
    await finished(context, node, id, everyMs);
    context.out(`${node.name}: what was erased is gone from the disk\n`);
  }
};

const start = async (node: ServerNode): Promise<string> => {
  const { status, body } = await node.ask("POST", "/admin/scavenge").catch((error: Error) => {
    throw new Problem(
      `The event store at ${node.name} does not answer (${error.message}).`,
      "Is it running? See EVENTSTORE_URL.",
    );
  });
  if (status === 401 || status === 403) {
    throw new Problem(
      `The event store at ${node.name} does not let this user scavenge.`,
      "Use a URL with the user ops or admin in EVENTSTORE_URL for this command.",
    );
  }
  // If one is already running, it removes the same data, so we wait for it.
  const current = status === 200 ? body : (await node.ask("GET", "/admin/scavenge/current")).body;
  if (typeof current.scavengeId === "string") return current.scavengeId;
  throw new Problem(`The event store at ${node.name} answered ${status} and does not scavenge.`, "Its log says why.");
};

/** Ends when the node no longer runs this scavenge. A node that restarts meanwhile continues with it. */
const finished = async ({ runtime }: Context, node: ServerNode, id: string, everyMs: number): Promise<void> => {
  for (;;) {
    await runtime.sleep(everyMs);
    const last = await node.ask("GET", "/admin/scavenge/last").catch(() => undefined);
    if (last?.status === 200 && last.body.scavengeId === id) {
      const { scavengeResult } = last.body;
      if (scavengeResult === "Success") return;
      if (scavengeResult === "Stopped" || scavengeResult === "Errored") {
        throw new Problem(
          `The scavenge of ${node.name} ended with: ${scavengeResult}.`,
          "The server's log says why. Run it again.",
        );
      }
      continue;
    }
    // Older servers only say what runs now.
    if (last && last.status !== 200) {
      const current = await node.ask("GET", "/admin/scavenge/current").catch(() => undefined);
      if (current?.status === 200 && current.body.scavengeId !== id) return;
    }
  }
};
