import type { EventStore } from "@touchline/event-store";
import { createMailer, mailOutcomes } from "@touchline/mail";
import type { RunningProjection } from "@touchline/projections";
import type { ServiceContext } from "@touchline/service";
import type { Config } from "../config.ts";
import type { Queries } from "../read-model/queries.ts";
import type { Today } from "../read-model/today.ts";
import { type Audience, createDigests } from "./send.ts";
import { managerDigest, secretaryDigest } from "./write.ts";

export interface DigestDependencies {
  readonly store: EventStore;
  readonly queries: Pick<Queries, "pages">;
  readonly today: Today;
  /** The view that `today` and `queries` read. Nothing is sent unless it is live: what it lacks would look settled. */
  readonly view: Pick<RunningProjection, "status">;
}

const LOOK_EVERY_MS = 60_000;
/** At shutdown, how long to wait for an e-mail that is being sent. One that takes longer has an unknown outcome. */
const LEAVE_OPEN_MS = 4_000;

/** E-mails the secretary and the teams' managers in the morning. Does nothing for a club that sends no e-mail. */
export const startDigests = (context: ServiceContext, config: Config, from: DigestDependencies): void => {
  const { log, metrics, runtime, signal, onClose } = context;
  const { mail, digests } = config;
  const sent = metrics.counter("touchline_digests_total", "E-mails to the club's own people, by outcome.", ["outcome"]);
  for (const outcome of mailOutcomes) sent.inc({ outcome }, 0);
  if (!mail) return;
  const send = createDigests({
    store: from.store,
    mailer: createMailer(mail, runtime),
    audiences: audiencesOf(config, from, runtime.now),
    now: runtime.now,
    onOutcome: (outcome) => {
      sent.inc({ outcome: outcome.kind });
      if (outcome.kind !== "sent") log.warn(outcome, "a digest was not sent, or may not have been");
    },
  });
  if (digests.secretary === undefined && digests.managers.length === 0) return;
  let round: Promise<void> | undefined;
  const look = async () => {
    if (!signal.aborted && from.view.status().state === "live") await send();
  };
  const stop = runtime.every(LOOK_EVERY_MS, () => {
    round ??= look()
      .catch((err: unknown) => log.warn({ err }, "could not send the digests; trying again"))
      .finally(() => {
        round = undefined;
      });
  });
  onClose(() => {
    stop();
    return Promise.race([round, runtime.sleep(LEAVE_OPEN_MS)]);
  });
};

const audiencesOf = (
  { clubName, digests: { secretary, managers, boardUrl } }: Config,
  { queries, today }: DigestDependencies,
  now: () => Date,
): Audience[] => {
  const place = { clubName, boardUrl };
  const ofSecretary = (to: string): Audience => ({
    audience: "secretary",
    to,
    write: async () => secretaryDigest(await today({ teams: undefined }), place),
  });
  const ofManager = ({ team, email }: Config["digests"]["managers"][number]): Audience => ({
    audience: `team/${team}`,
    to: email,
    write: async () => managerDigest(team, [...queries.pages({ teams: [team] })].flat(), now(), place),
  });
  return [...(secretary ? [ofSecretary(secretary)] : []), ...managers.map(ofManager)];
};
