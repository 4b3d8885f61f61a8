import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { supportedMethods } from "../src/eventstore/rpc/discovery.ts";
import { caughtUp, confirmation } from "../src/eventstore/rpc/responses.ts";
import { method } from "../src/eventstore/rpc/service.ts";
import { encodeFrame } from "../src/eventstore/store/record.ts";

/**
 * Shows what bare grpc-js can do on this machine. It answers with the bytes it was sent, and streams frames encoded in advance.
 * The event store is measured against it.
 */
const frames = Array.from({ length: Number(process.argv[2]) }, (_, revision) =>
  encodeFrame({
    id: crypto.randomUUID(),
    stream: Buffer.from("bench-read"),
    revision,
    position: 2e14 + revision * 600,
    type: "Benchmarked",
    json: true,
    createdMs: Date.now(),
    customMetadata: Buffer.alloc(0),
    data: Buffer.from(JSON.stringify({ text: "x".repeat(488) })),
  }),
);

type ReadCall = ServerWritableStream<Buffer, Buffer>;

async function streamFrames(call: ReadCall): Promise<void> {
  const subscription = call.request.includes("\x32\x00", 0, "latin1");
  if (subscription) call.write(confirmation(crypto.randomUUID()));
  for (const frame of frames) {
    if (!call.write(frame)) await new Promise((resolve) => call.once("drain", resolve));
    if (call.cancelled) return;
  }
  if (subscription) call.write(caughtUp());
  else call.end();
}

const bytes = (message: Buffer): Buffer => message;
const unary = { request: false, response: false };
const server = new Server();
server.addService(
  {
    echo: method("/bench.Echo/Unary", unary, bytes),
    read: method("/event_store.client.streams.Streams/Read", { request: false, response: true }, bytes),
    features: method("/event_store.client.server_features.ServerFeatures/GetSupportedMethods", unary, bytes),
  },
  {
    echo: (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => callback(null, call.request),
    read: (call: ReadCall) => void streamFrames(call),
    features: (_call: unknown, callback: sendUnaryData<Buffer>) => callback(null, supportedMethods()),
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_error, port) => {
  process.send?.({ port });
});
process.on("disconnect", () => process.exit(0));
