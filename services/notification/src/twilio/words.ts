import type { ProviderWords } from "../sms/provider.ts";
import { failureOf } from "./codes.ts";
import { stageOf } from "./statuses.ts";

/** What Twilio's words and codes in stored events mean. */
export const twilioWords: ProviderWords = { stageOf, failureOf };
