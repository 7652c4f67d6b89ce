// A call that lasts for longer than a login for a TURN server beside this one: who needs a path then gets one, though no socket ever
// broke. Logins for the server's own relay last as long as the seat.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { SECRET, startCoturn } from '../lib/coturn.mjs';
import { missing } from '../lib/front.mjs';
import { everyoneMeets } from '../lib/person.mjs';
import { freePorts } from '../lib/ports.mjs';
import { stage } from '../lib/stage.mjs';
import { connectionsOf } from '../lib/survival.mjs';
import { passes, until } from '../lib/until.mjs';

/** For how long a login opens relayed paths, in seconds: the least that a server can be told. */
const LIFETIME = 10;

const skip = missing('turnserver', '--version') ?? false;
const [port] = await freePorts(1);
const turn = `127.0.0.1:${port}`;
let coturn;
before(() => {
  if (!skip) coturn = startCoturn(port);
});
after(() => coturn?.stop());

const { scenario, chromium, firefox } = stage({
  server: [
    ...['--turn-listen', 'off', '--ice-server', `turn:${turn}?transport=udp`, '--turn-secret', SECRET],
    ...['--relay-credential-lifetime', `${LIFETIME}`],
  ],
});
const inChromium = chromium();
const inFirefox = firefox({ loopbackCandidates: true });

const expiriesOf = (someone) => someone.tab.run(() => window.probe.expiries());
const secondsNow = () => Date.now() / 1_000;

/** Waits until everything that this person's connections could open paths with at first has lapsed. Gives what it was. */
async function outlastsTheirLogin(someone) {
  let last = [];
  const first = await until(
    async () => (last = await expiriesOf(someone)).length > 0 && Math.max(...last),
    async () => `${someone.name}'s page was given no login for the relay. ${await someone.looks()}`,
  );
  await until(
    async () => secondsNow() > first && (last = await expiriesOf(someone)).length > 0 && Math.min(...last) > first,
    async () => `${someone.name}'s page should have newer logins than until ${first}; it has ${last}, and it is ${secondsNow()}. ${await someone.looks()}`,
  );
  return first;
}

async function isOverTheRelay(someone) {
  const [path] = await someone.tab.run(() => window.probe.paths());
  assert.deepEqual([path?.state, path?.local], ['connected', 'relay'], `${someone.name}'s path`);
}

for (const [browser, on] of [
  ['Chromium', inChromium],
  ['Firefox', inFirefox],
]) {
  scenario(
    `${browser}, joining after the first logins have lapsed, is met over the relay by somebody whose socket never broke`,
    async ({ person }) => {
      const ada = await person('Ada', { on: inChromium, relayOnly: 'udp' });
      const ben = await person('Ben', { on, relayOnly: 'udp' });
      for (const one of [ada, ben]) one.alsoKnown.push(turn);
      await ada.enters();
      const { socketsEver } = await ada.holds();
      const lapses = secondsNow() + LIFETIME;
      // Nothing else tells: while Ada is alone she has no connection.
      await passes(LIFETIME + 1);
      await ben.enters();
      await everyoneMeets(ada, ben);
      const expiries = await expiriesOf(ada);
      assert.ok(expiries.length > 0 && Math.min(...expiries) > lapses, `Ada has logins until ${expiries}, the first lapsed at ${lapses}`);
      for (const one of [ada, ben]) await isOverTheRelay(one);
      assert.equal((await ada.holds()).socketsEver, socketsEver, "Ada's socket was never another one");
    },
    { patience: 2, skip },
  );
}

for (const [browser, on] of [
  ['Chromium', inChromium],
  ['Firefox', inFirefox],
]) {
  scenario(
    `a call with ${browser} that outlasted its logins finds other ways over the relay, on the connection that is there`,
    async ({ person }) => {
      const ada = await person('Ada', { on: inChromium, relayOnly: 'udp' });
      const ben = await person('Ben', { on, relayOnly: 'udp' });
      for (const one of [ada, ben]) one.alsoKnown.push(turn);
      await ada.enters();
      await ben.enters();
      await everyoneMeets(ada, ben);
      await Promise.all([ada, ben].map(outlastsTheirLogin));
      await everyoneMeets(ada, ben);

      const gatheredBy = async (one) => (await one.tab.run(() => window.probe.gathered()))[0];
      const had = await connectionsOf(ada, ben);
      const old = await Promise.all([ada, ben].map(gatheredBy));
      // Ada restarts ICE; Ben answers, and his browser gathers with no word from the page.
      await ada.tab.run(() => window.dispatchEvent(new Event('online')));
      for (const [index, one] of [ada, ben].entries()) {
        let last;
        await until(
          async () => (last = await gatheredBy(one)).fragment !== old[index].fragment && last.relayed > 0,
          async () => `The relay gave ${one.name} nothing when ICE was restarted: ${JSON.stringify(last)} after ${JSON.stringify(old[index])}. ${await one.looks()}`,
        );
      }
      await everyoneMeets(ada, ben);
      for (const one of [ada, ben]) await isOverTheRelay(one);
      assert.deepEqual(await connectionsOf(ada, ben), had, 'the connections are the same');
    },
    { patience: 2, skip },
  );
}
