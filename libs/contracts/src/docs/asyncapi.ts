import type { DescMessage } from "@bufbuild/protobuf";
import type { EventDefinition } from "../events/define.ts";
import {
  CompleteRegistrationRequestSchema,
  CompleteRegistrationResponseSchema,
  RegistrationChangedSchema,
  RegistrationRefusedSchema,
} from "../gen/touchline/registration/v1/registration_pb.ts";
import { changeSubject, chatSubjects, contentTypes, eventHeaders, eventSubject } from "../subjects.ts";
import { protoSchema } from "./proto-schema.ts";

interface Described {
  readonly definitions: readonly EventDefinition[];
  readonly examples: ReadonlyMap<string, object>;
}

const ref = (path: string) => ({ $ref: `#/${path}` });

/** docs/asyncapi.json: the chat's subjects, and one subject for each event. */
export const asyncApi = ({ definitions, examples }: Described): object => ({
  asyncapi: "3.0.0",
  info: {
    title: "Touchline over NATS",
    version: "1.0.0",
    description:
      "What a chat gateway publishes and receives, and the stored events that the relay publishes to JetStream.",
    license: { name: "MIT" },
  },
  defaultContentType: contentTypes.json,
  servers: { local: { host: "127.0.0.1:4222", protocol: "nats", description: "`npm start` or `npm run demo`" } },
  channels: {
    ...Object.fromEntries(chat.map((c) => [c.name, chatChannel(c)])),
    ...Object.fromEntries(definitions.map((d) => [d.type, eventChannel(d)])),
  },
  operations: {
    ...Object.fromEntries(chat.map(({ name, action }) => [`${action}-${name}`, operation(action, name)])),
    ...Object.fromEntries(definitions.map((d) => [`send-${d.type}`, operation("send", d.type)])),
  },
  components: {
    messages: {
      ...Object.fromEntries(chat.map((c) => [c.name, chatMessage(c)])),
      ...Object.fromEntries(definitions.map((d) => [d.type, eventMessage(d, examples.get(d.type))])),
    },
    schemas: {
      EventHeaders: eventHeadersSchema,
      RequestHeaders: requestHeadersSchema,
      ...Object.fromEntries(chat.map((c) => [c.name, protoSchema(c.schema)])),
      ...Object.fromEntries(definitions.map((d) => [d.type, d.schema])),
    },
  },
});

interface ChatSubject {
  readonly name: string;
  readonly address: string;
  /** From Touchline's side. */
  readonly action: "send" | "receive";
  readonly summary: string;
  readonly schema: DescMessage;
}

const chat: readonly ChatSubject[] = [
  {
    name: "CompleteRegistrationRequest",
    address: chatSubjects.registrationCompleted,
    action: "receive",
    summary: "A completed registration, in stream CHAT. It is durable once JetStream acknowledges it.",
    schema: CompleteRegistrationRequestSchema,
  },
  {
    name: "CompleteRegistrationResponse",
    address: chatSubjects.registrationAccepted,
    action: "send",
    summary: "A registration was accepted, now or earlier.",
    schema: CompleteRegistrationResponseSchema,
  },
  {
    name: "RegistrationRefused",
    address: chatSubjects.registrationRefused,
    action: "send",
    summary: "A message was refused; every violation is listed by field.",
    schema: RegistrationRefusedSchema,
  },
  {
    name: "RegistrationChanged",
    address: changeSubject,
    action: "send",
    summary: "The current state of a registration that has changed, in stream CHANGES. It holds no personal data.",
    schema: RegistrationChangedSchema,
  },
];

const chatChannel = ({ name, address, summary }: ChatSubject) => ({
  address,
  summary,
  messages: { [name]: ref(`components/messages/${name}`) },
});

const eventChannel = ({ category, type, meaning }: EventDefinition) => ({
  address: eventSubject(category, type),
  summary: meaning,
  messages: { [type]: ref(`components/messages/${type}`) },
});

const operation = (action: "send" | "receive", name: string) => ({
  action,
  channel: ref(`channels/${name}`),
  messages: [ref(`channels/${name}/messages/${name}`)],
});

const chatMessage = ({ name, summary, action }: ChatSubject) => ({
  name,
  summary,
  contentType: contentTypes.json,
  ...(action === "receive" && { headers: ref("components/schemas/RequestHeaders") }),
  payload: ref(`components/schemas/${name}`),
});

const eventMessage = ({ type, meaning, producer }: EventDefinition, example: object | undefined) => ({
  name: type,
  summary: meaning,
  tags: [{ name: producer }],
  contentType: contentTypes.json,
  headers: ref("components/schemas/EventHeaders"),
  payload: ref(`components/schemas/${type}`),
  ...(example && { examples: [{ payload: example }] }),
});

const text = (description: string) => ({ type: "string", description });

const requestHeadersSchema = {
  type: "object",
  properties: { traceparent: text("W3C trace context: Touchline continues the gateway's trace") },
};

const eventHeadersSchema = {
  type: "object",
  required: ["Nats-Msg-Id", eventHeaders.stream, eventHeaders.revision, eventHeaders.position],
  properties: {
    "Nats-Msg-Id": text("the event's id, a UUID"),
    [eventHeaders.stream]: text("e.g. payment-BRQ000123ABC"),
    [eventHeaders.revision]: text("0 for the first event of its stream"),
    [eventHeaders.position]: text("its position in the log of all events; always increases, with gaps"),
    [eventHeaders.created]: text("when it was stored, ISO 8601"),
    [eventHeaders.metadata]: text("JSON: service, actor, $correlationId, $causationId, traceparent"),
    traceparent: text("W3C trace context, if there is one"),
  },
};
