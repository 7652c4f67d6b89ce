// What the lobby finds out about the network and the devices, while the person looks at themself.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { freePort } from '../lib/ports.mjs';
import { metric, startServer } from '../lib/server.mjs';
import { stage } from '../lib/stage.mjs';
import { passes, until } from '../lib/until.mjs';

const RELAY = `127.0.0.1:${await freePort()}`;
const CLOSED = `127.0.0.1:${await freePort()}`;
const { scenario, chromium, firefox } = stage({
  server: ['--turn-listen', RELAY, '--external-ip', '127.0.0.1'],
});
const both = { Chromium: chromium(), Firefox: firefox({ loopbackCandidates: true }) };

/** A server whose relay is not there, and one whose relay knows nobody. */
const others = {};
before(async () => {
  const turn = (host, transport) => ['--ice-server', `turn:${host}?transport=${transport},guest,secret`];
  others.closed = await startServer(['--turn-listen', 'off', ...turn(CLOSED, 'udp'), ...turn(CLOSED, 'tcp')]);
  others.narrow = await startServer(['--max-room-size', '1', '--turn-listen', 'off', ...turn(CLOSED, 'tcp')]);
  others.strange = await startServer(['--turn-listen', 'off', ...turn(RELAY, 'udp')]);
});
after(() => Promise.all(Object.values(others).map((server) => server.stop())));

const NO_RELAY = "Your network does not reach the server's relay.";

/** How many relays the page has tried, and how many of the trials are still there. */
const trials = (someone) => someone.tab.run(() => window.probe.trials());
const tried = (someone) =>
  until(async () => (await trials(someone)).ever > 0, async () => `${someone.name}'s lobby tried no relay. ${await someone.looks()}`);

const drawnNotices = () =>
  [...document.querySelectorAll('.notice, .notices')].filter((notice) => notice.getBoundingClientRect().height > 0).map((notice) => notice.outerHTML);

for (const [name, on] of Object.entries(both)) {
  scenario(`${name}: where the relay cannot be reached, the lobby says so, and Join works`, async ({ person }) => {
    const ada = await person('Ada', { on, origin: others.closed.url });
    ada.alsoKnown.push(CLOSED);
    await ada.arrives();
    await ada.introduces();
    await ada.reads(NO_RELAY);
    await ada.joins();
    await ada.noLongerReads(NO_RELAY);
    assert.equal((await trials(ada)).open, 0, 'the trials end with Join');
  });

  scenario(`${name}: in another network the lobby tries the relays again, over another socket`, async ({ person }) => {
    const ada = await person('Ada', { on });
    ada.alsoKnown.push(RELAY);
    await ada.arrives();
    await ada.introduces();
    await tried(ada);
    const { ever } = await trials(ada);
    await ada.tab.run(() => window.dispatchEvent(new Event('online')));
    await until(
      async () => (await trials(ada)).ever > ever,
      async () => `the lobby should try the relays again: ${JSON.stringify(await trials(ada))}. ${await ada.looks()}`,
    );
    await ada.joins();
    await ada.isInTheCall();
  });

  scenario(`${name}: when all is well, the lobby says nothing, draws nothing, and keeps nothing of the relay`, async ({ person, server }) => {
    const ada = await person('Ada', { on });
    ada.alsoKnown.push(RELAY);
    await ada.arrives();
    await ada.introduces();
    await tried(ada);
    await until(
      async () => (await trials(ada)).answered === (await trials(ada)).ever,
      async () => `not every trial came to an end: ${JSON.stringify(await trials(ada))}`,
    );
    await until(
      async () => (await trials(ada)).open === 0 && (await metric(server, 'parlour_relay_allocations')) === 0,
      async () => `trials that were answered are still there: ${JSON.stringify(await trials(ada))}, and the relay holds ${await metric(server, 'parlour_relay_allocations')} allocations`,
    );
    assert.ok((await metric(server, 'parlour_relay_allocations_total')) > 0, 'the relay was asked for nothing');
    // The verdict is spoken 1.8 s after the question.
    await passes(3);
    assert.deepEqual(await ada.tab.run(drawnNotices), [], 'an empty notice is drawn');
    await ada.joins();
    assert.equal((await trials(ada)).open, 0);
  });
}

scenario('what Join was answered stays to be read, whatever the lobby finds out', async ({ person }) => {
  const ada = await person('Ada', { on: both.Chromium, origin: others.narrow.url });
  await ada.enters();
  const lou = await person('Lou', { on: both.Chromium, origin: others.narrow.url });
  for (const someone of [ada, lou]) someone.alsoKnown.push(CLOSED);
  await lou.arrives();
  await lou.introduces();
  await lou.reads(NO_RELAY);
  await lou.clicks('Join');
  await lou.reads('This room is full.');
  // The lobby looks again several times a second.
  await passes(2);
  await lou.reads('This room is full.');
});

scenario('a relay that does not know the page says so in the lobby', async ({ person }) => {
  const ada = await person('Ada', { on: both.Chromium, origin: others.strange.url });
  ada.alsoKnown.push(RELAY);
  await ada.arrives();
  await ada.reads("The server's relay does not know this page.");
});

scenario('a microphone that its own switch has muted is told of, and no longer once it is on', async ({ person }) => {
  const ada = await person('Ada', { on: both.Chromium });
  ada.alsoKnown.push(RELAY);
  await ada.arrives();
  await tried(ada);
  await ada.tab.run(() => window.probe.mute('audio', true));
  await ada.reads('Your system has muted the microphone');
  await ada.tab.run(() => window.probe.mute('audio', false));
  await ada.noLongerReads('Your system has muted the microphone');
});

scenario('who joins at once, or comes with ?autojoin, tries no relay', async ({ person }) => {
  const ada = await person('Ada', { on: both.Chromium, query: '?name=Ada&autojoin' });
  ada.alsoKnown.push(RELAY);
  await ada.arrives();
  await ada.isInTheCall();
  // The question would have come 0.9 s after the page.
  await passes(3);
  assert.equal((await trials(ada)).ever, 0);
});
