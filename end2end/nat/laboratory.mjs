// The laboratory: one server on the internet, people behind routers of every kind, and how it is told over which path they
// meet.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from '../lib/certificate.mjs';
import { makeInternet } from '../lib/network.mjs';
import { everyoneMeets } from '../lib/person.mjs';
import { stage } from '../lib/stage.mjs';
import { limit } from '../lib/until.mjs';

/** The page's port, and that of TURN over TLS. */
export const WEB = 443;

/** The relay's own port. */
const RELAY = 3478;

/**
 * The server's name. Chromium asks nobody for the addresses under `localhost`: there is no DNS on this internet, and it would wait
 * 13 seconds for an answer before it uses TURN over TLS, although it is told the address. Firefox would do with any name.
 */
const NAME = 'parlour.localhost';

/** What stands between a person and the internet: options of its `router`. */
export const HOME = { nat: 'home' };
export const SYMMETRIC = { nat: 'symmetric' };
export const NO_UDP = { nat: 'home', lets: [['tcp']] };
export const NOTHING_BUT_HTTPS = { nat: 'home', lets: [['tcp', String(WEB)]] };

/** Pictures that are drawn small: all the browsers of a test share this machine. */
const SMALL = { width: 480, height: 360 };

/** The first remote picture is there so many seconds after the click on Join. */
const FIRST_FRAME = 1.5;

/**
 * Sets the laboratory up for a test file; where there can be none, its tests are skipped.
 *
 * @param {{ relay?: boolean, translated?: boolean }} [options] whether the server has a relay; whether it is behind a 1:1 NAT and has no
 *   public address on an interface, else it is on the internet itself
 * @param {(tools: object) => void} tests
 */
export function laboratory({ relay = true, translated = false }, tests) {
  const internet = makeInternet();
  if (internet.reason) {
    test('people behind routers', { skip: internet.reason }, () => undefined);
    return;
  }
  const host = translated ? behindNat(internet) : internet.host();
  const known = [host.v4, host.v6].filter(Boolean);
  const own = known.map((address) => (address.includes(':') ? `[${address}]` : address));
  const origin = `https://${NAME}`;
  const { certificate, key, spki } = makeCertificate(internet.folder, [NAME, 'localhost']);
  // The server's flags: the only place.
  const flags = [
    ...['--public-url', origin, '--tls-cert', certificate, '--tls-key', key],
    ...(relay ? ['--turn-listen', `[::]:${RELAY}`, ...known.flatMap((address) => ['--external-ip', address])] : ['--turn-listen', 'off']),
  ];
  const { scenario, chromium, firefox } = stage({
    server: flags,
    address: '[::]',
    port: WEB,
    host: { ...host, fetch: (url) => host.fetch(url, { trusts: certificate }) },
    asked: `https://localhost:${WEB}`,
  });

  const launch = { Chromium: chromium, Firefox: firefox };

  /**
   * A test with people behind routers.
   *
   * @param {string} name
   * @param {(scene: object) => Promise<void>} act it gets `settle(name, host, settings)`, which brings somebody on that host to
   *   the lobby: in a `browser`, Chromium by default, and with the settings of its tab
   * @param {{ patience?: number }} [options]
   */
  function row(name, act, options) {
    scenario(
      name,
      async ({ person, note }) => {
        const browsers = [];
        const settle = async (called, on, { browser: kind = 'Chromium', guardsLocalNetwork, ...settings } = {}) => {
          const names = { [NAME]: on.v4 ? host.v4 : host.v6 };
          const browser = launch[kind]({ names, certificate: { spki }, enter: on.enter, lead: on.lead, guardsLocalNetwork });
          browsers.push(browser);
          const someone = await person(called, { on: browser, origin, timed: true, viewport: SMALL, ...settings });
          someone.alsoKnown.push(NAME, `${NAME}:${WEB}`, ...own.map((address) => `${address}:${RELAY}`));
          await someone.arrives();
          await someone.introduces();
          await someone.comesAlive();
          await someone.seesThemself();
          return someone;
        };
        try {
          await act({ settle, note });
        } finally {
          await Promise.allSettled(browsers.map((browser) => browser.close()));
        }
      },
      options,
    );
  }

  tests({ internet, row });
}

/** A host whose `v4` is the address outside that leads to it. */
function behindNat(internet) {
  const router = internet.router({ nat: 'one-to-one' });
  return { ...router.host(), v4: router.v4 };
}

/**
 * Two people: the second clicks Join when the first is in the call. Both see and hear each other, over such a path, and soon.
 *
 * @param {object[]} people
 * @param {{ fits: (path: object) => boolean, words: string }[]} expected for each of them: {@link direct}, or a neighbour of it
 * @param {(words: string) => void} note
 */
export async function meet([first, second], expected, note) {
  await first.joins();
  await second.joins();
  await everyoneMeets(first, second);
  await hasPaths(first, expected[0], 1, second);
  await hasPaths(second, expected[1], 1, first);
  note(await timeOf(first, second));
}

/**
 * Every one of this person's so many connections goes over such a path. With the one `other` who is there: what the other's end is, that
 * one's page says. (Here it reads `prflx` where a check was faster than the candidate.)
 */
export async function hasPaths(person, { fits, words }, count, other) {
  const paths = await person.tab.run(async () => {
    const transports = await window.probe.transports();
    return (await window.probe.paths()).map((path, index) => ({ ...path, transports: transports[index] }));
  });
  if (other && paths.length === 1 && paths[0].remote === 'prflx') {
    const [back] = await other.tab.run(() => window.probe.paths());
    paths[0].remote = back?.local;
  }
  const found = JSON.stringify(paths);
  assert.equal(paths.length, count, `${person.name} should have ${count} connections: ${found}`);
  for (const path of paths) {
    assert.ok(path.state === 'connected' && fits(path), `${person.name}'s way to the others should be ${words}: ${found}`);
  }
}

/** How long after the second one's click on Join each of the two saw the other's first frame, in words; none too late. */
async function timeOf(first, second) {
  const read = () => ({ origin: performance.timeOrigin, clicked: window.stopwatch.clicked, firstFrame: window.stopwatch.firstFrame });
  const [there, here] = await Promise.all([first, second].map(({ tab }) => tab.run(read)));
  const clicked = here.origin + here.clicked;
  const times = { [second.name]: here.origin + here.firstFrame - clicked, [first.name]: there.origin + there.firstFrame - clicked };
  const told = Object.entries(times).map(([name, time]) => `${name} ${time.toFixed(0)} ms`).join(', ');
  for (const [name, time] of Object.entries(times)) {
    assert.ok(time < limit(FIRST_FRAME), `${name} saw nobody for ${time.toFixed(0)} ms after ${second.name} had clicked Join (${told})`);
  }
  return `first frame after the click on Join: ${told}`;
}

const ends = ({ local, remote }) => [local, remote];

/** From host to host, in one network. */
export const local = { fits: (path) => ends(path).every((type) => type === 'host'), words: 'from host to host' };

/** From network to network, with nothing between them but routers that translate no address. */
export const direct = { fits: (path) => !ends(path).includes('relay'), words: 'direct' };

/** From router to router. A NAT shows in that one end at least is an address that somebody else saw. */
export const reflexive = {
  fits: (path) => direct.fits(path) && ends(path).some((type) => ['srflx', 'prflx'].includes(type)),
  words: 'direct, from one router to the other',
};

/** Through the server's relay. Who reaches it by its own end of the path does so over one of these transports. */
export const relayed = (...over) => ({
  fits: (path) => ends(path).includes('relay') && (path.local !== 'relay' || over.includes(path.over)),
  words: `through the relay, reached over ${over.join(' or ').toUpperCase()}`,
});

/**
 * The same over UDP, or over TCP where the browser has no address on the relay over UDP. Chromium sends its first Allocate 50 ms after
 * it starts to gather. If it is so busy that the UDP socket is not open yet, that one is lost ("Failed to send TURN message, error: 11"),
 * and the next one goes 250 ms later. A pair over TCP that connects in between ends the gathering.
 */
export const relayedAsGathered = {
  fits: (path) => ends(path).includes('relay') && (path.local !== 'relay' || path.over === (path.transports.includes('udp') ? 'udp' : 'tcp')),
  words: 'through the relay, reached over UDP where that was gathered',
};

/** As {@link relayed}, over one of these, where this person's network leaves no other way than an own end on the relay. */
export const relayedHere = (...over) => ({
  fits: (path) => path.local === 'relay' && over.includes(path.over),
  words: `through an address on the relay, reached over ${over.join(' or ').toUpperCase()}`,
});
