// Behind HAProxy with the project's own file of deploy/: it passes on connections and says by the PROXY protocol whom each is for. TLS,
// and the relay over it, are the server's.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { connect as overTls } from 'node:tls';
import { missing, startHaproxy } from '../lib/front.mjs';
import { everyoneMeets } from '../lib/person.mjs';
import { freePorts } from '../lib/ports.mjs';
import { BINARY } from '../lib/server.mjs';
import { stage } from '../lib/stage.mjs';
import { expectALostServer, outlivesAKill } from '../lib/survival.mjs';
import { until } from '../lib/until.mjs';

/** More handshakes than one address may begin at once. */
const MANY = 400;

const lacks = missing('haproxy', '-v');
if (lacks) test('behind HAProxy', { skip: lacks }, () => undefined);
else await behindHaproxy();

async function behindHaproxy() {
  const [port, inside, plainInside] = await freePorts(3);
  const url = `https://localhost:${port}`;
  const flags = [
    ...['--public-url', url, '--external-ip', '127.0.0.1', '--http-listen', `127.0.0.1:${plainInside}`],
    ...['--trusted-proxy', '127.0.0.1', '--proxy-protocol'],
  ];
  const haproxy = await startHaproxy({ port, to: inside, plainTo: plainInside });
  const { scenario, chromium } = stage({ server: flags, tls: true, port: inside, asked: url });
  const inChromium = chromium();
  after(() => haproxy.stop());

  scenario('behind HAProxy: people whose networks let nothing but https through meet, and HAProxy writes nothing down', async ({ person }) => {
    const ada = await person('Ada', { on: inChromium, relayOnly: 'tls' });
    const ben = await person('Ben', { on: inChromium, relayOnly: 'tls' });
    await ada.enters();
    await ben.enters();
    await everyoneMeets(ada, ben);
    for (const one of [ada, ben]) {
      const paths = await one.tab.run(() => window.probe.paths());
      assert.deepEqual(paths.map(({ local, over }) => ({ local, over })), [{ local: 'relay', over: 'tls' }], `${one.name}'s path`);
    }
    assert.doesNotMatch(haproxy.output(), /127\.0\.0\.1:\d+ \[/, 'a line for a connection');
  });

  scenario(
    'behind HAProxy: a call outlives a server that is killed and started again',
    async ({ person, server }) => {
      const ada = await person('Ada', { on: inChromium });
      const ben = await person('Ben', { on: inChromium });
      expectALostServer(ada, ben);
      await ada.enters();
      await ben.enters();
      await everyoneMeets(ada, ben);
      await outlivesAKill(server, ada, ben);
    },
    { patience: 2 },
  );

  scenario('behind HAProxy: each address is counted by itself', async () => {
    const answers = (from) =>
      new Promise((resolve) => {
        const socket = overTls({ host: '127.0.0.1', port, localAddress: from, servername: 'localhost', rejectUnauthorized: false });
        socket.on('secureConnect', () => resolve(true)).on('error', () => resolve(false)).on('close', () => resolve(false));
        socket.on('secureConnect', () => socket.destroy());
      });
    const flood = await Promise.all(Array.from({ length: MANY }, () => answers('127.0.0.2')));
    assert.ok(flood.includes(true), 'the first are let in');
    assert.ok(flood.includes(false), `one address may begin ${MANY} handshakes at once`);
    assert.equal(await answers('127.0.0.3'), true, 'another address is let in');
  });

  scenario('behind HAProxy: who comes from its address without its header is turned away, and health checks are not', async ({ server }) => {
    const said = await new Promise((resolve) => {
      let bytes = 0;
      const socket = connect(inside, '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n'));
      socket.on('data', (chunk) => (bytes += chunk.length)).on('error', () => undefined).on('close', () => resolve(bytes));
    });
    assert.equal(said, 0, 'not a byte is answered');
    const health = () => execFileSync(BINARY, ['health', '--listen', `127.0.0.1:${inside}`, '--tls', 'self-signed', ...flags], { encoding: 'utf8' });
    assert.match(health(), /^ok: /);
    await until(
      async () => (await fetch(server.metrics())).ok,
      () => 'its numbers have a listener of their own, without the header',
    );
  });
}
