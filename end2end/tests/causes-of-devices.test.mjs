// Why there is no camera, or no call at all: each cause has a sentence of its own, and nobody is sent where nothing can be done.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { freePort } from '../lib/ports.mjs';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const port = await freePort();
const website = `http://localhost:${port}`;
const { scenario, chromium, firefox } = stage({ server: ['--frame-ancestor', website] });
const browsers = { Chromium: chromium(), Firefox: firefox() };

/** Another website, which frames a room and says nothing of cameras. */
const other = createServer((request, response) => {
  const room = decodeURIComponent(new URL(request.url, website).search.slice(1));
  response.setHeader('content-type', 'text/html');
  response.end(`<!doctype html><link rel="icon" href="data:,"><iframe src="${room}" width="900" height="700"></iframe>`);
});
before(async () => {
  other.listen(port, 'localhost');
  await once(other, 'listening');
});
after(() => other.close());

for (const [name, on] of Object.entries(browsers)) {
  scenario(`${name}: a browser without devices on a secure page is named as that, and its person joins`, async ({ person }) => {
    const ben = await person('Ben', { on });
    await ben.enters();
    const bare = () => Object.defineProperty(Navigator.prototype, 'mediaDevices', { get: () => undefined });
    const ada = await person('Ada', { on, setup: [[bare]] });
    await ada.arrives();
    await ada.reads('This browser or app does not let pages use a camera.');
    await ada.reads('This browser or app does not let pages use a microphone.');
    assert.ok(!(await ada.page()).notices.some((text) => /https|address bar/.test(text)), await ada.looks());
    await ada.introduces();
    await ada.joins();
    await ada.sees('Ben');
    await ada.hears('Ben');
  });

  scenario(`${name}: a browser without WebRTC says so before Join, and the others read that it is theirs`, async ({ person }) => {
    const ben = await person('Ben', { on });
    await ben.enters();
    const ada = await person('Ada', { on, setup: [[() => delete window.RTCPeerConnection]] });
    await ada.arrives();
    await ada.reads('This browser cannot make calls');
    await ada.introduces();
    await ada.joins();
    await ben.isWith('Ada');
    await ben.readsOnTheTileOf('Ada', /their browser cannot make calls/);
    await ada.readsOnTheTileOf('Ben', /this browser cannot make calls/);
  });
}

scenario('the lobby says each sentence about a device once', async ({ person }) => {
  const ada = await person('Ada', { on: browsers.Chromium, refuse: { video: 'NotFoundError', audio: 'NotFoundError' } });
  await ada.arrives();
  await ada.reads('No camera was found.');
  await ada.reads('No microphone was found.');
  const { notices } = await ada.page();
  assert.deepEqual([...new Set(notices)], notices);
});

/** Firefox does not tell a page whether the frame or the person forbids it. */
const FRAMED = {
  Chromium: (kind) => `The page around this room does not allow a ${kind}. Open the room in a tab of its own.`,
  Firefox: (kind) => `The ${kind} is blocked here. Allow it in the address bar, or open this room in a tab of its own.`,
};

for (const [name, on] of Object.entries(browsers)) {
  scenario(`${name}: a frame that allows no camera is named, and the person joins`, async ({ person, server, room }) => {
    const query = `?${encodeURIComponent(`${server.url}/${room}`)}`;
    const ada = await person('Ada', { on, origin: website, path: '/', query });
    ada.alsoKnown.push(new URL(server.url).host);
    // The browsers say themselves that the frame may not.
    ada.expected.push(/Permissions policy violation/, /Feature Policy/);
    await ada.arrives();
    const frame = async () => {
      const pages = await ada.tab.context.pages();
      return pages.at(-1).frames().find((found) => found.url().startsWith(server.url));
    };
    const text = async () => (await frame()).evaluate(() => document.body.innerText);
    for (const kind of ['camera', 'microphone']) {
      await until(
        async () => (await text()).includes(FRAMED[name](kind)),
        async () => `Ada should read "${FRAMED[name](kind)}"; the frame says:\n${await text()}`,
      );
    }
    await (await frame()).evaluate(() => document.querySelector('form button').click());
    await until(async () => (await frame()).evaluate(() => Boolean(document.querySelector('[aria-label="Leave"]'))), async () => `Ada never got into the call:\n${await text()}`);
  });
}
