import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventStore } from "@touchline/event-store";
import { memoryEventStore } from "@touchline/event-store/memory";
import { type MemoryNats, memoryNats } from "@touchline/messaging/memory";
import { type Random, seeded } from "@touchline/sandbox";
import type { Machine, Running } from "../machine/machine.ts";
import { createDice, type Dice, type FaultKind, oddsOf } from "./faults.ts";
import { createHistory, type History } from "./history.ts";
import { natsFor } from "./nats-seam.ts";
import { breakLine, planOutages } from "./outages.ts";
import { type Registration, serviceNames } from "./programs.ts";
import { ANSWERS_MS, calmProviders, type Providers, startProviders, troubleProviders } from "./providers.ts";
import { environmentOf, INSTANCES_MAX } from "./settings.ts";
import { storeFor } from "./store-seam.ts";
import { type Instance, type Supervised, supervise } from "./supervisor.ts";

export interface World {
  readonly machine: Machine;
  readonly history: History;
  /** The log itself, without faults. */
  readonly store: EventStore;
  readonly nats: MemoryNats;
  readonly providers: Providers;
  readonly registration: () => Registration | undefined;
  readonly services: readonly Supervised[];
  /** Of the families' lives. Faults have dice of their own, so that leaving some out does not change the families. */
  readonly lives: Random;
  /** Errors that nobody caught, or that ended a service. */
  readonly defects: readonly string[];
  /** Ends all faults. Work under way continues. */
  readonly calm: () => void;
  readonly close: () => Promise<void>;
}

export interface WorldOptions {
  readonly seed: number;
  readonly without: ReadonlySet<FaultKind>;
}

/** Linux has a file system in memory there. Elsewhere, the views' files cost a tenth of the run's time. */
const IN_MEMORY = "/dev/shm";

/** All of Touchline and what is around it, on one machine. */
export const createWorld = async (machine: Machine, { seed, without }: WorldOptions): Promise<World> => {
  const { clock, spawn } = machine;
  const history = createHistory(clock.nowMs);
  const dice = createDice(seeded(seed ^ 0x5f3759df));
  const store = memoryEventStore(undefined, spawn("event store").runtime);
  const nats = memoryNats(spawn("nats").runtime);
  const away = new Set<string>();
  const providers = await startProviders(machine);
  const trouble = troubleProviders(providers, dice, without);
  const dataDir = mkdtempSync(join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), "touchline-simulation-"));
  const defects: string[] = [];
  const onDefect = (who: string, error: unknown) => {
    defects.push(`${who}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };
  const onUnhandled = (error: unknown) => onDefect("nobody caught", error);
  process.on("unhandledRejection", onUnhandled);
  const outages = { clock, dice, without, away, onChange: () => trouble(away), nats, history };
  const onAttempt = breakLine(outages);
  const services = startServices({
    machine,
    dataDir,
    history,
    dice,
    without,
    store,
    nats,
    away,
    onAttempt,
    onDefect,
  });
  planOutages({ ...outages, services });

  return {
    machine,
    history,
    store,
    nats,
    providers,
    registration: () => services.find(({ service }) => service === "registration")?.registration(),
    services,
    lives: seeded(seed),
    defects,
    calm: () => {
      dice.stop();
      away.clear();
      nats.start();
      calmProviders(providers);
    },
    close: async () => {
      await machine.stop();
      process.off("unhandledRejection", onUnhandled);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

interface Around extends Pick<World, "machine" | "history" | "store" | "nats"> {
  readonly dataDir: string;
  readonly dice: Dice;
  readonly without: ReadonlySet<FaultKind>;
  readonly away: ReadonlySet<string>;
  /** An attempt at a text is claimed, and Twilio will be called. */
  readonly onAttempt: () => void;
  readonly onDefect: (who: string, error: unknown) => void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const startServices = (around: Around): readonly Supervised[] => {
  const { machine, dataDir, history, dice, without, store, nats, away, onAttempt, onDefect } = around;
  const odds = oddsOf(dice, without);
  const connections = (program: Running, crash: (why: string) => void) => {
    const say = (what: string) => history.add(program.name, what);
    const seam = { program, dice, odds, crash, say };
    const isUp = () => !away.has("store");
    const onStored = (types: readonly string[]) => {
      machine.clock.stir();
      if (types.includes("SmsAttemptStarted")) onAttempt();
    };
    return { store: storeFor(store, { ...seam, isUp, onStored }), connect: natsFor(nats, seam) };
  };
  const options = {
    machine,
    connections,
    onCall: ({ runtime }: Running, crash: (why: string) => void) => {
      // Before the provider has the call, while it works, or after its answer.
      if (dice.hits(10 * odds.crash))
        runtime.after(dice.between(0, 2 * ANSWERS_MS), () => crash("at a provider's call"));
    },
    say: history.add,
    onLine: (who: string, line: string) => history.add(who, shorten(line)),
    onDefect,
    // Now and then long enough that all callbacks fail.
    restartMs: () => (dice.hits(0.1) ? dice.between(MINUTE_MS, 20 * MINUTE_MS) : dice.between(100, 10_000)),
    safeMs: () => dice.pick([MINUTE_MS, 6 * HOUR_MS, 24 * HOUR_MS]),
    skewMs: () => (without.has("clocks") ? 0 : dice.pick([0, 0, 20_000, -20_000])),
  };
  const isDoubled = dice.pick([false, false, true]) && !without.has("instances");
  return instancesOf(dataDir, isDoubled).map((instance) => supervise(instance, options));
};

/** Registration has one, because operators and gRPC know one address. */
const instancesOf = (dataDir: string, isDoubled: boolean): readonly Instance[] =>
  serviceNames.flatMap((service) =>
    Array.from({ length: isDoubled && service !== "registration" ? INSTANCES_MAX : 1 }, (_, place) => ({
      service,
      name: place === 0 ? service : `${service}-${place + 1}`,
      env: environmentOf(join(dataDir, String(place + 1)), place),
    })),
  );

/** What a log line says, without the stack. */
const shorten = (line: string): string => {
  const { level, msg, err } = JSON.parse(line) as { level: string; msg: string; err?: { message?: string } };
  return `${level}: ${msg}${err ? ` (${err.message})` : ""}`;
};
