import type { SmsEvent } from "@touchline/contracts";
import { type Aggregate, type EventStore, transact } from "@touchline/event-store";
import { londonDay, nextLondonDay } from "@touchline/london";
import { SERVICE } from "./texts.ts";

interface Line {
  readonly holder?: string;
  readonly until?: string;
}

const lineAggregate: Aggregate<Line, SmsEvent> = {
  category: "sms",
  initial: {},
  evolve: (state, event) =>
    event.type === "SmsLineTaken" ? { holder: event.data.holder, until: event.data.until } : state,
};

const LEASE_MS = 10_000;
/** Not counted on: clocks differ, and a send takes its time. */
const MARGIN_MS = 2_000;

/** Whether a lease holds. One that ends later than any lease can was taken by a clock that was ahead. */
const holds = (untilMs: number, nowMs: number): boolean => nowMs < untilMs && untilMs <= nowMs + 2 * LEASE_MS;

/** Who of several instances sends. Taken only while there is something to send, so that idle days leave no events. */
export interface SendingLine {
  readonly isMine: () => boolean;
  /** Tries to take or keep the line; whether it is ours, and since which `$all` position when it was not before. */
  take(): Promise<{ readonly mine: boolean; readonly takenAt?: bigint | undefined }>;
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
    if (holds(othersUntil, nowMs)) return { mine: false };
    if (holds(mineUntil - LEASE_MS / 2, nowMs)) return { mine: true };
    const wasMine = isMine();
    // A stream a day keeps it short; no lease reaches into the next.
    const until = new Date(Math.min(nowMs + LEASE_MS, nextLondonDay(at).getTime()));
    const data = { holder, until: until.toISOString(), takenAt: at.toISOString() };
    const decide = (line: Line): SmsEvent[] =>
      line.until && line.holder !== holder && holds(Date.parse(line.until), nowMs)
        ? []
        : [{ type: "SmsLineTaken", data }];
    const cause = { service: SERVICE, claim: true };
    const { state, position } = await transact(store, lineAggregate, `line.${londonDay(at)}`, decide, cause);
    const end = Date.parse(state.until ?? "");
    if (state.holder === holder) mineUntil = end;
    else othersUntil = end;
    return { mine: isMine(), ...(!wasMine && { takenAt: position }) };
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
