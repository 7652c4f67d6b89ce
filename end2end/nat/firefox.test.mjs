// Firefox between networks: for each kind, the path by which it meets a Chromium, and another Firefox. It is always the first of the two.

import { HOME, laboratory, local, meet, NO_UDP, NOTHING_BUT_HTTPS, reflexive, relayed, relayedAsGathered, relayedHere, SYMMETRIC } from './laboratory.mjs';

const PLAIN = {};

/** Through the relay, where nothing keeps such a browser from reaching it over UDP. */
const OVER_UDP = { Firefox: relayed('udp'), Chromium: relayedAsGathered };

laboratory({}, ({ internet, row }) => {
  for (const browsers of [['Firefox', 'Chromium'], ['Firefox', 'Firefox']]) {
    const overUdp = browsers.map((browser) => OVER_UDP[browser]);

    /** Two people on the hosts that `makeHosts` makes, each with the settings of their tab. */
    const together = (name, makeHosts, expected, settings = []) =>
      row(`${name}: ${browsers.join(' and ')}`, async ({ settle, note }) => {
        const seats = makeHosts().map((host, index) => settle(['Ada', 'Ben'][index], host, { browser: browsers[index], ...settings[index] }));
        await meet(await Promise.all(seats), expected, note);
      });

    /** The same, each behind a router of such a kind. */
    const apart = (name, routers, ...rest) => together(name, () => routers.map((router) => internet.router(router).host()), ...rest);

    together(
      'in the same network people meet from host to host',
      () => {
        const home = internet.router(HOME);
        return [home.host(), home.host()];
      },
      [local, local],
    );
    apart('between networks without a NAT people meet from host to host', [PLAIN, PLAIN], [local, local]);
    apart('behind the NATs of two homes people meet directly', [HOME, HOME], [reflexive, reflexive]);
    apart('behind two symmetric NATs people meet through the relay', [SYMMETRIC, SYMMETRIC], overUdp);
    // To Firefox both are one type of candidate: the pair that connects first ends the checks of those that still wait.
    apart('who may send no UDP meets others through the relay, over TCP or TLS', [NO_UDP, HOME], [relayedHere('tcp', 'tls'), overUdp[1]]);
    // The path is Firefox's own: with whom is all the same.
    if (browsers[1] === 'Chromium') {
      apart(
        'who may send no UDP, and knows the relay over TCP alone, meets others through it',
        [NO_UDP, HOME],
        [relayedHere('tcp'), overUdp[1]],
        [{ relayOnly: 'tcp' }],
      );
    }
    apart(
      'who may send to nothing but the HTTPS port meets others through the relay, over TLS',
      [NOTHING_BUT_HTTPS, NOTHING_BUT_HTTPS],
      [relayedHere('tls'), relayedHere('tls')],
    );
    apart(
      'who may send to nothing but the HTTPS port meets somebody behind a symmetric NAT: one reaches the relay over TLS, the other over UDP',
      [NOTHING_BUT_HTTPS, SYMMETRIC],
      [relayedHere('tls'), overUdp[1]],
    );
  }
});
