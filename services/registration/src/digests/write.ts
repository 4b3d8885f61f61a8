import { londonDay } from "@touchline/london";
import type { Row } from "../read-model/row.ts";
import type { TodayView } from "../read-model/today.ts";
import { seasonIsOver } from "../registration/suspend.ts";
import { owesFee } from "../today/next-actions.ts";

/** An e-mail to a person at the club. First names only and no numbers, because mailboxes are read on many screens. */
export interface Digest {
  readonly subject: string;
  readonly text: string;
}

interface Place {
  readonly clubName: string;
  readonly boardUrl: string | undefined;
}

const LINES_MAX = 50;

const firstName = ({ child_name }: Pick<Row, "child_name">): string => child_name.split(" ", 1)[0] ?? "";

const atMost = (lines: readonly string[]): string[] =>
  lines.length > LINES_MAX ? [...lines.slice(0, LINES_MAX), `… and ${lines.length - LINES_MAX} more`] : [...lines];

const footer = ({ clubName, boardUrl }: Place): string[] => [
  "",
  ...(boardUrl ? [`All of them: ${boardUrl}/admin`, ""] : []),
  clubName,
  "",
];

/** Who needs a human today; undefined when nobody does. */
export const secretaryDigest = (
  { entries, deadLetters = 0 }: Pick<TodayView, "entries" | "deadLetters">,
  place: Place,
): Digest | undefined => {
  if (entries.length === 0 && deadLetters === 0) return undefined;
  const letters = `Messages inside Touchline that could not be handled: ${deadLetters}`;
  const families =
    entries.length === 1 ? "1 family needs somebody today" : `${entries.length} families need somebody today`;
  const lines = entries.map(
    ({ row, reasons: [{ sentence, nextStep }] }) => `${firstName(row)} (${row.team}): ${sentence} ${nextStep}.`,
  );
  const text = [
    ...(entries.length > 0 ? [`${families}.`, "", ...atMost(lines)] : []),
    ...(deadLetters > 0 ? [`${letters}. Ask the person who runs it.`] : []),
    ...footer(place),
  ];
  return { subject: `${place.clubName}: ${entries.length > 0 ? families : letters}`, text: text.join("\n") };
};

/** The children of a team who may not play, may play again since yesterday, or have yet to pay; undefined if there are none. */
export const managerDigest = (team: string, rows: readonly Row[], now: Date, place: Place): Digest | undefined => {
  const yesterday = londonDay(new Date(now.getTime() - 24 * 3_600_000));
  const present = rows.filter((row) => !row.cancelled && !seasonIsOver(row.season, now));
  // A possible duplicate has no link yet, so nobody can pay for it.
  const unpaid = present.filter((row) => owesFee(row) && row.held_for === null);
  const suspended = unpaid.filter((row) => row.suspended_at !== null);
  const reinstated = present.filter((row) => row.reinstated_at !== null && londonDay(row.reinstated_at) === yesterday);
  const yetToPay = unpaid.filter((row) => row.suspended_at === null);
  const sections = [
    ["Suspended, because the fee is unpaid; they may not play", suspended],
    ["May play again since yesterday", reinstated],
    ["Have yet to pay", yetToPay],
  ] as const;
  const found = sections.filter(([, of]) => of.length > 0);
  if (found.length === 0) return undefined;
  const lines = found.flatMap(([title, of]) => [`${title}:`, ...atMost(of.map((row) => `- ${firstName(row)}`)), ""]);
  const counts = `${suspended.length} suspended, ${yetToPay.length} yet to pay`;
  return {
    subject: `${place.clubName}, ${team}: ${counts}`,
    text: [...lines.slice(0, -1), "", place.clubName, ""].join("\n"),
  };
};
