// Asks the service in this container whether it is ready. HEALTH_URL names where.
const answer = await fetch(process.env.HEALTH_URL, { signal: AbortSignal.timeout(3_000) }).catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
