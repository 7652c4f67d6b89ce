// Sockets that do not open and helpers that are hidden: the page finds its way back to the server all the same.

import assert from 'node:assert/strict';
import { curtain } from '../lib/hardware.mjs';
import { everyoneMeets } from '../lib/person.mjs';
import { startProxy } from '../lib/proxy.mjs';
import { stage } from '../lib/stage.mjs';
import { areBack, call, expectALostServer, readsThatTheServerIsGone } from '../lib/survival.mjs';
import { limit, until } from '../lib/until.mjs';

/** A socket that hangs is given up after 5 s, and the next try follows. */
const OPENS_WITHIN = 6;

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();
const browsers = { Chromium: inChromium, Firefox: firefox() };

/** A scenario in which the way to the server is a proxy. */
const behindAProxy = (name, act, options) =>
  scenario(
    name,
    async ({ person, server }) => {
      const proxy = await startProxy(server);
      try {
        await act({ person, server, proxy });
      } finally {
        await proxy.close();
      }
    },
    options,
  );

/** The proxy says nothing, and the page's next socket hangs. Ends once that has lasted for a moment. */
async function hangs(proxy, someone) {
  const before = proxy.unheard();
  proxy.hang();
  await until(
    async () => proxy.unheard() > before && (await someone.holds()).sockets === 1,
    async () => `${someone.name}'s page should have a socket that hangs: ${JSON.stringify(await someone.holds())}. ${await someone.looks()}`,
  );
}

const SILENT = 'The server does not answer. Trying again…';

for (const [name, on] of Object.entries(browsers)) {
  behindAProxy(
    `${name}: a socket that hangs is given up, in the lobby and in the call`,
    async ({ person, proxy }) => {
      const ben = await person('Ben', { on: inChromium });
      await ben.enters();
      const ada = await person('Ada', { on, origin: proxy.url });
      expectALostServer(ada);
      await ada.arrives();
      await ada.comesAlive();
      await hangs(proxy, ada);
      await ada.reads(SILENT);
      proxy.mend();
      await until(async () => !(await ada.page()).notices.includes(SILENT), async () => `Ada's lobby has no other socket. ${await ada.looks()}`, {
        within: limit(OPENS_WITHIN),
      });
      await ada.introduces();
      await ada.joins();
      await everyoneMeets(ada, ben);
      await hangs(proxy, ada);
      await readsThatTheServerIsGone(ada);
      proxy.mend();
      await areBack([ada, ben], { within: OPENS_WITHIN });
    },
    { patience: 2 },
  );

  behindAProxy(`${name}: a socket that hangs is not waited for when the browser says that the network is back`, async ({ person, proxy }) => {
    const ben = await person('Ben', { on: inChromium });
    const ada = await person('Ada', { on, origin: proxy.url });
    expectALostServer(ada);
    await call(ada, ben);
    await hangs(proxy, ada);
    const { socketsEver } = await ada.holds();
    proxy.mend();
    await ada.tab.run(() => window.dispatchEvent(new Event('online')));
    await until(async () => (await ada.holds()).socketsEver > socketsEver, async () => `Ada's page waits. ${await ada.looks()}`, { within: limit(2) });
    await areBack([ada, ben]);
  });
}

behindAProxy('a page whose first socket hangs lets its person in as soon as a later one does not', async ({ person, proxy }) => {
  const ben = await person('Ben', { on: inChromium });
  await ben.enters();
  const ada = await person('Ada', { on: inChromium, origin: proxy.url });
  expectALostServer(ada);
  proxy.keepSockets();
  await ada.arrives();
  await ada.introduces();
  await ada.clicks('Join');
  await until(() => proxy.unheard() > 0, () => 'the page opened no socket');
  await ada.reads(SILENT);
  proxy.mend();
  await until(() => ada.tab.shows('button', 'Leave'), async () => `Ada is not in the call. ${await ada.looks()}`, { within: limit(OPENS_WITHIN + 2) });
  await everyoneMeets(ada, ben);
});

for (const [words, hide] of [
  ['answers that there is no such thing', (tab) => tab.block(/\/healthz$/, 404)],
  ['answers with an error of its own', (tab) => tab.block(/\/healthz$/, 503)],
  ['lets it fail', (tab) => tab.block(/\/healthz$/)],
  ['never answers', (tab) => tab.hold(/\/healthz$/)],
]) {
  scenario(
    `a page is back after the server's restart where something in front of it hides /healthz: it ${words}`,
    async ({ person, server }) => {
      const ada = await person('Ada', { on: inChromium });
      const ben = await person('Ben', { on: inChromium });
      expectALostServer(ada, ben);
      ada.expected.push(/healthz|status of (404|503)/);
      await hide(ada.tab);
      await call(ada, ben);
      await server.kill();
      await readsThatTheServerIsGone(ada);
      // Until it asks.
      await until(async () => (await ada.holds()).socketsEver >= 3, async () => `Ada's page does not try. ${await ada.looks()}`);
      await server.restart();
      await areBack([ada, ben], { within: 15 });
      await everyoneMeets(ada, ben);
    },
    { patience: 2 },
  );
}

behindAProxy('what a person reads in the call survives that their seat is taken back, and "the only one here" does not flash', async ({ person, proxy }) => {
  const ada = await person('Ada', { on: inChromium, origin: proxy.url });
  const ben = await person('Ben', { on: inChromium });
  expectALostServer(ada);
  await call(ada, ben);
  // Something to read that lasts: a camera that the browser refuses.
  await ada.clicks('Camera');
  await ada.hasNoLight();
  await ada.tab.run(() => {
    MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
  });
  await ada.clicks('Camera');
  const refused = 'Your system keeps the camera from this browser.';
  await ada.reads(refused);
  await ada.tab.run(() => {
    window.flashed = [];
    new MutationObserver(() => {
      if (/only one here/i.test(document.body.innerText)) window.flashed.push(performance.now());
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  proxy.cut();
  await readsThatTheServerIsGone(ada);
  proxy.mend();
  await areBack([ada, ben]);
  await ada.reads(refused);
  assert.deepEqual(await ada.tab.run(() => window.flashed), []);
});

scenario('a person who flips between tabs keeps socket and connections', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium, setup: [[curtain]] });
  const ben = await person('Ben', { on: inChromium });
  await call(ada, ben);
  const before = await ada.holds();
  const said = [await ada.notesLinks(), await ben.notesLinks()];
  await ada.tab.run(() => {
    for (let flip = 0; flip < 6; flip++) window.curtain(flip % 2 === 1);
  });
  await everyoneMeets(ada, ben);
  for (const ends of said) assert.deepEqual(await ends(), ['connected'], 'what the tiles have said');
  const { socketsEver, connectionsEver } = await ada.holds();
  assert.deepEqual([socketsEver, connectionsEver], [before.socketsEver, before.connectionsEver]);
});
