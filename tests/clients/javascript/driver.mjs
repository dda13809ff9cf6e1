// Plays one JavaScript client: questions on standard input, answers on standard output, one JSON object a line.
//
//     node driver.mjs CLIENT

import { createInterface } from "node:readline";

import { CLIENTS } from "./clients.mjs";

const make = CLIENTS[process.argv[2]];
if (!make) {
  console.error(`usage: node driver.mjs ${Object.keys(CLIENTS).join("|")}`);
  process.exit(64);
}

// The client loads before the first question: its first answer is not to be slower than the others.
const credentials = make();
const known = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const calls = Array.from({ length: question.calls }, () => call(question));
  console.log(JSON.stringify({ results: await Promise.all(calls) }));
}

async function call(question) {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const { token, expires_on } = await credential(question)(question.resource);
    return { token, expires_on, seconds: seconds() };
  } catch (error) {
    return { error: String(error), seconds: seconds() };
  }
}

function credential({ credential: name, kind, identity }) {
  if (!known.has(name)) {
    known.set(name, credentials[kind](identity ?? {}));
  }
  return known.get(name);
}
