import type { EventStore } from "@touchline/event-store";
import type { RunningProjection } from "@touchline/projections";
import type { Html } from "@touchline/service/html";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Changes } from "../changes/changes.ts";
import type { Find } from "../read-model/find.ts";
import type { OwnWrites } from "../read-model/own-writes.ts";
import type { Queries } from "../read-model/queries.ts";
import type { Access, Caller } from "./access.ts";
import type { BoardQueries } from "./counts.ts";
import { page } from "./layout.ts";
import type { Live } from "./live.ts";

/** What the board shows and does; there once the service has opened it. */
export interface Parts {
  readonly store: EventStore;
  readonly find: Find;
  readonly queries: Queries;
  readonly ownWrites: OwnWrites;
  readonly changes: Changes;
  readonly registrations: RunningProjection;
  readonly days: RunningProjection;
}

/** What its routes use. */
export interface Board {
  readonly clubName: string;
  readonly now: () => Date;
  readonly access: Access;
  readonly live: Live;
  /** Throws 503 until the service is open. */
  readonly parts: () => Parts & { readonly board: BoardQueries };
}

export const callerOf = (request: FastifyRequest): Caller => ({
  remoteAddress: request.raw.socket.remoteAddress,
  headers: request.headers,
});

export const send = (reply: FastifyReply, club: string, title: string, main: Html): FastifyReply =>
  reply.type("text/html; charset=utf-8").send(page({ club, title }, main));
