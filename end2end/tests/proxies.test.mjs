// Behind nginx and behind Caddy, each with the project's own file of deploy/: people meet, calls outlive a restart of the
// server, and nobody can pretend to come from elsewhere.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { request as plainly } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, missing, NAME, startCaddy, startNginx } from '../lib/front.mjs';
import { everyoneMeets } from '../lib/person.mjs';
import { freePorts } from '../lib/ports.mjs';
import { stage } from '../lib/stage.mjs';
import { expectALostServer, outlivesAKill } from '../lib/survival.mjs';

/** What a stranger may send to look like somebody else. */
const FORGED = {
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  'x-forwarded-port': '81',
  'x-real-ip': '203.0.113.7',
  'x-original-url': '/metrics',
  forwarded: 'for=203.0.113.7;host=evil.example;proto=http',
};

const SOCKET = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'parlour.v1+json',
};

const FRONTS = [
  { name: 'nginx', start: startNginx, lacks: missing('nginx', '-v') ?? missing('openssl', 'version') },
  { name: 'Caddy', start: startCaddy, lacks: missing('caddy', 'version') },
];

for (const { name, start, lacks } of FRONTS) {
  if (lacks) test(`behind ${name}`, { skip: lacks }, () => undefined);
  else await behind(name, start);
}

async function behind(name, start) {
  const [port, inside] = await freePorts(2);
  const { scenario, chromium } = stage({
    server: ['--public-url', `https://${NAME}:${port}`, '--external-ip', '127.0.0.1', '--trusted-proxy', '127.0.0.1'],
    port: inside,
  });
  const inChromium = chromium({ loopbackName: NAME });

  // It goes after the browsers: pages whose server is gone complain on their consoles.
  let starting;
  after(async () => (await starting)?.stop());

  /** A scenario with the proxy between the people and the server. */
  const proxied = (what, act, options) =>
    scenario(
      `behind ${name}: ${what}`,
      async (scene) => {
        const front = await (starting ??= start({ port, to: scene.server.port }));
        const person = (called, settings = {}) =>
          scene.person(called, { on: inChromium, origin: front.url, anyCertificate: true, ...settings });
        await act({ ...scene, person, front });
      },
      options,
    );

  proxied('two people meet over https and a WebSocket, and the proxy writes down nothing about them', async ({ person, room, front }) => {
    const ada = await person('Ada');
    const ben = await person('Ben');
    await ada.enters();
    await ben.enters();
    await everyoneMeets(ada, ben);
    const sockets = ada.tab.requests.filter((address) => new URL(address).pathname === '/ws');
    assert.deepEqual([...new Set(sockets)], [`${front.url}/ws`], 'her socket goes through the proxy');
    for (const written of [front.output(), ...(await filesIn(front.folder))]) {
      assert.ok(!written.includes(room), `the proxy wrote down the room:\n${written}`);
    }
  });

  proxied('the relay beside the proxy joins those whom nothing else joins', async ({ person }) => {
    const ada = await person('Ada', { relayOnly: 'udp' });
    const ben = await person('Ben', { relayOnly: 'tcp' });
    await ada.enters();
    await ben.enters();
    await everyoneMeets(ada, ben);
    for (const one of [ada, ben]) {
      const [path] = await one.tab.run(() => window.probe.paths());
      assert.equal(path.local, 'relay', `${one.name}'s path`);
    }
  });

  proxied(
    'a call outlives a server that is killed and started again',
    async ({ person, server }) => {
      const ada = await person('Ada');
      const ben = await person('Ben');
      expectALostServer(ada, ben);
      for (const someone of [ada, ben]) someone.expected.push(/answer 502 to/, /status of 502/, /Unexpected response code: 502/);
      await ada.enters();
      await ben.enters();
      await everyoneMeets(ada, ben);
      await outlivesAKill(server, ada, ben);
    },
    { patience: 2 },
  );

  proxied('pages are those of the server, over https only, and its numbers stay inside', async ({ room, front }) => {
    const page = await ask(port, `/${room}`);
    assert.equal(page.status, 200);
    assert.match(page.body, /Your name/, 'the lobby');
    assert.match(page.headers['content-security-policy'], new RegExp(`connect-src [^;]*wss://${NAME}:${port}`), 'the page may open its socket');
    assert.match(page.headers['strict-transport-security'], /max-age=\d+/);
    assert.equal((await ask(port, '/metrics')).status, 404, '/metrics is for the machine itself');

    const { statusCode, headers } = await plain(front.plain, `/${room}`, { host: NAME });
    assert.equal(statusCode, 308);
    // The port for https is another one in this test: Caddy knows, nginx's file names none.
    assert.match(headers.location, new RegExp(`^https://${NAME}(:${port})?/${room}$`));
  });

  proxied('forged addresses, hosts and schemes change nothing', async ({ room }) => {
    const honest = await ask(port, `/${room}`);
    const forged = await ask(port, `/${room}`, FORGED);
    assert.deepEqual(essence(forged), essence(honest));

    const own = { ...SOCKET, origin: `https://${NAME}:${port}` };
    assert.equal((await ask(port, '/ws', own)).status, 101, 'a page of this server opens a socket');
    assert.equal((await ask(port, '/ws', { ...own, ...FORGED })).status, 101, 'also with forged headers');
    const stranger = { ...SOCKET, origin: 'https://evil.example' };
    assert.equal((await ask(port, '/ws', stranger)).status, 403, 'a page of another website does not');
    assert.equal((await ask(port, '/ws', { ...stranger, ...FORGED })).status, 403, 'nor with its own name in a forged header');
  });

  scenario(`without ${name}: a server that is asked directly reads no header that a proxy writes`, async ({ server, room }) => {
    const host = `127.0.0.1:${server.port}`;
    const honest = await plain(server.port, `/${room}`, { host });
    const forged = await plain(server.port, `/${room}`, { host, ...FORGED });
    assert.equal(honest.statusCode, 200);
    assert.deepEqual(essence(forged), essence(honest));
    const stranger = { host, ...SOCKET, origin: 'https://evil.example' };
    assert.equal((await plain(server.port, '/ws', { ...stranger, origin: `https://${NAME}:${port}`, ...FORGED })).statusCode, 101);
    assert.equal((await plain(server.port, '/ws', { ...stranger, origin: `http://${host}` })).statusCode, 403, 'the public address is another');
    assert.equal((await plain(server.port, '/ws', { ...stranger, ...FORGED })).statusCode, 403);
  });
}

/** What stands in all files of a folder. */
async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.path, entry.name), 'latin1')));
}

/** An answer without what differs from one to the next: the date, and the nonce of its scripts. */
function essence({ status, statusCode = status, headers, body }) {
  const nonce = headers['content-security-policy']?.match(/'nonce-([^']+)'/)?.[1];
  assert.ok(nonce, 'a page has a nonce');
  const text = JSON.stringify({ ...headers, date: undefined }) + body;
  return { statusCode, text: text.replaceAll(nonce, 'NONCE') };
}

/** A request without TLS. */
function plain(port, path, headers) {
  return new Promise((resolve, reject) => {
    const asked = plainly({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ statusCode: response.statusCode, headers: response.headers, body }));
    });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ statusCode: response.statusCode, headers: response.headers, body: '' });
    });
    asked.on('error', reject);
    asked.end();
  });
}
