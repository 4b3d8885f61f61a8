/** JetStream streams. */
export const streams = {
  /** What the chat gateway publishes, and the answers to it. */
  chat: "CHAT",
  /** Every stored event, relayed in `$all` order. */
  events: "EVENTS",
  /** Messages that no consumer could handle. */
  deadLetters: "DEAD_LETTERS",
  /** The present state of each changed registration, for the gateway. */
  changes: "CHANGES",
} as const;

export const chatSubjects = {
  registrationCompleted: "chat.registration.completed.v1",
  /** CompleteRegistrationResponse: what was accepted, repeats included. */
  registrationAccepted: "chat.registration.accepted.v1",
  registrationRefused: "chat.registration.refused.v1",
} as const;

/** The gateway's durable consumer for refusals that came while it was away. The relay creates it; the gateway may only pull from it. */
export const gatewayRefusals = {
  stream: streams.chat,
  durable: "gateway-refusals",
  filter: chatSubjects.registrationRefused,
} as const;

/** RegistrationChanged. Not in CHAT, which is scanned regularly for messages that were missed. */
export const changeSubject = "chat.registration.changed.v1";

/** The gateway's durable consumer for changes. */
export const gatewayChanges = { stream: streams.changes, durable: "gateway-changes", filter: changeSubject } as const;

/** Values of the `Content-Type` header on the chat's subjects. A message without the header is proto3 JSON. */
export const contentTypes = { json: "application/json", binary: "application/x-protobuf" } as const;

export const allEventSubjects = "events.>";

/** Where an event of this category and type is published. The stream's id is left out: a subject says nothing about a person. */
export const eventSubject = (category: string, type: string): string => `events.${category}.${type}`;

/** Headers of a relayed event. None holds personal data. */
export const eventHeaders = {
  stream: "Touchline-Stream",
  revision: "Touchline-Revision",
  position: "Touchline-Position",
  created: "Touchline-Created",
  metadata: "Touchline-Metadata",
} as const;
