// People between whose networks there is no path: what they see and hear comes through the server's own relay.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { metric } from '../lib/server.mjs';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage({
  server: ['--external-ip', '127.0.0.1'],
});
const inChromium = chromium();
const inFirefox = firefox({ loopbackCandidates: true });

/** Lets two people in who can reach nothing but the relay, over these transports; looks at what they have; lets them go. */
async function meet(person, server, ...people) {
  const [ada, ben] = await Promise.all(
    people.map(({ on, over }, index) => person(['Ada', 'Ben'][index], { on, relayOnly: over })),
  );
  await ada.enters();
  await ben.enters();
  await everyoneMeets(ada, ben);
  for (const [index, one] of [ada, ben].entries()) {
    const paths = await one.tab.run(() => window.probe.paths());
    const expected = { state: 'connected', local: 'relay', over: people[index].over };
    assert.deepEqual(paths.map(({ state, local, over }) => ({ state, local, over })), [expected], `${one.name}'s path`);
  }
  assert.ok((await metric(server, 'parlour_relay_allocations')) >= 2, 'nobody uses the relay');
  await ada.leaves();
  await ben.isWith();
  await ben.leaves();
  await until(
    async () => (await metric(server, 'parlour_relay_allocations')) === 0,
    async () => `the relay still holds ${await metric(server, 'parlour_relay_allocations')} allocations of people who have left`,
  );
}

scenario('two people who reach each other over the relay alone see and hear each other, over UDP', ({ person, server }) =>
  meet(person, server, { on: inChromium, over: 'udp' }, { on: inChromium, over: 'udp' }));

scenario('two people whose networks let no UDP through see and hear each other, over TCP', async ({ person, server }) => {
  await meet(person, server, { on: inChromium, over: 'tcp' }, { on: inChromium, over: 'tcp' });
  await until(
    async () => (await metric(server, 'parlour_relay_streams')) === 0,
    async () => `the relay still holds ${await metric(server, 'parlour_relay_streams')} connections of people who have left`,
  );
});

scenario('Firefox joins Chromium over the relay alone, and both see and hear each other', ({ person, server }) =>
  meet(person, server, { on: inChromium, over: 'udp' }, { on: inFirefox, over: 'udp' }));

scenario('with a relay there, people who can reach each other directly do so', async ({ person, server }) => {
  const ada = await person('Ada', { on: inChromium });
  const ben = await person('Ben', { on: inFirefox });
  await ada.enters();
  await ben.enters();
  await everyoneMeets(ada, ben);
  for (const one of [ada, ben]) {
    const [path] = await one.tab.run(() => window.probe.paths());
    assert.equal(path.local, 'host', `${one.name}'s path: ${JSON.stringify(path)}`);
  }
  assert.ok((await metric(server, 'parlour_relay_bindings_total')) > 0, 'no browser asks the relay for its own address');
});
