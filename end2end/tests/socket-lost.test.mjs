// Somebody's way to the server breaks, and only theirs: the call goes on, the others know, and the seat is taken back.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { startProxy } from '../lib/proxy.mjs';
import { stage } from '../lib/stage.mjs';
import { areBack, call, expectALostServer, readsThatTheServerIsGone, seesAway, watch } from '../lib/survival.mjs';
import { limit, passes, until } from '../lib/until.mjs';

/** For how long the server keeps a seat when nobody says otherwise, in seconds. */
const GRACE = 30;

const { scenario, chromium } = stage();
const on = chromium();

/** A scenario of Ada, who reaches the server through a proxy, and of Ben and Cleo, who do not. All are in a call. */
function behindAProxy(name, act, options) {
  scenario(
    name,
    async ({ person, server }) => {
      const proxy = await startProxy(server);
      try {
        const ada = await person('Ada', { on, origin: proxy.url });
        const [ben, cleo] = [await person('Ben', { on }), await person('Cleo', { on })];
        expectALostServer(ada);
        await call(ada, ben, cleo);
        await act({ proxy, ada, ben, cleo });
      } finally {
        await proxy.close();
      }
    },
    options,
  );
}

behindAProxy('a socket that is cut for 5 seconds: the others see that somebody is away and back, and no picture stops', async ({ proxy, ada, ben, cleo }) => {
  const everyPictureWentOn = await watch(ada, ben, cleo);
  proxy.cut();
  await Promise.all([readsThatTheServerIsGone(ada), seesAway(ben, 'Ada', true), seesAway(cleo, 'Ada', true)]);
  assert.deepEqual((await ben.tiles()).filter(({ away }) => away).map(({ name }) => name), ['Ada'], 'only Ada is away');
  await passes(5);
  proxy.mend();
  await areBack([ada, ben, cleo]);
  await everyPictureWentOn();
  await Promise.all([ada.isWith('Ben', 'Cleo'), ben.isWith('Ada', 'Cleo'), cleo.isWith('Ada', 'Ben')]);
});

behindAProxy('who leaves out of reach of the server is gone as soon as it is reached again, long before the grace is over', async ({ proxy, ada, ben, cleo }) => {
  proxy.cut();
  await Promise.all([readsThatTheServerIsGone(ada), seesAway(ben, 'Ada', true), seesAway(cleo, 'Ada', true)]);
  await ada.leaves();
  proxy.mend();
  await Promise.all(
    [ben, cleo].map((one) =>
      until(
        async () => (await one.tiles()).every(({ name }) => name !== 'Ada'),
        async () => `${one.name} should see that Ada has left. ${await one.looks()}`,
        { within: (GRACE / 2) * 1_000 },
      ),
    ),
  );
});

behindAProxy(
  'a socket that is cut for longer than the grace: the others see somebody leave, and everybody meets again afterwards',
  async ({ proxy, ada, ben, cleo }) => {
    const cut = performance.now();
    proxy.cut();
    await seesAway(ben, 'Ada', true);
    await Promise.all(
      [ben, cleo].map((one) =>
        until(
          async () => (await one.tiles()).every(({ name }) => name !== 'Ada'),
          async () => `${one.name} should see that Ada has left after ${GRACE} s. ${await one.looks()}`,
          { within: GRACE * 1_000 + limit(5) },
        ),
      ),
    );
    const gone = (performance.now() - cut) / 1_000;
    assert.ok(gone > GRACE - 1, `Ada's seat was given up after ${gone.toFixed(1)} s; it is kept for ${GRACE} s`);
    await passes(40 - gone);
    proxy.mend();
    await areBack([ada]);
    await everyoneMeets(ada, ben, cleo);
    await Promise.all([ada.isWith('Ben', 'Cleo'), ben.isWith('Ada', 'Cleo'), cleo.isWith('Ada', 'Ben')]);
  },
  { patience: 2 },
);

for (const [event, happens] of [
  ['the browser says that the network is back', () => window.dispatchEvent(new Event('online'))],
  ['the page is looked at again', () => document.dispatchEvent(new Event('visibilitychange'))],
]) {
  behindAProxy(`a socket that dies without a word is replaced when ${event}`, async ({ proxy, ada, ben, cleo }) => {
    const everyPictureWentOn = await watch(ada, ben, cleo);
    const { socketsEver } = await ada.holds();
    proxy.stall();
    await ada.clicks('Microphone');
    await ada.findsSwitched('Microphone', 'off');
    await ben.stopsHearing('Ada');
    await ada.tab.run(happens);
    await until(
      async () => (await ada.holds()).socketsEver > socketsEver,
      async () => `Ada's page never opened another socket. ${await ada.looks()}`,
      { within: limit(8) },
    );
    await areBack([ada, ben, cleo]);
    // What she said on the dead socket is said again.
    await Promise.all([ben, cleo].map((one) => one.readsOnTheTileOf('Ada', /muted/i)));
    await everyPictureWentOn();
  });
}

behindAProxy(
  'a socket that dies without a word is replaced although nothing happens',
  async ({ proxy, ada, ben, cleo }) => {
    proxy.stall();
    await ben.clicks('Camera');
    await cleo.readsOnTheTileOf('Ben', /camera off/i);
    // Ada hears of it within the 15 s of silence and the 5 s for an answer that her page allows, and a try.
    await until(
      async () => /camera off/i.test((await ada.look('Ben')).tile ?? ''),
      async () => `Ada should learn that Ben's camera is off. ${await ada.looks()}`,
      { within: limit(24) },
    );
    await areBack([ada, ben, cleo]);
  },
  { patience: 2 },
);
