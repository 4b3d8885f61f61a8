import {
  connectEventStore,
  type EventStore,
  observeEventStore,
  patienceMs,
  reportStore,
  withPatience,
} from "@touchline/event-store";
import { connectMessaging, observeDeadLetters } from "@touchline/messaging";
import { createHttpServer, runService, startTracing } from "@touchline/service";
import { registerBoard } from "./admin/board.ts";
import { createChanges } from "./changes/changes.ts";
import { registrationConfig } from "./config.ts";
import { consumeErasures, ERASURE_DURABLE } from "./erasure/consume-erasures.ts";
import { createCalls } from "./grpc/calls.ts";
import { createChangeCalls } from "./grpc/changes.ts";
import { startGrpcServer } from "./grpc/server.ts";
import { consumeChat, INTAKE_DURABLE } from "./intake/consume-chat.ts";
import { createTakeIn } from "./intake/take-in.ts";
import { createMeters } from "./meters.ts";
import { startReadModel } from "./read-model/start.ts";

await runService("registration", async (context) => {
  const { log, metrics, health, signal, runtime, onClose } = context;
  const { now } = runtime;
  const config = registrationConfig(process.env);
  const tracing = await startTracing(context);
  const meters = createMeters(metrics);

  const app = createHttpServer({ log, metrics, health, tracing });
  onClose(() => app.close());
  const board = registerBoard(app, { token: config.adminToken, clubName: config.clubName, log, runtime });
  const http = await app.listen({ host: config.host, port: config.httpPort });

  const store = observeEventStore(connectEventStore({ url: config.eventStoreUrl, runtime }), metrics, tracing);
  onClose(() => store.close());
  reportStore(store, health, metrics);

  const readModel = startReadModel(context, store, config);
  const { find, queries, watchers, ownWrites } = readModel;
  meters.watchers(watchers.count);
  const forCalls = withPatience(store, patienceMs.call);
  const changes = createChanges({ store: forCalls, find, queries, ownWrites, now });
  board.open({ ...readModel, store, changes });
  const takeInFrom = (source: EventStore) => createTakeIn({ store: source, fees: config.fees, now });
  const grpc = await startGrpcServer(config.host, config.grpcPort, {
    calls: createCalls({
      takeIn: takeInFrom(forCalls),
      find,
      queries,
      ownWrites,
      onIntake: (result) => meters.intake("grpc", result),
    }),
    changes: createChangeCalls(changes),
    watching: { store, find, queries, watchers, signal },
    token: config.gatewayToken,
    onCall: meters.call,
    onDefect: (method, err, about) => log.error({ ...about, err, method }, "a call failed"),
    tracing,
    runtime,
  });
  onClose(grpc.close);
  log.info({ grpcPort: grpc.port, http }, "listening");

  const messaging = await connectMessaging({
    url: config.natsUrl,
    name: "registration",
    health,
    runtime,
    onStatus: (connected) => log.info({ connected }, "nats"),
  });
  onClose(() => messaging.close());
  observeDeadLetters(metrics, messaging, [INTAKE_DURABLE, ERASURE_DURABLE]);
  consumeChat(context, {
    takeIn: takeInFrom(store),
    messaging,
    tracing,
    now,
    onResult: (result) => meters.intake("nats", result),
  });
  consumeErasures(context, { store, messaging, tracing });
  await readModel.registrations.ready;
});
