/** JetStream streams. */
export const streams = {
  /** What the chat gateway publishes, and the answers to it. */
  chat: "CHAT",
  /** Every stored event, relayed in `$all` order. */
  events: "EVENTS",
  /** What no consumer could handle. */
  deadLetters: "DEAD_LETTERS",
} as const;

export const chatSubjects = {
  registrationCompleted: "chat.registration.completed.v1",
  /** CompleteRegistrationResponse: what was taken in, repeats included. */
  registrationAccepted: "chat.registration.accepted.v1",
  registrationRefused: "chat.registration.refused.v1",
} as const;

/** Of the `Content-Type` header on the chat's subjects; a message without one is proto3 JSON. */
export const contentTypes = { json: "application/json", binary: "application/x-protobuf" } as const;

export const allEventSubjects = "events.>";

/** Where an event of this stream and type is published. The id is left out: a subject carries nothing about a person. */
export const eventSubject = (category: string, type: string): string => `events.${category}.${type}`;

/** Headers of a relayed event. None holds personal data. */
export const eventHeaders = {
  stream: "Touchline-Stream",
  revision: "Touchline-Revision",
  position: "Touchline-Position",
  created: "Touchline-Created",
  metadata: "Touchline-Metadata",
} as const;
