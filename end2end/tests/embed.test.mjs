// Rooms in other websites: in frames, whatever isolation the page around them asks for, and behind links.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { freePort } from '../lib/ports.mjs';
import { stage } from '../lib/stage.mjs';

const port = await freePort();
// Browsers take `localhost` for another site than the server's 127.0.0.1, and trust both with cameras.
const website = `http://localhost:${port}`;
const { scenario, chromium } = stage({ server: ['--frame-ancestor', website] });
const inChromium = chromium();

/** Another website: `/frame?<address>` frames a room, `/link?<address>` leads to it, each with the headers of its path. */
const other = createServer((request, response) => {
  const { pathname, search } = new URL(request.url, website);
  const room = decodeURIComponent(search.slice(1));
  if (pathname.includes('isolated')) {
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', pathname.includes('credentialless') ? 'credentialless' : 'require-corp');
  }
  response.setHeader('content-type', 'text/html');
  response.end(
    pathname.startsWith('/frame')
      ? `<!doctype html><link rel="icon" href="data:,"><iframe src="${room}" width="900" height="700" allow="camera; microphone; autoplay"></iframe>`
      : `<!doctype html><link rel="icon" href="data:,"><a href="${room}">Join our call</a>`,
  );
});

before(async () => {
  other.listen(port, 'localhost');
  await once(other, 'listening');
});
after(() => other.close());

/** Someone on the other website, and the page as playwright has it. */
async function visitor(person, server, room, path, query) {
  const ada = await person('Ada', { on: inChromium, origin: website, path, query: `?${encodeURIComponent(`${server.url}/${room}${query}`)}` });
  ada.alsoKnown.push(new URL(server.url).host);
  await ada.arrives();
  const [page] = ada.tab.context.pages();
  return [ada, page];
}

for (const [path, isIsolated] of [['/frame', false], ['/frame/isolated', true], ['/frame/isolated/credentialless', true]]) {
  scenario(`a room in a frame of an allowed website is a call: ${path}`, async ({ person, server, room }) => {
    const ben = await person('Ben', { on: inChromium });
    await ben.enters();
    const [, page] = await visitor(person, server, room, path, '?name=Ada&autojoin');
    assert.equal(await page.evaluate(() => crossOriginIsolated), isIsolated, 'or this test tests nothing');
    await page.frameLocator('iframe').getByRole('button', { name: 'Leave' }).waitFor();
    await ben.isWith('Ada');
    await ben.sees('Ada');
  });
}

scenario('a link of another website leads to the lobby, whatever it asks for, and one of this site into the call', async ({ person, server, room }) => {
  const ben = await person('Ben', { on: inChromium });
  await ben.enters();
  const [, page] = await visitor(person, server, room, '/link', '?name=Ada&autojoin&mic=0');
  await page.getByRole('link').click();
  await page.getByRole('button', { name: 'Join' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Microphone' }).getAttribute('aria-pressed'), 'false');
  await ben.isWith();
  // Reloading it makes no difference: the other website has brought the person here.
  await page.reload();
  await page.getByRole('button', { name: 'Join' }).waitFor();
  await ben.isWith();
  await page.evaluate(() => location.assign(location.href));
  await page.getByRole('button', { name: 'Leave' }).waitFor();
  await ben.isWith('Ada');
});
