// A network goes away under a call and comes back. The person on the host is behind a router of their own; the others, and
// the server, are on this machine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyoneMeets } from '../lib/person.mjs';
import { makeInternet } from '../lib/network.mjs';
import { stage } from '../lib/stage.mjs';
import { areBack, call, expectALostServer, connectionsOf, seesReach, watch } from '../lib/survival.mjs';
import { limit, passes } from '../lib/until.mjs';

// This machine takes part in it: no other run beside this one may have the same addresses.
const part = process.pid % 250;
const internet = makeInternet({ v4: `10.199.${part}` });
if (internet.reason) test('a network that goes away', { skip: internet.reason }, () => undefined);
else networkTests();

function networkTests() {
  const address = internet.thisMachine();
  const router = internet.router({ lan: `10.200.${part}` });
  const host = router.host();
  // Without a relay: over TCP, it would carry the call on while a router swallows datagrams.
  const { scenario, chromium, firefox } = stage({ address, server: ['--turn-listen', 'off'] });
  // A name that browsers trust with the camera, without TLS.
  const names = { 'parlour.localhost': address };
  const here = { Chromium: chromium({ names }), Firefox: firefox({ trusts: address }) };
  const onTheHost = chromium({ names, enter: host.enter });

  for (const [name, on] of Object.entries(here)) {
    /** Ada on the host, Ben and Cleo here, in a call. */
    const inACall = async (person, server) => {
      const named = `http://parlour.localhost:${server.port}`;
      const ada = await person('Ada', { on: onTheHost, origin: named });
      const ben = await person('Ben', { on, origin: name === 'Chromium' ? named : server.url });
      const cleo = await person('Cleo', { on: here.Chromium, origin: named });
      expectALostServer(ada, ben, cleo);
      await call(ada, ben, cleo);
      return [ada, ben, cleo];
    };

    scenario(
      `Chromium and ${name}: a path that is cut and comes back is found again by the same connection`,
      async ({ person, server }) => {
        const [ada, ben, cleo] = await inACall(person, server);
        const before = await connectionsOf(ada, ben, cleo);
        const comesBack = router.losesItsMedia();
        try {
          // Firefox itself takes more than ten seconds to say so, once ICE has been restarted.
          const everyone = [[ada, 'Ben'], [ben, 'Ada'], [cleo, 'Ada']];
          await Promise.all(everyone.map(([who, whom]) => seesReach(who, whom, 'reconnecting', { within: limit(6) })));
          // Until ICE has been restarted, and finds nothing.
          await passes(4);
        } finally {
          comesBack();
        }
        await areBack([ada, ben, cleo], { within: 5 });
        await everyoneMeets(ada, ben, cleo);
        assert.deepEqual(await connectionsOf(ada, ben, cleo), before, 'ICE is restarted on the connections that are there');
      },
      { patience: 2 },
    );

    // Ada's browser is the one that loses its network: one kind of the others is enough.
    if (name !== 'Chromium') continue;
    scenario(
      'a host that loses its network and regains it is in the call again, and the others saw each other all the time',
      async ({ person, server }) => {
        const [ada, ben, cleo] = await inACall(person, server);
        const everyPictureWentOn = await watch(ben, cleo);
        const comesBack = host.losesTheNetwork();
        try {
          await Promise.all([seesReach(ben, 'Ada', 'reconnecting'), seesReach(cleo, 'Ada', 'reconnecting')]);
          await passes(12);
        } finally {
          comesBack();
        }
        await areBack([ada, ben, cleo], { within: 12 });
        await everyPictureWentOn({ of: ['Ben', 'Cleo'] });
        await everyoneMeets(ada, ben, cleo);
      },
      { patience: 2 },
    );
  }
}
