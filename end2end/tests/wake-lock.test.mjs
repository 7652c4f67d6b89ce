// The screen stays on in a call that is looked at.

import { curtain } from '../lib/hardware.mjs';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();

/** A screen that says how often it was kept on, and whether it is. A browser takes a lock away from a page that is hidden. */
function screenLock() {
  const locks = [];
  const wakeLock = {
    async request() {
      const sentinel = new EventTarget();
      sentinel.released = false;
      sentinel.release = async () => void (sentinel.released = true);
      locks.push(sentinel);
      return sentinel;
    },
  };
  Object.defineProperty(Navigator.prototype, 'wakeLock', { configurable: true, get: () => wakeLock });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) locks.forEach((sentinel) => (sentinel.released = true));
  });
  window.locks = () => `${locks.length} asked, ${locks.filter(({ released }) => !released).length} held`;
}

for (const [name, on] of Object.entries({ Chromium: chromium(), Firefox: firefox() })) {
  scenario(`${name}: the screen is kept on in a call, again when it is seen again, and not after Leave`, async ({ person }) => {
    const ada = await person('Ada', { on, setup: [[curtain], [screenLock]] });
    const locks = (wanted) =>
      until(
        async () => (await ada.tab.run(() => window.locks())) === wanted,
        async () => `of locks there should be ${wanted}; ${await ada.tab.run(() => window.locks())}. ${await ada.looks()}`,
      );
    await ada.arrives();
    await ada.comesAlive();
    await locks('0 asked, 0 held');
    await ada.introduces();
    await ada.joins();
    await locks('1 asked, 1 held');
    await ada.tab.run(() => window.curtain(false));
    await locks('1 asked, 0 held');
    await ada.tab.run(() => window.curtain(true));
    await locks('2 asked, 1 held');
    await ada.leaves();
    await locks('2 asked, 0 held');
  });
}
