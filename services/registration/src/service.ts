import { createRecoveryWindow, patienceMs, withPatience } from "@touchline/event-store";
import type { Messaging } from "@touchline/messaging";
import { createHttpServer } from "@touchline/service";
import { registerBoard } from "./admin/board.ts";
import { type Changes, createChanges } from "./changes/changes.ts";
import { feesInPounds } from "./config.ts";
import { startDigests } from "./digests/start.ts";
import { createFollow } from "./feed/follow.ts";
import { createAmendmentCalls } from "./grpc/amendments.ts";
import { createCalls } from "./grpc/calls.ts";
import { createChangeCalls } from "./grpc/changes.ts";
import { createFollowUpCalls } from "./grpc/follow-up.ts";
import { type GrpcServerOptions, startGrpcServer } from "./grpc/server.ts";
import { takeInsOf } from "./intake/same-child.ts";
import { startMessaging } from "./messaging.ts";
import { createMeters } from "./meters.ts";
import type { Opened } from "./opened.ts";
import { openPeople } from "./people/open.ts";
import { type ReadModel, startReadModel } from "./read-model/start.ts";
import { createToday, type Today } from "./read-model/today.ts";
import { keepErasing } from "./retention/sweep.ts";
import { startSuspensions } from "./suspension/start.ts";

/** What a program in the same process may read and do, like operators on the board. */
export interface Registration {
  readonly changes: Changes;
  readonly today: Today;
  readonly queries: ReadModel["queries"];
  readonly books: ReadModel["books"];
}

/** Everything that the service does, on connections that its caller opens. */
export const startRegistration = async (opened: Opened): Promise<Registration> => {
  const { context, config, store, tracing } = opened;
  const { log, metrics, health, signal, runtime, onClose } = context;
  const meters = createMeters(metrics);

  const people = openPeople(config, log);
  const app = createHttpServer({ log, metrics, health, tracing, runtime, trustProxy: config.trustProxy });
  onClose(() => app.close());
  const board = registerBoard(app, { people, clubName: config.clubName, log, runtime });
  const http = await app.listen({ host: config.host, port: config.httpPort });

  const readModel = startReadModel(context, store, config);
  const { find, queries, watchers, ownWrites } = readModel;
  meters.watchers(watchers.count);
  const forCalls = withPatience(store, patienceMs.call);
  const changes = createChanges({ ...config, store: forCalls, find, queries, ownWrites, now: runtime.now });
  let messaging: Messaging | undefined;
  const today = createToday({ ...readModel, now: runtime.now, messaging: () => messaging });
  const follow = createFollow(readModel.changedAfter, readModel.registrations);
  startDigests(context, config, { store, queries, today, view: readModel.registrations });
  board.open({ ...readModel, store, changes, today });
  const takeInFrom = takeInsOf({ ...config, store, queries, projection: readModel.registrations, now: runtime.now });
  const takeIn = takeInFrom(forCalls);
  const onIntake = (result: Parameters<typeof meters.intake>[1]) => meters.intake("grpc", result);
  const grpcPort = await serveCalls(opened, {
    calls: createCalls({ takeIn, find, queries, ownWrites, today, onIntake }),
    changes: { ...createChangeCalls(changes), ...createFollowUpCalls(changes), ...createAmendmentCalls(changes) },
    watching: { store, find, queries, watchers, follow, signal, runtime },
    people,
    onCall: meters.call,
  });
  log.info({ grpcPort, http, ...feesInPounds(config.fees) }, "listening");

  messaging = await startMessaging(opened, {
    takeIn: takeInFrom(store),
    projection: readModel.registrations,
    follow,
    onResult: (result) => meters.intake("nats", result),
  });
  await startSuspensions(context, store, readModel, config.suspension);
  startErasing(opened, readModel, changes);
  return { changes, today, queries, books: readModel.books };
};

type Served = Pick<GrpcServerOptions, "calls" | "changes" | "watching" | "people" | "onCall">;

/** Resolves with the port. */
const serveCalls = async ({ context, config, tracing }: Opened, served: Served): Promise<number> => {
  const { log, health, runtime, onClose } = context;
  const grpc = await startGrpcServer(config.host, config.grpcPort, {
    ...served,
    gatewayToken: config.gatewayToken,
    onDefect: (method, err, about) => log.error({ ...about, err, method }, "could not answer a gRPC call"),
    tracing,
    health,
    runtime,
  });
  onClose(grpc.close);
  return grpc.port;
};

const startErasing = ({ context, config, store }: Opened, readModel: ReadModel, changes: Changes): void => {
  const { log, runtime, signal, onClose } = context;
  const { registrations, ledger, books, queries } = readModel;
  const { retentionMonths: months } = config;
  if (months === undefined) return;
  const views = [registrations, ledger];
  const lostSince = createRecoveryWindow(store, runtime);
  const erasing = keepErasing({ queries, books, views, changes, lostSince, months, runtime, signal, log });
  onClose(() => erasing);
};
