#!/usr/bin/env node
// Starts the program from the package of this platform and ends as it ends. Whatever keeps it from
// starting is exit code 2: a gate that did not run is not a pass.
"use strict";

const { spawn } = require("node:child_process");

const home = `@holdpoint/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "holdpoint.exe" : "holdpoint";

function fail(message, help) {
  process.stderr.write(`error: ${message}\n  help: ${help}\n`);
  process.exit(2);
}

let program;
try {
  program = require.resolve(`${home}/bin/${file}`);
} catch {
  fail(
    `the package \`${home}\` is not installed`,
    "install without `--omit=optional`; on a platform that has no such package, build from source with cargo",
  );
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => fail(`could not start \`${program}\`: ${error.message}`, "reinstall the package"));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("exit", (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // A signal that does not end this process must not end in a pass.
    process.exitCode = 2;
  } else {
    process.exitCode = code ?? 2;
  }
});
