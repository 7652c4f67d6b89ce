// `trunk serve`: the client alone, with its socket passed on to a server that runs beside it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { launchChromium } from '../lib/chromium.mjs';
import { Person, everyoneMeets, newRoom } from '../lib/person.mjs';
import { startServer } from '../lib/server.mjs';
import { FIRST_BUILD, ROOT, editor, gives, isReloaded, mark, startLoop } from './loop.mjs';
import { freePorts } from '../lib/ports.mjs';

/** Trunk.toml as it stands, but with this server behind it: its paths count from where it lies. */
function configFor(server) {
  const folder = `${ROOT}target/dev-loop`;
  const original = readFileSync(`${ROOT}Trunk.toml`, 'utf8');
  const config = original
    .replaceAll(/"((?:crates|target|style|public)[^"]*)"/g, (_, path) => `"${ROOT}${path}"`)
    .replace('127.0.0.1:3000', `127.0.0.1:${server.port}`);
  if (!config.includes(`:${server.port}/ws`)) throw new Error('Trunk.toml does not name 127.0.0.1:3000 as its server any more.');
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/Trunk.toml`, config);
  return `${folder}/Trunk.toml`;
}

test('two people call each other through trunk serve, and their pages follow the edits', async (t) => {
  const [port] = await freePorts(1);
  const site = `http://127.0.0.1:${port}`;
  const files = editor();
  const server = await startServer();
  const loop = startLoop('trunk', ['--config', configFor(server), 'serve', '--port', String(port)]);
  const browser = await launchChromium();
  t.after(async () => {
    await browser.close();
    await loop.stop(site).finally(() => files.restore());
    await server.stop();
  });

  await loop.serves([`${site}/`, `${site}/style/main.css`], FIRST_BUILD);
  const room = `${site}/${newRoom()}`;
  const ada = new Person('Ada', await browser.tab(), room);
  const grace = new Person('Grace', await browser.tab(), room);
  await ada.enters();
  await grace.enters();
  await everyoneMeets(ada, grace);

  await t.test('an edited style sheet reloads the page', async () => {
    await mark(ada);
    files.append('style/main.css', '\n.dev-loop-probe { order: 7; }\n');
    await isReloaded(ada, 'an edit of style/main.css', loop);
    await gives(`${site}/style/main.css`, 'dev-loop-probe', loop);
  });

  await t.test('an edited source file is built and the page reloads itself', async () => {
    await mark(ada);
    files.append(
      'crates/frontend/src/lib.rs',
      '\n/// Left by a test of the development loop.\n#[wasm_bindgen]\npub fn dev_loop_probe() -> u32 {\n    7\n}\n',
    );
    await isReloaded(ada, 'an edit of crates/frontend/src/lib.rs', loop);
    const script = (await (await fetch(site)).text()).match(/\/frontend-[\w-]+\.js/)?.[0];
    await gives(`${site}${script}`, 'dev_loop_probe', loop);
    await ada.joins();
  });
});
