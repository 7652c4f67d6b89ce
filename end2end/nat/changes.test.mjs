// A network that becomes another one in the middle of a call: nobody touches the page, and the call goes on.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { expectALostServer, connectionsOf, outage } from '../lib/survival.mjs';
import { limit } from '../lib/until.mjs';
import { HOME, laboratory, meet, reflexive } from './laboratory.mjs';

/** Picture and sound are back within so many seconds. */
const BACK = 5;

/** What can change for a person. */
const CHANGES = { router: ({ router }) => router.changesAddress(), host: ({ host }) => host.changesAddress() };

/**
 * Who was there first repairs, and the other waits for it: each of the two is once the one whose network changes. In which browsers
 * the two are, which of them that is, and what of it changes.
 */
const CALLS = [
  { browsers: ['Chromium', 'Chromium'], index: 0, what: ['router', 'host'] },
  { browsers: ['Chromium', 'Chromium'], index: 1, what: ['router', 'host'] },
  { browsers: ['Firefox', 'Chromium'], index: 0, what: ['router', 'host'] },
  { browsers: ['Firefox', 'Firefox'], index: 1, what: ['host'] },
];

laboratory({}, ({ internet, row }) => {
  for (const { browsers, index, what } of CALLS) {
    const who = `${['the first', 'the second'][index]} of ${browsers.join(' and ')}`;
    for (const part of what) {
      row(
        `a ${part} of ${who} that gets another address in a call: both are back in it`,
        async ({ settle, note }) => {
          const routers = [internet.router(HOME), internet.router(HOME)];
          const hosts = routers.map((router) => router.host());
          const seats = hosts.map((host, seat) => settle(['Ada', 'Ben'][seat], host, { browser: browsers[seat] }));
          const people = await Promise.all(seats);
          expectALostServer(people[index]);
          await meet(people, [reflexive, reflexive], note);
          const other = people[1 - index];
          const [links, { socketsEver }] = [await connectionsOf(...people), await other.holds()];
          const lasted = outage(people);
          CHANGES[part]({ router: routers[index], host: hosts[index] });
          const times = await lasted();
          const told = times.map(({ person, of, back }) => `${person} sees ${of} again after ${(back / 1_000).toFixed(1)} s`).join(', ');
          note(told);
          for (const { back } of times) assert.ok(back < limit(BACK), told);
          await everyoneMeets(...people);
          assert.deepEqual(await connectionsOf(...people), links, 'ICE is restarted on the connections that are there');
          assert.equal((await other.holds()).socketsEver, socketsEver, `${other.name}'s socket was given up, though nothing was wrong with it`);
        },
        { patience: 2 },
      );
    }
  }
});
