// Runs graphile-worker until SIGTERM. Writes "FIRST_JOB_UNIX_MICROS" for a burn-down, or the
// lateness of each timer in milliseconds, to OUT at its end.
// usage: node worker.js noop|timer POLL_MS OUT
const {run} = require("graphile-worker");
const fs = require("fs");

const [kind, pollMs, out] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();
const lines = [];
let first = 0;

const tasks = {
  noop: () => { first ||= now(); },
  timer: (payload) => { lines.push(now() - payload.due_ms); },
};
const batched = {
  concurrentJobs: 24, maxPoolSize: 25,
  preset: {worker: {localQueue: {size: 500, refetchDelay: {durationMs: 10}}, completeJobBatchDelay: 0,
                    failJobBatchDelay: 0}},
};

(async () => {
  const runner = await run({
    connectionString: process.env.DATABASE_URL, taskList: {[kind]: tasks[kind]}, noHandleSignals: true,
    pollInterval: Number(pollMs), ...(kind === "noop" ? batched : {concurrentJobs: 24, maxPoolSize: 25}),
  });
  process.on("SIGTERM", async () => {
    await runner.stop();
    fs.writeFileSync(out, kind === "noop" ? `${first}\n` : lines.join("\n") + "\n");
    process.exit(0);
  });
  console.log("ready");
})();
