// The page's program stops in the middle of a call: everything is released, and nobody sees a ghost.

import assert from 'node:assert/strict';
import { stage } from '../lib/stage.mjs';
import { limit, until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();

/** Makes the program's next call of JavaScript a trap, once `window.trap` is set: what is half done stays so, as after a panic. */
function trapdoor() {
  const guarded = (imports) =>
    Object.fromEntries(
      Object.entries(imports).map(([module, functions]) => [
        module,
        Object.fromEntries(
          Object.entries(functions).map(([name, what]) => [
            name,
            typeof what !== 'function'
              ? what
              : (...args) => {
                  if (!window.trap) return what(...args);
                  window.trap = false;
                  throw new WebAssembly.RuntimeError('unreachable');
                },
          ]),
        ),
      ]),
    );
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const native = WebAssembly[name];
    WebAssembly[name] = (source, imports) => native.call(WebAssembly, source, guarded(imports));
  }
}

for (const [name, on] of Object.entries({ Chromium: inChromium, Firefox: firefox() })) {
  scenario(`${name}: a program that traps in a call gives back camera and seat, and says that it has stopped`, async ({ person }) => {
    const ben = await person('Ben', { on });
    await ben.enters();
    const ada = await person('Ada', { on, setup: [[trapdoor]] });
    ada.expected.push(/unreachable|RuntimeError/);
    await ada.enters();
    await ben.sees('Ada');
    await ada.tab.run(() => (window.trap = true));
    await ada.reads('This page has stopped working.');
    assert.ok(!(await ada.page()).notices.some((text) => /could not start/.test(text)), await ada.looks());
    await until(async () => (await ben.tiles()).length === 0, async () => `Ben still sees a ghost. ${await ben.looks()}`, { within: limit(3) });
    await ada.holdsNothing();
    await until(async () => (await ada.holds()).sockets === 0, async () => `Ada's socket is open. ${JSON.stringify(await ada.holds())}`);
    // What is left of the program must not come back.
    await ben.isWith();
    await ada.tab.run(() => window.dispatchEvent(new Event('online')));
    await ben.clicks('Camera');
    await ben.findsSwitched('Camera', 'off');
    await ben.isWith();
    await ada.holdsNothing();
    assert.equal((await ada.holds()).sockets, 0);
  });
}

scenario('a program that traps in the lobby gives back the camera, and Join does nothing', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium, setup: [[trapdoor]] });
  ada.expected.push(/unreachable|RuntimeError/);
  await ada.arrives();
  await ada.comesAlive();
  await ada.seesThemself();
  await ada.tab.run(() => (window.trap = true));
  await ada.reads('This page has stopped working');
  await ada.holdsNothing();
  assert.ok(await ada.tab.run(() => Boolean(document.querySelector('form').closest('[inert]'))));
  await ada.tab.run(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')));
  await ada.tab.run(() => window.dispatchEvent(new Event('online')));
  await ada.holdsNothing();
  await until(async () => (await ada.holds()).sockets === 0, async () => `Ada's socket is open. ${JSON.stringify(await ada.holds())}`);
});
