import type { EventStore } from "@touchline/event-store";
import type { RunningProjection } from "@touchline/projections";
import type { Html } from "@touchline/service/html";
import type { Runtime } from "@touchline/service/runtime";
import type { FastifyReply } from "fastify";
import type { Changes } from "../changes/changes.ts";
import type { People } from "../people/people.ts";
import type { Books } from "../read-model/books.ts";
import type { Find } from "../read-model/find.ts";
import type { OwnWrites } from "../read-model/own-writes.ts";
import type { Queries } from "../read-model/queries.ts";
import type { Today } from "../read-model/today.ts";
import type { Insider, Sessions } from "../sessions/sessions.ts";
import type { BoardQueries } from "./counts.ts";
import { page } from "./layout.ts";
import type { Live } from "./live.ts";

/** What the board shows and does, available once the service has opened it. */
export interface Parts {
  readonly store: EventStore;
  readonly find: Find;
  readonly queries: Queries;
  readonly ownWrites: OwnWrites;
  readonly changes: Changes;
  readonly registrations: RunningProjection;
  readonly days: RunningProjection;
  readonly ledger: RunningProjection;
  readonly books: Books;
  readonly today: Today;
}

/** Used by its routes. */
export interface Board {
  readonly clubName: string;
  readonly now: () => Date;
  readonly uuid: () => string;
  readonly sleep: Runtime["sleep"];
  readonly people: People;
  readonly sessions: Sessions;
  readonly live: Live;
  /** Throws 503 until the service has opened. */
  readonly parts: () => Parts & { readonly board: BoardQueries };
}

declare module "fastify" {
  interface FastifyRequest {
    /** The operator who was admitted; set for every request that reaches a page or a form. */
    insider: Insider;
  }
  interface FastifyContextConfig {
    /** The form has an id of its own, by which a repeat is recognised. */
    doneOnce?: boolean;
  }
}

export const send = (reply: FastifyReply, club: string, title: string, main: Html): FastifyReply =>
  reply.type("text/html; charset=utf-8").send(page({ club, title }, main));
