import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Client, type ClientReadableStream, credentials, Metadata } from "@grpc/grpc-js";
import { ACTOR_HEADER } from "./actors.ts";
import { RegistrationService } from "./gen/touchline/registration/v1/registration_pb.ts";

export interface RegistrationClientOptions {
  /** An operator's token, or the service's GATEWAY_TOKEN if it has one. */
  readonly token?: string | undefined;
  /** Who calls, for a service that asks for no token. */
  readonly actor?: string;
  /** How long a call may take. Streams have no limit. */
  readonly timeoutMs: number;
  readonly now: () => Date;
}

export type RegistrationClient = ReturnType<typeof connectRegistrationClient>;

/**
 * The calls of RegistrationService at `host:port`. They reject with grpc-js's `ServiceError`, which each caller interprets for
 * itself.
 */
export const connectRegistrationClient = (
  target: string,
  { token, actor, timeoutMs, now }: RegistrationClientOptions,
) => {
  const client = new Client(target, credentials.createInsecure());
  const metadata = new Metadata();
  if (token) metadata.set("authorization", `Bearer ${token}`);
  if (actor) metadata.set(ACTOR_HEADER, actor);
  const deadline = () => new Date(now().getTime() + timeoutMs);

  const unary =
    <I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>) =>
    (request: MessageInitShape<I>): Promise<MessageShape<O>> =>
      new Promise((resolve, reject) => {
        const { path, serialize, deserialize } = wire(method);
        const message = create(method.input, request);
        client.makeUnaryRequest(
          path,
          serialize,
          deserialize,
          message,
          metadata,
          { deadline: deadline() },
          (error, answer) => (error ? reject(error) : resolve(answer as MessageShape<O>)),
        );
      });

  const streaming =
    <I extends DescMessage, O extends DescMessage>(method: DescMethodServerStreaming<I, O>) =>
    (request: MessageInitShape<I>): ClientReadableStream<MessageShape<O>> => {
      const { path, serialize, deserialize } = wire(method);
      return client.makeServerStreamRequest(path, serialize, deserialize, create(method.input, request), metadata);
    };

  const { method } = RegistrationService;
  return {
    completeRegistration: unary(method.completeRegistration),
    getRegistration: unary(method.getRegistration),
    listRegistrations: unary(method.listRegistrations),
    resendPaymentLink: unary(method.resendPaymentLink),
    correctParentPhone: unary(method.correctParentPhone),
    cancelRegistration: unary(method.cancelRegistration),
    refundPayment: unary(method.refundPayment),
    recordMoney: unary(method.recordMoney),
    eraseRegistration: unary(method.eraseRegistration),
    amendRegistration: unary(method.amendRegistration),
    releaseRegistration: unary(method.releaseRegistration),
    markRepliesHandled: unary(method.markRepliesHandled),
    recordTextsWish: unary(method.recordTextsWish),
    snoozeRegistration: unary(method.snoozeRegistration),
    remindTeam: unary(method.remindTeam),
    addNote: unary(method.addNote),
    removeNote: unary(method.removeNote),
    listNotes: unary(method.listNotes),
    watchRegistration: streaming(method.watchRegistration),
    listToday: unary(method.listToday),
    watchRegistrations: streaming(method.watchRegistrations),
    /** Resolves once the channel is open; rejects after `timeoutMs`. */
    ready: () =>
      new Promise<void>((resolve, reject) =>
        client.waitForReady(deadline(), (error) => (error ? reject(error) : resolve())),
      ),
    close: () => client.close(),
  };
};

const wire = <I extends DescMessage, O extends DescMessage>({
  parent,
  name,
  input,
  output,
}: DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>) => ({
  path: `/${parent.typeName}/${name}`,
  serialize: (message: MessageShape<I>) => Buffer.from(toBinary(input, message)),
  deserialize: (bytes: Buffer) => fromBinary(output, bytes),
});
