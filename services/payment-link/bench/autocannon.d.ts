/** Types for what the benchmark uses of autocannon, which has none. */
declare module "autocannon" {
  interface Options {
    url: string;
    connections: number;
    duration: number;
    requests: readonly { path: string; headers: Record<string, string> }[];
  }
  interface Result {
    requests: { average: number; total: number };
    latency: { p50: number; p99: number };
    errors: number;
    timeouts: number;
    statusCodeStats?: Record<string, { count: number }>;
  }
  const autocannon: (options: Options) => Promise<Result>;
  export default autocannon;
}
