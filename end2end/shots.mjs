// Pictures of every face of Parlour, to look at.
//
//   npm run shots                        all of them, into out/
//   npm run shots -- ../docs/screenshots those that the documents show, into that folder

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './lib/chromium.mjs';
import { Person } from './lib/person.mjs';
import { shrink } from './lib/png.mjs';
import { freePort } from './lib/ports.mjs';
import { isNobodyBlinking, isSharp } from './lib/scenes.mjs';
import { startServer } from './lib/server.mjs';
import { slide } from './lib/slide.mjs';
import { passes, until } from './lib/until.mjs';

const SIZES = {
  desktop: { viewport: { width: 1280, height: 800 } },
  // Pages on phones ask for as many pixels as those have; the pictures have one for each CSS pixel all the same.
  phone: { viewport: { width: 390, height: 844 }, density: 3 },
};
const SCHEMES = ['light', 'dark'];

/** Bytes of a picture in the documents. */
const LIGHT = 400_000;

/** Nobody looks at the guests' pages: small, they ask for small pictures, and leave the machine to the page that is looked at. */
const ASIDE = { width: 480, height: 320 };

/** After a change of size an encoder needs so many seconds until a picture that hardly moves is as fine as it gets. */
const FINE = 4;

/** What the documents show, and what they call it. A call looks the same in both themes. */
const IN_THE_DOCUMENTS = {
  'home-desktop-light': 'home',
  'lobby-desktop-light': 'lobby',
  'call-4-desktop-dark': 'call-4',
  'call-4-phone-dark': 'phone',
  'share-desktop-dark': 'share',
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

const look = async (name, browser, settings, url, called = 'Amara Okafor') => {
  const person = new Person(called, await browser.tab({ ...settings, filmed: called }), url);
  // A busy machine shows five people in smaller pictures, which are good enough to look at the rest.
  person.seesSharply = async () => {
    await until(
      () => person.tab.run(isSharp),
      async () => `${called} never saw every picture as large as it is shown. ${await person.looks()}`,
    );
    if ((await person.tiles()).length) await passes(FINE);
  };
  person.shot = async (face) => {
    const file = `${face}-${name}`;
    if (documents && !(file in IN_THE_DOCUMENTS)) return;
    const path = join(folder, `${documents ? IN_THE_DOCUMENTS[file] : file}.png`);
    if (documents) await person.seesSharply();
    // The bar of a call rests until somebody stirs, and the name that was written is no longer being written.
    await person.tab.run(() => document.activeElement?.matches('input') && document.activeElement.blur());
    await until(isNobodyBlinking, () => 'Somebody went on blinking.', { within: 10_000 });
    await person.tab.stir();
    await person.tab.screenshot(path);
    if (documents) await writeFile(path, shrink(await readFile(path), LIGHT));
    console.log(path);
  };
  return person;
};

/** Settings of a look, and the name that its files carry. */
const looks = Object.entries(SIZES).flatMap(([size, settings]) =>
  SCHEMES.map((colorScheme) => [`${size}-${colorScheme}`, { ...settings, colorScheme }]),
);

/** Rooms that people might open. */
const ROOMS = { 'desktop-light': 'monday-stand-up', 'desktop-dark': 'book-club', 'phone-light': 'choir', 'phone-dark': 'family' };

/** Of a document only what it shows is looked at. */
const isShown = (name) => !documents || Object.keys(IN_THE_DOCUMENTS).some((file) => file.endsWith(name));

for (const [name, settings] of looks.filter(([name]) => isShown(name))) {
  const visitor = await look(name, chromium, settings, `${server.url}/`);
  await visitor.arrives();
  await visitor.tab.settles();
  await visitor.shot('home');
  if (documents) {
    await visitor.closesTheTab();
    continue;
  }
  await visitor.tab.goto(`${server.url}/no/such/page`);
  await visitor.tab.settles();
  await visitor.shot('not-found');
  await visitor.tab.goto(`${server.url}/?room=..%2F..`);
  await visitor.tab.settles();
  await visitor.shot('home-problem');
  await visitor.closesTheTab();
}

for (const [name, settings] of looks.filter(([name]) => isShown(name))) {
  const room = ROOMS[name];
  const amara = await look(name, chromium, settings, `${server.url}/${room}`);
  await amara.arrives();
  await amara.introduces();
  await amara.seesThemself();
  await amara.shot('lobby');
  await amara.joins();
  await amara.seesThemself();
  await amara.shot('call-1');
  const guests = [];
  for (const [called, query] of [
    ['Jonas Weber', ''],
    ['Mateo Ruiz', '?mic=off'],
    ['Ingrid Holm', ''],
    ['Noor Haddad', '?camera=off'],
  ]) {
    const guest = await look(name, chromium, { viewport: ASIDE, setup: [[slide]] }, `${server.url}/${room}${query}`, called);
    await guest.enters();
    guests.push(guest);
    if (query !== '?camera=off') await amara.sees(called);
    if (guests.length !== 2) await amara.shot(`call-${guests.length + 1}`);
  }
  await amara.clicks('Connections');
  await amara.finds('heading', 'Connections');
  await until(
    async () => !(await amara.tab.run(() => window.probe.panel())).rows.flat().includes('Unknown'),
    async () => `Amara's panel never knew everything. ${await amara.looks()}`,
  );
  await amara.shot('connections');
  await amara.tab.press('Escape');
  await amara.clicks('Settings');
  await amara.finds('heading', 'Settings');
  await amara.shot('devices');
  await amara.tab.press('Escape');
  const [jonas, , ingrid] = guests;
  await jonas.clicks('Share screen');
  await ingrid.clicks('Raise hand');
  for (const [writer, line] of [
    [amara, 'Good morning! Who grew the squash?'],
    [ingrid, 'Bed 3, by the south wall. The seeds are from https://example.org/seeds'],
    [jonas, 'Here are the numbers of the year.'],
  ]) {
    await writer.clicks('Chat');
    await writer.tab.fill('Write to everyone', line);
    await writer.tab.press('Enter');
    await until(
      () => amara.tab.run((line) => document.querySelector('#chat').innerText.includes(line), line),
      async () => `Amara never read "${line}". ${await amara.looks()}`,
    );
    if (writer !== amara) await writer.tab.press('Escape');
  }
  await amara.finds('button', 'Point');
  await amara.shot('share');
  await amara.clicks('Close chat');
  await Promise.all(guests.map((guest) => guest.closesTheTab()));
  await amara.isWith();
  await amara.leaves();
  await amara.shot('left');
  await amara.closesTheTab();
  if (documents) continue;

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
  for (const called of ['Amara Okafor', 'Jonas Weber']) {
    const someone = await look(name, chromium, { ...settings, onlyRelay: closed }, `${cutOff.url}/${room}-apart`, called);
    await someone.enters();
    apart.push(someone);
  }
  await apart[0].readsOnTheTileOf('Jonas Weber', /the server's relay does not answer/);
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
  const late = await look(name, chromium, settings, `${narrow.url}/${room}`, 'Samuel Levy');
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
