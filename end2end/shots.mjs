// Pictures of every face of Parlour, to look at.
//
//   npm run shots                        all of them, into out/
//   npm run shots -- ../docs/screenshots those that the documents show, into that folder

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './lib/chromium.mjs';
import { Person } from './lib/person.mjs';
import { freePort } from './lib/ports.mjs';
import { startServer } from './lib/server.mjs';
import { until } from './lib/until.mjs';

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const SCHEMES = ['light', 'dark'];

/** What the documents show, and what they call it. A call looks the same in both themes. */
const IN_THE_DOCUMENTS = {
  'home-desktop-light': 'home',
  'lobby-desktop-light': 'lobby',
  'call-4-desktop-dark': 'call-4',
  'call-4-phone-dark': 'phone',
};

const documents = process.argv[2] && resolve(process.argv[2]);
const folder = documents ?? fileURLToPath(new URL('out/', import.meta.url));
await mkdir(folder, { recursive: true });

const server = await startServer(['--max-room-size', '9']);
const narrow = await startServer(['--max-room-size', '1']);
const closed = `127.0.0.1:${await freePort()}?transport=tcp`;
const cutOff = await startServer(['--turn-listen', 'off', '--ice-server', `turn:${closed},guest,secret`]);
const chromium = await launchChromium();
const refusing = await launchChromium({ devices: 'refused' });
const nameless = await launchChromium({ loopbackName: 'parlour.test' });

const look = async (name, browser, settings, url, called = 'Ada Lovelace') => {
  const person = new Person(called, await browser.tab(settings), url);
  person.shot = async (face) => {
    const file = `${face}-${name}`;
    if (documents && !(file in IN_THE_DOCUMENTS)) return;
    const path = join(folder, `${documents ? IN_THE_DOCUMENTS[file] : file}.png`);
    // The bar of a call rests until somebody stirs.
    await person.tab.stir();
    await person.tab.screenshot(path);
    console.log(path);
  };
  return person;
};

/** Settings of a look, and the name that its files carry. */
const looks = Object.entries(SIZES).flatMap(([size, viewport]) =>
  SCHEMES.map((colorScheme) => [`${size}-${colorScheme}`, { viewport, colorScheme }]),
);

for (const [name, settings] of looks) {
  const visitor = await look(name, chromium, settings, `${server.url}/`);
  await visitor.arrives();
  await visitor.tab.settles();
  await visitor.shot('home');
  await visitor.tab.goto(`${server.url}/no/such/page`);
  await visitor.tab.settles();
  await visitor.shot('not-found');
  await visitor.tab.goto(`${server.url}/?room=..%2F..`);
  await visitor.tab.settles();
  await visitor.shot('home-problem');
  await visitor.closesTheTab();
}

for (const [name, settings] of looks) {
  const room = `monday-${name}`;
  const ada = await look(name, chromium, settings, `${server.url}/${room}`);
  await ada.arrives();
  await ada.introduces();
  await ada.seesThemself();
  await ada.shot('lobby');
  await ada.joins();
  await ada.seesThemself();
  await ada.shot('call-1');
  const guests = [];
  for (const [called, query] of [
    ['Grace Hopper', ''],
    ['Alan Turing', '?mic=off'],
    ['Mary Jackson', '?camera=off'],
  ]) {
    const guest = await look(name, chromium, SIZES.desktop, `${server.url}/${room}${query}`, called);
    await guest.enters();
    guests.push(guest);
    if (query !== '?camera=off') await ada.sees(called);
    if (guests.length !== 2) await ada.shot(`call-${guests.length + 1}`);
  }
  await ada.clicks('Connections');
  await ada.finds('heading', 'Connections');
  await until(
    async () => !(await ada.tab.run(() => window.probe.panel())).rows.flat().includes('Unknown'),
    async () => `Ada's panel never knew everything. ${await ada.looks()}`,
  );
  await ada.shot('connections');
  await ada.tab.press('Escape');
  await Promise.all(guests.map((guest) => guest.closesTheTab()));
  await ada.isWith();
  await ada.leaves();
  await ada.shot('left');
  await ada.closesTheTab();

  const unlucky = await look(name, refusing, settings, `${server.url}/${room}`);
  await unlucky.arrives();
  await unlucky.introduces();
  await unlucky.reads('The browser may not use your camera.');
  await unlucky.shot('lobby-refused');
  await unlucky.closesTheTab();

  const remote = await look(name, chromium, settings, `${cutOff.url}/${room}`);
  await remote.arrives();
  await remote.introduces();
  await remote.reads("Your network does not reach the server's relay.");
  await remote.shot('lobby-no-relay');
  await remote.closesTheTab();

  // Two people with no way to each other.
  const apart = [];
  for (const called of ['Ada Lovelace', 'Grace Hopper']) {
    const someone = await look(name, chromium, { ...settings, onlyRelay: closed }, `${cutOff.url}/${room}-apart`, called);
    await someone.enters();
    apart.push(someone);
  }
  await apart[0].readsOnTheTileOf('Grace Hopper', /the server's relay does not answer/);
  await apart[0].shot('call-no-way');
  await Promise.all(apart.map((someone) => someone.closesTheTab()));

  const unsafe = await look(name, nameless, settings, `http://parlour.test:${server.port}/${room}`);
  await unsafe.arrives();
  await unsafe.introduces();
  await unsafe.reads('Cameras work only on https pages.');
  await unsafe.shot('lobby-insecure');
  await unsafe.closesTheTab();

  const first = await look(name, chromium, settings, `${narrow.url}/${room}`);
  await first.enters();
  const late = await look(name, chromium, settings, `${narrow.url}/${room}`, 'Late Lou');
  await late.arrives();
  await late.introduces();
  await late.clicks('Join');
  await late.reads('This room is full.');
  await late.shot('room-full');
  await late.closesTheTab();
  await first.closesTheTab();

  const blocked = await look(name, chromium, settings, `${server.url}/${room}`);
  await blocked.tab.block(/\.wasm(\?|$)/);
  await blocked.arrives();
  await blocked.reads('This page could not start.');
  await blocked.shot('blocked');
  await blocked.closesTheTab();
}

await Promise.all([chromium, refusing, nameless].map((browser) => browser.close()));
await Promise.all([server.stop(), narrow.stop(), cutOff.stop()]);
