import type { SmsEvent } from "@touchline/contracts";
import { type Aggregate, type EventStore, transact } from "@touchline/event-store";
import { londonDay, nextLondonDay } from "@touchline/london";
import { SERVICE } from "./texts.ts";

interface Line {
  readonly holder?: string;
  readonly until?: string;
  readonly takenAt?: string;
  /** The previous holder's lease. */
  readonly before?: Line;
}

const lineAggregate: Aggregate<Line, SmsEvent> = {
  category: "sms",
  initial: {},
  evolve: (state, event) =>
    event.type === "SmsLineTaken"
      ? {
          ...event.data,
          ...(state.holder !== event.data.holder ? { before: state } : state.before && { before: state.before }),
        }
      : state,
};

/** If the holder dies, another takes over in less than three seconds: the lease has ended and its last texts no longer count. */
const LEASE_MS = 2_000;
/** The last part of a lease is not used: clocks differ, and a send takes time. */
const MARGIN_MS = 500;
/** A lease that ends later was taken by a clock that was ahead. */
const LONGEST_MS = 20_000;

const holds = (untilMs: number, nowMs: number): boolean => nowMs < untilMs && untilMs <= nowMs + LONGEST_MS;

/** The latest time that a former holder can have sent. A released line ends with its last send. */
const lastSendMs = ({ until = "", takenAt }: Line): number => Date.parse(until) - (until === takenAt ? 0 : MARGIN_MS);

/** What came of trying to take or keep the line. */
interface Taking {
  readonly mine: boolean;
  /** The `$all` position at which we took it; undefined if we had it already. */
  readonly takenAt?: bigint | undefined;
  /** For how long no other instance has sent; undefined if none has today. */
  readonly quietMs?: number | undefined;
  /** For how long another instance certainly has it. */
  readonly othersForMs?: number;
}

/** Decides which of several instances sends. Taken only while there is something to send, so idle days leave no events. */
export interface SendingLine {
  readonly isMine: () => boolean;
  take(): Promise<Taking>;
  /** Leaves it to the others at once. */
  release(): Promise<void>;
}

export const createLine = (store: EventStore, holder: string, now: () => Date): SendingLine => {
  let mineUntil = 0;
  let othersUntil = 0;
  const isMine = () => holds(mineUntil - MARGIN_MS, now().getTime());

  const take: SendingLine["take"] = async () => {
    const at = now();
    const nowMs = at.getTime();
    const theirs = (): Taking => ({ mine: false, othersForMs: Math.max(0, othersUntil - now().getTime()) });
    if (holds(othersUntil, nowMs)) return theirs();
    if (holds(mineUntil - LEASE_MS / 2, nowMs)) return { mine: true };
    const wasMine = isMine();
    // One stream a day keeps each short; no lease runs into the next day.
    const until = new Date(Math.min(nowMs + LEASE_MS, nextLondonDay(at).getTime()));
    const data = { holder, until: until.toISOString(), takenAt: at.toISOString() };
    const decide = (line: Line): SmsEvent[] =>
      line.until && line.holder !== holder && holds(Date.parse(line.until), nowMs)
        ? []
        : [{ type: "SmsLineTaken", data }];
    const cause = { service: SERVICE, claim: true };
    const { state, position } = await transact(store, lineAggregate, `line.${londonDay(at)}`, decide, cause);
    const end = Date.parse(state.until ?? "");
    if (state.holder !== holder) {
      othersUntil = end;
      return theirs();
    }
    mineUntil = end;
    const quietMs = state.before?.until && now().getTime() - lastSendMs(state.before);
    return { mine: isMine(), ...(!wasMine && { takenAt: position, quietMs: quietMs || undefined }) };
  };

  const release: SendingLine["release"] = async () => {
    if (!isMine()) return;
    const at = now();
    mineUntil = 0;
    const data = { holder, until: at.toISOString(), takenAt: at.toISOString() };
    const decide = (line: Line): SmsEvent[] => (line.holder === holder ? [{ type: "SmsLineTaken", data }] : []);
    await transact(store, lineAggregate, `line.${londonDay(at)}`, decide, { service: SERVICE, claim: true });
  };

  return { isMine, take, release };
};
