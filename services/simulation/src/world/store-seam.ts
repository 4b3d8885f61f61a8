import { Fault } from "@touchline/contracts";
import type { EventStore, StoredEvent } from "@touchline/event-store";
import type { Running } from "../machine/machine.ts";
import type { Dice, Odds } from "./faults.ts";

export interface StoreSeam {
  readonly program: Running;
  readonly dice: Dice;
  readonly odds: Odds;
  /** False while the store is down. */
  readonly isUp: () => boolean;
  /** Kills the program: nothing that it waits for arrives. */
  readonly crash: (why: string) => void;
  readonly say: (what: string) => void;
  /** It has stored events of these types. */
  readonly onStored: (types: readonly string[]) => void;
}

/** Often enough that calls overtake each other. */
const LATE = 0.25;
const LATEST_MS = 20;
const LOOKS_FOR_NODE_MS = 10_000;
const BREAKS_EVERY_MS = 3_600_000;

type Over = <T>(name: string, call: () => Promise<T>) => Promise<T>;

const never = new Promise<never>(() => {});
const away = () => new Fault("event_store_unavailable");
/** Looks for a node before it gives up, as the real client does when nothing is urgent. */
const awayAtLast = async ({ runtime }: Running) => {
  await runtime.sleep(LOOKS_FOR_NODE_MS);
  return away();
};

/** One call over the network. A dead program's call is not carried out, and no answer reaches it. */
const overNetwork =
  ({ program, dice, odds, isUp, crash, say }: StoreSeam): Over =>
  async (name, call) => {
    if (!program.isAlive) return never;
    if (dice.hits(odds.crash)) crash(`before ${name}`);
    if (dice.hits(LATE)) await program.runtime.sleep(dice.between(0, LATEST_MS));
    if (!program.isAlive) return never;
    if (!isUp()) throw away();
    if (dice.hits(odds.store)) {
      say(`store: ${name} does not reach it`);
      throw away();
    }
    const result = await call();
    await program.pause.over();
    if (dice.hits(odds.crash)) crash(`after ${name}`);
    if (!program.isAlive) return never;
    if (dice.hits(odds.store)) {
      say(`store: the answer to ${name} is lost`);
      throw new Fault("event_store_timeout");
    }
    return result;
  };

/** Subscriptions break in outages, and by chance. */
const subscriber =
  (shared: EventStore, { program, dice, odds, isUp }: StoreSeam): EventStore["subscribe"] =>
  async ({ signal, onEvent, ...wanted }) => {
    const { runtime, killed } = program;
    if (!program.isAlive) return never;
    if (!isUp()) throw await awayAtLast(program);
    const ending = new AbortController();
    let broken = false;
    const breakOff = () => {
      broken = true;
      ending.abort();
    };
    const stopWatch = runtime.every(dice.between(BREAKS_EVERY_MS, 10 * BREAKS_EVERY_MS), () => {
      if (odds.store > 0 && !dice.isStopped()) breakOff();
    });
    const take = async (event: StoredEvent) => {
      if (!program.isAlive) return never;
      if (!isUp() || dice.hits(odds.store / 10)) breakOff();
      if (broken) return;
      await program.pause.over();
      await onEvent(event);
      if (!program.isAlive) await never;
    };
    try {
      await shared.subscribe({ ...wanted, onEvent: take, signal: AbortSignal.any([signal, ending.signal, killed]) });
    } finally {
      stopWatch();
    }
    if (!program.isAlive) return never;
    if (broken) throw away();
  };

/** The store as one program reaches it: late, with lost answers, and cut off by crashes. */
export const storeFor = (shared: EventStore, seam: StoreSeam): EventStore => {
  const { isUp, say, onStored } = seam;
  const over = overNetwork(seam);
  return {
    ...shared,
    runtime: seam.program.runtime,
    append: (stream, events, expected) => {
      const stored = events.map(({ type }) => type);
      const types = stored.join(", ");
      return over(`append ${types}`, async () => {
        const result = await shared.append(stream, events, expected);
        if (result.ok) onStored(stored);
        say(`${result.ok ? "stores" : "comes too late with"} ${types} in ${stream}`);
        return result;
      });
    },
    subscribe: subscriber(shared, seam),
    read: (stream) => over("read", () => shared.read(stream)),
    truncateBefore: (stream, revision) => over("truncate", () => shared.truncateBefore(stream, revision)),
    head: () => over("head", () => shared.head()),
    at: async (position) => {
      if (!isUp()) throw await awayAtLast(seam.program);
      return over("at", () => shared.at(position));
    },
    ping: () => over("ping", () => shared.ping()),
    readAll: async function* (options) {
      await over("readAll", async () => {});
      yield* shared.readAll(options);
    },
    status: () => (isUp() ? { appendsFailingForMs: 0 } : { unreachable: "away", appendsFailingForMs: 0 }),
  };
};
