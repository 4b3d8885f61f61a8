// The first thing that runs on a fresh clone, so plain JavaScript that Node 20 understands: it installs what is missing
// (dependencies and Node 24 from the lock file; nats-server, Chromium and Prometheus from Debian) and hands over to Node 24.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const bin = join(root, "node_modules", ".bin");

/** What each command runs under Node 24, and what it needs from the machine. */
const commands = {
  start: { run: ["services/launcher/src/start.ts"], needs: ["nats"] },
  demo: { run: ["services/launcher/src/demo.ts"], needs: ["nats"] },
  test: {
    run: [join(bin, "vitest"), "run", "--project", "unit", "--project", "int"],
    needs: ["nats", "chromium", "python", "prometheus", "alertmanager", "caddy"],
  },
  "test:containers": { run: [join(bin, "vitest"), "run", "--project", "containers"], needs: [] },
  check: { run: ["services/launcher/src/check.ts"], needs: [] },
  chaos: { run: ["services/launcher/test/chaos/main.ts"], needs: ["nats"] },
  simulate: { run: ["services/simulation/src/main.ts"], needs: [] },
  rehearse: { run: ["services/simulation/src/rehearsal/main.ts"], needs: [] },
  bench: { run: ["services/launcher/src/bench.ts"], needs: ["nats"] },
  eventstore: { run: ["libs/embedded/src/eventstore/main.ts"], needs: [] },
  lah: { run: ["services/launcher/src/lah.ts"], needs: [] },
  ops: { run: ["services/ops/src/main.ts"], needs: [] },
  tunnel: { run: ["services/launcher/src/tunnel.ts"], needs: [] },
};

const childEnv = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH}`,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, "node_modules", ".cache", "touchline"),
};

const say = (text) => process.stderr.write(`${text}\n`);
const fail = (text) => {
  say(text);
  process.exit(1);
};

const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/** Whether the installed packages match the lock file: somebody may have run `npm ci` by hand. */
const isInstalled = (lock) => {
  const hidden = read(join(root, "node_modules", ".package-lock.json"));
  if (!hidden) return false;
  const { packages: there } = JSON.parse(hidden);
  return Object.entries(JSON.parse(lock).packages).every(
    ([path, { version, link, optional }]) =>
      !path.startsWith("node_modules/") || link || optional || there[path]?.version === version,
  );
};

/** Runs `work` alone: two commands on a fresh clone must not install over each other. */
const alone = (work) => {
  const path = join(root, ".installing");
  const running = (pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      break;
    } catch {
      const holder = Number(read(path));
      if (holder && !running(holder)) rmSync(path, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    work();
  } finally {
    rmSync(path, { force: true });
  }
};

const installDependencies = () => {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  const wanted = createHash("sha256").update(lock).digest("hex");
  const stamp = join(root, "node_modules", ".touchline-installed");
  const done = () => read(stamp) === wanted;
  if (done()) return;
  alone(() => {
    if (!done()) install(lock, stamp, wanted);
  });
};

const install = (lock, stamp, wanted) => {
  if (!isInstalled(lock)) {
    say("Installing dependencies and Node 24 (once, about half a minute) …");
    const npm = spawnSync("npm", ["ci", "--loglevel=error"], { cwd: root, stdio: ["ignore", 2, 2] });
    if (npm.status !== 0) {
      rmSync(join(root, ".installing"), { force: true });
      fail("npm ci failed; its own words are above.");
    }
  }
  // Compiled once here, so that the first start is as quick and as small as any other.
  spawnSync(node24(), ["services/launcher/src/warm.ts"], { cwd: root, env: childEnv, stdio: "inherit" });
  writeFileSync(stamp, wanted);
};

const onPath = (name) =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"].some((folder) => existsSync(join(folder, name)));

const apt = (name, packages) => {
  const root = process.getuid?.() === 0;
  if (!root || !onPath("apt-get")) return false;
  say(`Installing ${name} from Debian's packages (once) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = (...args) =>
    spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", "ignore", "inherit"] }).status === 0;
  const install = () => run("install", "-y", "--no-install-recommends", ...packages);
  return install() || (run("update") && install());
};

const pythonPackages = [
  "python3-grpcio",
  "python3-protobuf",
  "protobuf-compiler",
  "protobuf-compiler-grpc",
  "libprotobuf-dev",
];

const needs = {
  nats: () => {
    if (process.env.NATS_URL || onPath("nats-server") || apt("nats-server", ["nats-server"])) return;
    fail("nats-server is missing. Install it (Debian: apt-get install nats-server) or set NATS_URL to a running one.");
  },
  chromium: () => {
    if (onPath("chromium") || apt("Chromium for the browser tests", ["chromium"])) return;
    say("Chromium is missing; the browser tests will skip. On Debian: apt-get install chromium");
  },
  python: () => {
    const here = existsSync("/usr/lib/python3/dist-packages/grpc") && onPath("grpc_python_plugin");
    if (here || apt("gRPC for Python, for the gateway guide's example", pythonPackages)) return;
    say(`gRPC for Python is missing; its test will skip. On Debian: apt-get install ${pythonPackages.join(" ")}`);
  },
  caddy: () => {
    if (onPath("caddy") || apt("Caddy for the tests of the public edge", ["caddy"])) return;
    say("Caddy is missing; the tests of its configuration will skip. On Debian: apt-get install caddy");
  },
  prometheus: () => {
    const there = onPath("prometheus") && onPath("promtool");
    if (there || apt("Prometheus for the tests of alerts and dashboards", ["prometheus"])) return;
    say("Prometheus is missing; the tests of alerts and dashboards will skip. On Debian: apt-get install prometheus");
  },
  alertmanager: () => {
    const there = onPath("prometheus-alertmanager");
    if (there || apt("Alertmanager for the test of its receivers", ["prometheus-alertmanager"])) return;
    say("Alertmanager is missing; its test will skip. On Debian: apt-get install prometheus-alertmanager");
  },
};

const node24 = () => {
  const own = join(bin, "node");
  if (existsSync(own)) return own;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  fail(
    `This machine needs Node 24 or later; it has ${process.version}, and no build of 24 came with the dependencies.`,
  );
};

const [name = "", ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) fail(`Unknown command "${name}". One of: ${Object.keys(commands).join(", ")}`);

installDependencies();
for (const need of command.needs) needs[need]();

const child = spawn(
  node24(),
  [...command.run.map((part) => (part.endsWith(".ts") ? join(root, part) : part)), ...args],
  {
    cwd: root,
    env: childEnv,
    // The channel closes when this process is gone, however it ended: the child notices.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  },
);
// A terminal sends Ctrl-C to the child as well; a second signal does it no harm.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" || signal === "SIGTERM" ? 0 : 1)));

// When npm is killed outright there is no signal: its child finds itself with another parent.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 500).unref();
}
