// A server that speaks HTTPS itself: pages, sockets and the relay come over TLS, on one port.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { freePort } from '../lib/ports.mjs';
import { stage } from '../lib/stage.mjs';

const PORT = await freePort();
const { scenario, chromium, firefox } = stage({
  tls: true,
  port: PORT,
  // By a name: Firefox passes over `turns:` with an address.
  server: ['--public-url', `https://localhost:${PORT}`, '--external-ip', '127.0.0.1'],
});
const inChromium = chromium();
const inFirefox = firefox({ loopbackCandidates: true });

/** Lets these people into the room, and waits until everyone sees and hears everyone. */
async function meet(person, people) {
  const all = [];
  for (const [index, settings] of people.entries()) {
    const someone = await person(['Ada', 'Ben'][index], settings);
    await someone.enters();
    all.push(someone);
  }
  await everyoneMeets(...all);
  return all;
}

scenario('two people on an https page see and hear each other', async ({ person, server }) => {
  assert.match(server.url, /^https:/);
  const [ada] = await meet(person, [{ on: inChromium }, { on: inChromium }]);
  const seen = await ada.tab.run(() => ({
    secure: window.isSecureContext,
    page: performance.getEntriesByType('navigation')[0].nextHopProtocol,
    socket: window.probe.addresses().some((address) => address.startsWith('https:')),
  }));
  assert.deepEqual(seen, { secure: true, page: 'h2', socket: true });
});

scenario('Firefox joins Chromium on an https page, and both see and hear each other', async ({ person }) => {
  await meet(person, [{ on: inChromium }, { on: inFirefox }]);
});

scenario('people whose networks let nothing but https through see and hear each other', async ({ person }) => {
  for (const one of await meet(person, [
    { on: inChromium, relayOnly: 'tls' },
    { on: inChromium, relayOnly: 'tls' },
  ])) {
    const paths = await one.tab.run(() => window.probe.paths());
    assert.deepEqual(paths.map(({ state, local, over }) => ({ state, local, over })), [{ state: 'connected', local: 'relay', over: 'tls' }], `${one.name}'s path`);
  }
});

scenario('Firefox reaches the relay by https alone, too', async ({ person }) => {
  const [ada, ben] = await meet(person, [
    { on: inChromium, relayOnly: 'tls' },
    { on: inFirefox, relayOnly: 'tls' },
  ]);
  for (const one of [ada, ben]) {
    const [path] = await one.tab.run(() => window.probe.paths());
    assert.deepEqual([path.state, path.local], ['connected', 'relay'], `${one.name}'s path`);
  }
});
