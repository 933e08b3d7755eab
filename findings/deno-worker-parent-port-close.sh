#!/usr/bin/env bash
# In a worker of node:worker_threads, Deno's `parentPort` has no `close`, though it is a MessagePort in Node, whose port has one.
#
# Package: deno 2.9.6 (from npm), beside Node.
# Expected: `parentPort.close()` ends a worker that listens and has nothing else to do, as Node documents for every MessagePort and as
# Node and Bun do.
# Seen: `typeof parentPort.close` is 'undefined' in Deno, so that the call throws a TypeError in the worker; `postMessage`, `on` and
# `unref` are there.
# Why it matters here: the threads of a data loader end themselves so when a pass is over. Under Deno each of them failed at the end of a
# pass whose images had all been right. `process.exit()`, which works in all three, ends them now.
#
# Exits with 0 while this is so, with 1 when it no longer is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund deno@2.9.6
cat >port.mjs <<'JS'
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.once('message', (methods) => {
    console.log(methods);
    worker.terminate();
  });
} else {
  const methods = ['postMessage', 'on', 'unref', 'close'];
  parentPort.postMessage(methods.map((name) => `${name}: ${typeof parentPort[name]}`).join(', '));
}
JS
npx deno --version | head -1
in_node=$(node port.mjs)
in_deno=$(npx deno run --allow-all port.mjs)
printf 'Node %s: %s\nDeno: %s\n' "$(node --version)" "$in_node" "$in_deno"
[[ $in_node == *'close: function'* && $in_deno == *'postMessage: function'* && $in_deno == *'close: undefined'* ]]
