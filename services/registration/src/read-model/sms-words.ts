/** Twilio reports most failures by a code alone. In words, for a chat assistant or an operator, without any number in them. */
const words: Readonly<Record<string, string>> = {
  "21211": "this is not a valid number",
  "21408": "texts to this country are switched off",
  "21610": "the owner of the number asked for no more texts",
  "21614": "this number is not a mobile",
  "21635": "this number is a landline",
  "30001": "the carrier's queue was full",
  "30002": "the Twilio account is suspended",
  "30003": "the phone was off or out of reach",
  "30004": "the number refuses texts",
  "30005": "the number is not in service",
  "30006": "this number cannot get texts",
  "30007": "the carrier took it for spam",
  "30008": "the carrier gave no reason",
  "30036": "it expired before the phone came into reach",
  "30450": "the carrier could not deliver it",
  undelivered: "the carrier gave no reason",
  failed: "Twilio gave no reason",
  canceled: "it was cancelled at Twilio",
};

export const wordsFor = (code: string): string => `${code}: ${words[code] ?? "not delivered"}`;
