// Asks the service in this container whether it is ready. HEALTH_URL names where.
import { env, exit } from "node:process";

const answer = await fetch(env.HEALTH_URL, { signal: AbortSignal.timeout(3_000) }).catch(() => undefined);
exit(answer?.ok ? 0 : 1);
