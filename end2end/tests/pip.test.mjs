// The call in a small window above all others, where the browser can.

import assert from 'node:assert/strict';
import { curtain, tabs } from '../lib/hardware.mjs';
import { stage } from '../lib/stage.mjs';
import { limit, until } from '../lib/until.mjs';

const { scenario, chromium } = stage();
const on = chromium();

/** What the small window shows. */
const small = () => {
  const pip = window.documentPictureInPicture?.window;
  if (!pip) return null;
  const tiles = [...pip.document.querySelectorAll('.tile')].filter((tile) => tile.offsetWidth > 0);
  return {
    people: tiles.map((tile) => tile.getAttribute('aria-label')),
    pictures: tiles.map((tile) => tile.querySelector('video').getVideoPlaybackQuality().totalVideoFrames),
    sounds: pip.document.querySelectorAll('audio').length,
    buttons: [...pip.document.querySelectorAll('button')].map((button) => `${button.getAttribute('aria-label')} ${button.ariaPressed ?? ''}`.trim()),
    dressed: pip.getComputedStyle(pip.document.querySelector('.call')).backgroundColor,
  };
};

/** Waits for what the small window shows. */
function watch(someone) {
  let last;
  return async (holds, words) => {
    await until(
      async () => {
        last = await someone.tab.run(small);
        return holds(last);
      },
      async () => `The small window should show ${words}: ${JSON.stringify(last)}. ${await someone.looks()}`,
      { within: limit(15) },
    );
    return last;
  };
}

scenario('by itself the small window opens when one leaves the tab, and closes when one is back', async ({ person, note }) => {
  const ada = await person('Ada', { on, setup: [[curtain], [tabs]] });
  const ben = await person('Ben', { on });
  await ada.enters();
  await ben.enters();
  await ada.sees('Ben');
  if (!(await ada.tab.run(() => Boolean(window.documentPictureInPicture)))) {
    note('skipped: this browser has no Document Picture-in-Picture');
    return;
  }
  const shows = watch(ada);
  // A click, without which a page may open no window where the browser has not asked for it.
  await ada.clicks('Raise hand');
  await ada.tab.run(() => window.leavesTab());
  await ada.tab.run(() => window.curtain(false));
  await shows((found) => found?.people.join() === 'Ben', 'Ben');
  await ada.tab.run(() => window.curtain(true));
  await shows((found) => found === null, 'nothing: it should be closed');
  // One that the person has opened stays.
  await ada.clicks('Picture in picture');
  await shows((found) => found?.people.join() === 'Ben', 'Ben again');
  await ada.tab.run(() => window.curtain(false));
  await ada.tab.run(() => window.curtain(true));
  const { pictures } = await shows((found) => found !== null, 'Ben still');
  await shows((found) => found?.pictures[0] > pictures[0], 'that Ben moves');
});

scenario('the small window shows the others, while the page is hidden too, and its buttons work', async ({ person, note }) => {
  const ada = await person('Ada', { on, setup: [[curtain]] });
  const ben = await person('Ben', { on });
  await ada.enters();
  await ben.enters();
  await Promise.all([ada.sees('Ben'), ben.sees('Ada')]);
  if (!(await ada.tab.run(() => Boolean(window.documentPictureInPicture)))) {
    note('skipped: this browser has no Document Picture-in-Picture');
    return;
  }
  await ada.clicks('Picture in picture');
  const shows = watch(ada);
  const last = await shows((found) => found?.people.join() === 'Ben' && found.pictures[0] > 0, 'Ben');
  assert.equal(last.sounds, 0, 'Ben is heard on the page alone');
  assert.deepEqual(last.buttons, ['Microphone true', 'Camera true', 'Leave']);
  assert.equal(last.dressed, 'rgb(20, 18, 24)', 'it has the style sheet');
  // Pictures go on for the small window while nobody sees the page.
  await ada.tab.run(() => window.curtain(false));
  const [before] = last.pictures;
  await shows((found) => found?.pictures[0] > before + 40, 'that Ben moves on');
  await ada.tab.run(() => window.documentPictureInPicture.window.document.querySelector('button[aria-label="Microphone"]').click());
  await ben.readsOnTheTileOf('Ada', /Muted/);
  await ada.tab.run(() => window.curtain(true));
  await ada.tab.run(() => window.documentPictureInPicture.window.document.querySelector('button[aria-label="Leave"]').click());
  await ada.finds('heading', 'You left');
  await shows((found) => found === null, 'nothing: it should be closed');
  await ada.holdsNothing();
});
