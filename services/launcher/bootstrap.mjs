// The first thing that runs on a fresh clone, so plain JavaScript that Node 20 understands: it installs what is missing
// (dependencies and Node 24 from the lock file; nats-server, Chromium and Prometheus from Debian) and hands over to Node 24.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const bin = join(root, "node_modules", ".bin");

/** What each command runs under Node 24, and what it needs from the machine. */
const commands = {
  start: { run: ["services/launcher/src/start.ts"], needs: ["natsUnlessNamed"] },
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

const isNode24 = Number(process.versions.node.split(".")[0]) >= 24;

/** Whether the installed packages match the lock file: somebody may have run `npm ci` by hand. */
const isInstalled = (lock) => {
  const hidden = read(join(root, "node_modules", ".package-lock.json"));
  // Node 24 comes by an install script, the last step of an install.
  if (!hidden || !(isNode24 || existsSync(join(bin, "node")))) return false;
  const { packages: there } = JSON.parse(hidden);
  return Object.entries(JSON.parse(lock).packages).every(
    ([path, { version, link, optional }]) =>
      !path.startsWith("node_modules/") || link || optional || there[path]?.version === version,
  );
};

/** Process ids are written at once: after this long, a lock without one was left by a crash or a full disk. */
const LOCK_WITHOUT_ID_MS = 5_000;

const isHeld = (lock) => {
  const holder = Number(read(lock));
  if (!holder) return Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) < LOCK_WITHOUT_ID_MS;
  try {
    return process.kill(holder, 0);
  } catch (error) {
    return error.code === "EPERM"; // Somebody else's process.
  }
};

const installing = join(root, ".installing");

/** Runs `work` alone: two commands on a fresh clone must not install over each other. */
const alone = (work) => {
  const path = installing;
  for (let said = false; ; ) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") fail(`${path} cannot be written: ${error.message}`);
      if (!isHeld(path)) rmSync(path, { force: true });
      else {
        if (!said) say(`Another command is installing (process ${read(path)?.trim()}, says ${path}). Waiting for it …`);
        said = true;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      }
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
    // The lock is npm's meanwhile, because it may outlive this process.
    const script = 'echo $$ > "$0"; exec npm ci --loglevel=error';
    const npm = spawnSync("sh", ["-c", script, installing], { cwd: root, stdio: ["ignore", 2, 2] });
    writeFileSync(installing, String(process.pid));
    if (npm.status !== 0) {
      rmSync(installing, { force: true });
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
  const installed = install() || (run("update") && install());
  if (installed) stopServices(packages);
  return installed;
};

/** Debian starts what it installs, now and at each boot. It would hold the ports that our own programs need. */
const stopServices = (packages) => {
  if (!existsSync("/run/systemd/system")) return;
  const { stdout } = spawnSync("dpkg", ["-L", ...packages], { encoding: "utf8" });
  const units = stdout.split("\n").filter((path) => path.includes("/systemd/system/") && path.endsWith(".service"));
  if (units.length > 0) spawnSync("systemctl", ["disable", "--now", ...units.map((path) => basename(path))]);
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
    if (onPath("nats-server") || apt("nats-server", ["nats-server"])) return;
    fail(
      "nats-server is missing. On Debian: apt-get install nats-server && systemctl disable --now nats-server, which would " +
        "hold port 4222. For npm start, NATS_URL can name a running one instead.",
    );
  },
  natsUnlessNamed: () => {
    // Node 20.12 or later; before that only the environment is looked at.
    if (existsSync(join(root, ".env"))) process.loadEnvFile?.(join(root, ".env"));
    if (!process.env.NATS_URL && !process.env.NATS_URL_FILE) needs.nats();
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
  if (isNode24) return process.execPath;
  fail(
    `This machine needs Node 24 or later; it has ${process.version}, and no build of 24 came with the dependencies. Delete node_modules and run this again.`,
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
