// Two people, and the networks between them: for each kind, the path by which they meet, and how soon.

import { everyoneMeets } from '../lib/person.mjs';
import {
  direct,
  hasPaths,
  HOME,
  laboratory,
  local,
  meet,
  NO_UDP,
  NOTHING_BUT_HTTPS,
  reflexive,
  relayed,
  relayedAsGathered,
  relayedHere,
  SYMMETRIC,
} from './laboratory.mjs';

const IPV6 = { nat: 'home', families: { v6: true } };

laboratory({}, ({ internet, row }) => {
  row('in the same network people meet from host to host', async ({ settle, note }) => {
    const home = internet.router(HOME);
    const people = [await settle('Ada', home.host()), await settle('Ben', home.host())];
    await meet(people, [local, local], note);
  });

  for (const [answer, permissions, expected] of [
    ['no', [], relayedAsGathered],
    ['yes', ['local-network-access'], local],
  ]) {
    row(`in the same network of which browsers ask whether the page may use it, people meet: ${answer}`, async ({ settle, note }) => {
      const home = internet.router(HOME);
      const settings = { guardsLocalNetwork: true, permissions };
      const people = [await settle('Ada', home.host(), settings), await settle('Ben', home.host(), settings)];
      await meet(people, [expected, expected], note);
    });
  }

  /** Two people, each behind a router of such a kind. */
  const apart = (name, routers, expected) =>
    row(name, async ({ settle, note }) => {
      const people = [];
      for (const [index, router] of routers.entries()) {
        people.push(await settle(['Ada', 'Ben'][index], internet.router(router).host()));
      }
      await meet(people, expected, note);
    });

  apart('behind the NATs of two homes people meet directly', [HOME, HOME], [reflexive, reflexive]);
  apart('behind two symmetric NATs people meet through the relay', [SYMMETRIC, SYMMETRIC], [relayed('udp'), relayed('udp')]);
  apart('who may send no UDP meets others through the relay, over TCP', [NO_UDP, HOME], [relayedHere('tcp'), relayed('udp')]);
  apart(
    'who may send to nothing but the HTTPS port meets others through the relay, over TLS',
    [NOTHING_BUT_HTTPS, NOTHING_BUT_HTTPS],
    [relayedHere('tls'), relayedHere('tls')],
  );
  apart(
    'who may send to nothing but the HTTPS port meets somebody behind a symmetric NAT: one reaches the relay over TLS, the other over UDP',
    [NOTHING_BUT_HTTPS, SYMMETRIC],
    [relayedHere('tls'), relayed('udp')],
  );
  apart('with IPv6 alone people meet directly', [IPV6, IPV6], [direct, direct]);
  apart('from IPv4 alone to IPv6 alone people meet through the relay', [HOME, IPV6], [relayed('udp'), relayed('udp')]);

  row('behind two NATs, of a home and of its carrier, people meet directly', async ({ settle, note }) => {
    const carrier = internet.router(HOME);
    const ada = await settle('Ada', internet.router({ ...HOME, within: carrier }).host());
    const ben = await settle('Ben', internet.router(HOME).host());
    await meet([ada, ben], [reflexive, reflexive], note);
  });

  row('behind two NATs, of which that of the carrier is symmetric, people meet through the relay', async ({ settle, note }) => {
    const carrier = internet.router(SYMMETRIC);
    const ada = await settle('Ada', internet.router({ ...HOME, within: carrier }).host());
    const ben = await settle('Ben', internet.router(SYMMETRIC).host());
    await meet([ada, ben], [relayed('udp'), relayed('udp')], note);
  });

  row('in a network whose hosts do not reach each other, behind a NAT that leads nobody back in, people meet through the relay', async ({ settle, note }) => {
    const guests = internet.router({ ...HOME, isolates: true });
    const people = [await settle('Ada', guests.host()), await settle('Ben', guests.host())];
    await meet(people, [relayed('udp'), relayed('udp')], note);
  });

  row('who gets no answer over UDP meets others through the relay, over TCP', async ({ settle, note }) => {
    const silent = internet.router(HOME);
    silent.losesEveryAnswer();
    const people = [await settle('Ada', silent.host()), await settle('Ben', internet.router(HOME).host())];
    await meet(people, [relayedHere('tcp'), relayed('udp')], note);
  });

  row('where a fifth of all datagrams is lost on the way out of both networks, people meet through the relay all the same', async ({ settle }) => {
    const people = [];
    for (const name of ['Ada', 'Ben']) {
      const router = internet.router(SYMMETRIC);
      router.losesOnTheWayOut(0.2);
      people.push(await settle(name, router.host()));
    }
    // How soon is a matter of luck.
    for (const someone of people) await someone.joins();
    await everyoneMeets(...people);
    for (const [index, someone] of people.entries()) await hasPaths(someone, relayedAsGathered, 1, people[1 - index]);
  });

  row(
    'five people behind symmetric NATs all see and hear each other',
    async ({ settle, note }) => {
      const people = [];
      for (const name of ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve']) people.push(await settle(name, internet.router(SYMMETRIC).host()));
      const began = performance.now();
      for (const someone of people) await someone.joins();
      await everyoneMeets(...people);
      note(`all see and hear each other ${((performance.now() - began) / 1_000).toFixed(1)} s after the first click on Join`);
      // With so many browsers on one machine it is luck which of the two is there first.
      for (const someone of people) await hasPaths(someone, relayed('udp', 'tcp'), people.length - 1);
    },
    { patience: 2 },
  );
});
