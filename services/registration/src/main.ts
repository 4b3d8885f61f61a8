import { chatSubjects, eventSubject, streams } from "@touchline/contracts";
import { connectEventStore, observeEventStore } from "@touchline/event-store";
import { connectMessaging, consume, dropMessage, observeDeadLetters, traceOfDelivery } from "@touchline/messaging";
import { observeProjections, type RunnerOptions, runProjection } from "@touchline/projections";
import { aboutStory, createHttpServer, runService, startTracing } from "@touchline/service";
import { registerBoard } from "./admin/board.ts";
import { daysProjection } from "./admin/days.ts";
import { registrationConfig } from "./config.ts";
import { createErasure } from "./erasure/erasure.ts";
import { createCalls } from "./grpc/calls.ts";
import { createChanges } from "./grpc/changes.ts";
import { startGrpcServer } from "./grpc/server.ts";
import { aboutMessage, createMessageIntake } from "./intake/messages.ts";
import { createTakeIn } from "./intake/take-in.ts";
import { createMeters } from "./meters.ts";
import { createFind } from "./read-model/find.ts";
import { createOwnWrites } from "./read-model/own-writes.ts";
import { registrationsProjection } from "./read-model/projection.ts";
import { createQueries } from "./read-model/queries.ts";
import { createWatchers } from "./read-model/watchers.ts";

const DURABLE = "registration-intake";
const ERASURE = "registration-erasure";

await runService("registration", async (context) => {
  const { log, metrics, health, signal, onClose } = context;
  const config = registrationConfig(process.env);
  const tracing = await startTracing(context);
  const meters = createMeters(metrics);
  const now = () => new Date();

  const app = createHttpServer({ log, metrics, health, tracing });
  onClose(() => app.close());
  const board = registerBoard(app, { token: config.adminToken, clubName: config.clubName, log, now });
  const http = await app.listen({ host: config.host, port: config.httpPort });

  const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl }), metrics, tracing);
  onClose(() => store.close());
  health.add("event_store", () => store.ping().then(() => undefined));

  const watchers = createWatchers(() => queries);
  // Calls in hand still read it while everything else stops.
  const folding = new AbortController();
  const running: Omit<RunnerOptions, "projection" | "path"> = {
    store,
    signal: folding.signal,
    onBroken: (err) => log.warn({ err }, "the subscription broke; following again"),
    onStopped: (status) => log.error({ status }, "the projection stands still before an event that it cannot fold"),
  };
  const projection = runProjection({
    ...running,
    projection: registrationsProjection,
    onChange: watchers.changed,
    path: config.databasePath,
  });
  const days = runProjection({ ...running, projection: daysProjection, path: config.daysPath });
  onClose(() => {
    folding.abort();
    return Promise.all([projection.done, days.done]);
  });
  const queries = createQueries(projection.db);
  projection.onCommit(watchers.committed);
  observeProjections(context, [projection, days]);

  const ownWrites = createOwnWrites(projection);
  const find = createFind({ store, queries, projection, ownWrites });
  const changes = createChanges({ store, find, ownWrites, now });
  board.open({ store, find, queries, ownWrites, changes, registrations: projection, days });
  const takeIn = createTakeIn({ store, fees: config.fees, now });
  meters.watchers(watchers.count);
  const grpc = await startGrpcServer(config.host, config.grpcPort, {
    calls: createCalls({ takeIn, find, queries, ownWrites, onIntake: (result) => meters.intake("grpc", result) }),
    changes,
    watching: { store, find, queries, watchers, signal },
    token: config.gatewayToken,
    onCall: meters.call,
    onDefect: (method, err, about) => log.error({ ...about, err, method }, "a call failed"),
    tracing,
  });
  onClose(grpc.close);
  log.info({ grpcPort: grpc.port, http }, "listening");

  const messaging = await connectMessaging({
    url: config.natsUrl,
    name: "registration",
    health,
    onStatus: (connected) => log.info({ connected }, "nats"),
  });
  onClose(() => messaging.close());
  observeDeadLetters(metrics, messaging, [DURABLE, ERASURE]);
  const intake = consume(messaging, {
    stream: streams.chat,
    durable: DURABLE,
    filter: chatSubjects.registrationCompleted,
    signal,
    tracing,
    handle: createMessageIntake({
      takeIn,
      messaging,
      forget: (sequence) => dropMessage(messaging, streams.chat, sequence),
      now,
      onResult: (result) => meters.intake("nats", result),
    }),
    onSettled: (settlement, delivery, err) => {
      if (settlement === "done") return;
      const { sequence, deliveries } = delivery;
      log.warn({ ...aboutMessage(delivery), settlement, sequence, deliveries, err }, "intake");
    },
    onBroken: (err) => log.warn({ err }, "the intake's consumer broke; consuming again"),
  });
  onClose(() => intake);
  const erasure = consume(messaging, {
    stream: streams.events,
    durable: ERASURE,
    filter: eventSubject("registration", "RegistrationTextsErased"),
    concurrency: 1,
    signal,
    tracing,
    handle: createErasure({ store, messaging }),
    onSettled: (settlement, delivery, err) => {
      const { sequence, deliveries } = delivery;
      const { correlationId, traceparent } = traceOfDelivery(delivery);
      const about = aboutStory(correlationId, traceparent);
      log.info({ ...about, settlement, sequence, deliveries, err }, "copies of an erased registration were removed");
    },
    onBroken: (err) => log.warn({ err }, "the erasure's consumer broke; consuming again"),
  });
  onClose(() => erasure);
  await projection.ready;
});
