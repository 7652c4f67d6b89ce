// `cargo leptos watch`: server and client, built again and reloaded at each edit.

import { test } from 'node:test';
import { launchChromium } from '../lib/chromium.mjs';
import { Person, everyoneMeets, newRoom } from '../lib/person.mjs';
import { until } from '../lib/until.mjs';
import { FIRST_BUILD, NEXT_BUILD, editor, gives, isReloaded, mark, startLoop } from './loop.mjs';
import { freePorts } from '../lib/ports.mjs';

test('two people call each other through cargo leptos watch, and their pages follow the edits', async (t) => {
  const [port, reloadPort] = await freePorts(2);
  const site = `http://127.0.0.1:${port}`;
  const files = editor();
  const loop = startLoop('cargo', ['leptos', 'watch'], {
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    LEPTOS_RELOAD_PORT: String(reloadPort),
  });
  const browser = await launchChromium();
  t.after(async () => {
    await browser.close();
    // The loop ends first: it need not build what is put back.
    await loop.stop(`${site}/healthz`).finally(() => files.restore());
  });

  await loop.serves([`${site}/healthz`, `${site}/pkg/parlour.js`, `${site}/pkg/parlour.wasm`, `${site}/pkg/parlour.css`], FIRST_BUILD);
  const room = `${site}/${newRoom()}`;
  const ada = new Person('Ada', await browser.tab(), room);
  const grace = new Person('Grace', await browser.tab(), room);
  await ada.enters();
  await grace.enters();
  await everyoneMeets(ada, grace);

  await t.test('an edited style sheet is swapped without ending the call', async () => {
    await mark(ada);
    files.append('style/main.css', '\n.dev-loop-probe { order: 7; }\n');
    await until(
      () => ada.tab.run(() => [...document.styleSheets].some((sheet) => [...sheet.cssRules].some((rule) => rule.cssText.includes('dev-loop-probe')))),
      async () => `Ada's page should have the new style by now. ${loop.said()}`,
      { within: NEXT_BUILD },
    );
    if ((await ada.tab.run(() => window.unchangedSince)) === undefined) {
      throw new Error(`Ada's page was loaded again, and her call ended, for a style sheet. ${loop.said()}`);
    }
    await everyoneMeets(ada, grace);
  });

  await t.test('an edited source file is built and the page reloads itself', async () => {
    await mark(ada);
    files.append(
      'crates/frontend/src/lib.rs',
      '\n/// Left by a test of the development loop.\n#[wasm_bindgen]\npub fn dev_loop_probe() -> u32 {\n    7\n}\n',
    );
    await isReloaded(ada, 'an edit of crates/frontend/src/lib.rs', loop);
    await gives(`${site}/pkg/parlour.js`, 'dev_loop_probe', loop);
    await ada.joins();
  });
});
