import { type EventStore, type InStep, inStepWith, type StoredEvent } from "@touchline/event-store";

/** Which texts went to which number. Only in memory: the views have no numbers. */
export interface TextedNumbers extends InStep {
  /** Ids of the texts for this number, sent or not. */
  textsTo(phone: string): readonly string[];
}

export const textedNumbers = (store: EventStore): TextedNumbers => {
  const textsOf = new Map<string, Set<string>>();
  const numberOf = new Map<string, string>();

  const add = (phone: string, smsId: string): void => {
    const texts = textsOf.get(phone) ?? new Set();
    textsOf.set(phone, texts.add(smsId));
    numberOf.set(smsId, phone);
  };
  const remove = (smsId: string): void => {
    const phone = numberOf.get(smsId) ?? "";
    const texts = textsOf.get(phone);
    texts?.delete(smsId);
    if (texts?.size === 0) textsOf.delete(phone);
    numberOf.delete(smsId);
  };

  const kept = inStepWith(store, {
    types: ["SmsRequested", "SmsErased"],
    take: ({ type, data, stream }: StoredEvent) => {
      if (type === "SmsRequested") add(data.to, data.smsId);
      if (type === "SmsErased") remove(stream.slice("sms-".length));
    },
    forget: () => {
      textsOf.clear();
      numberOf.clear();
    },
  });
  return { ...kept, textsTo: (phone) => [...(textsOf.get(phone) ?? [])] };
};
