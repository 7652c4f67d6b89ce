// Microphone and camera, off and on: the others hear, see and read it.

import assert from 'node:assert/strict';
import { stage } from '../lib/stage.mjs';
import { passes } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const browsers = { Chromium: chromium(), Firefox: firefox() };

const MUTED = /microphone (is )?off|muted/i;
const NO_PICTURE = /camera (is )?off|no camera/i;

for (const [name, on] of Object.entries(browsers)) {
  scenario(`${name}: who mutes is not heard, is shown as muted, and is heard again afterwards`, async ({ person }) => {
    const ada = await person('Ada', { on });
    const ben = await person('Ben', { on });
    await ada.enters();
    await ben.enters();
    await ben.hears('Ada');
    await ada.findsSwitched('Microphone', 'on');
    await ada.clicks('Microphone');
    await ada.findsSwitched('Microphone', 'off');
    await ben.readsOnTheTileOf('Ada', /Muted/);
    await ben.stopsHearing('Ada');
    await ben.sees('Ada');
    await ada.hears('Ben');
    await ada.clicks('Microphone');
    await ada.findsSwitched('Microphone', 'on');
    await ben.hears('Ada');
    await ben.noLongerReadsOnTheTileOf('Ada', MUTED);
  });

  scenario(`${name}: who turns the camera off has an avatar instead, and a picture again afterwards`, async ({ person }) => {
    const ada = await person('Ada', { on });
    const ben = await person('Ben', { on });
    await ada.enters();
    await ben.enters();
    await ben.sees('Ada');
    await ada.clicks('Camera');
    await ada.findsSwitched('Camera', 'off');
    await ben.readsOnTheTileOf('Ada', NO_PICTURE);
    await ben.stopsSeeing('Ada');
    await ben.hears('Ada');
    await ada.hasNoLight();
    await ada.clicks('Camera');
    await ada.findsSwitched('Camera', 'on');
    await ben.sees('Ada');
    await ben.noLongerReadsOnTheTileOf('Ada', NO_PICTURE);
    await ada.seesThemself();
  });

  scenario(`${name}: who turns everything off is quiet, and nobody takes that for a lost connection`, async ({ person }) => {
    const ada = await person('Ada', { on });
    const ben = await person('Ben', { on });
    await ada.enters();
    await ben.enters();
    await ben.sees('Ada');
    const ends = await ben.notesLinks();
    await ada.clicks('Camera');
    await ada.clicks('Microphone');
    await ben.readsOnTheTileOf('Ada', MUTED);
    await ben.readsOnTheTileOf('Ada', NO_PICTURE);
    // Longer than it takes to notice a path that is lost.
    await passes(5);
    await ada.clicks('Camera');
    await ben.sees('Ada');
    assert.deepEqual(await ends(), ['connected'], 'what the tile has said');
  });

  scenario(`${name}: ?mic=off and ?camera=off let a person in silent and unseen, until they turn them on`, async ({ person }) => {
    const ben = await person('Ben', { on });
    await ben.enters();
    const ada = await person('Ada', { on, query: '?mic=off&camera=off' });
    await ada.arrives();
    await ada.introduces();
    await ada.comesAlive();
    await ada.findsSwitched('Microphone', 'off');
    await ada.findsSwitched('Camera', 'off');
    await ada.joins();
    await ada.findsSwitched('Microphone', 'off');
    await ada.findsSwitched('Camera', 'off');
    await ada.sees('Ben');
    await ada.hears('Ben');
    await ben.readsOnTheTileOf('Ada', /Microphone off/);
    await ben.readsOnTheTileOf('Ada', NO_PICTURE);
    await ben.stopsHearing('Ada');
    await ben.stopsSeeing('Ada');
    await ada.hasNoLight();
    await ada.clicks('Camera');
    await ben.sees('Ada');
    await ada.clicks('Microphone');
    await ben.hears('Ada');
  });

  scenario(`${name}: a late joiner finds those who muted and turned the camera off as they are`, async ({ person }) => {
    const ada = await person('Ada', { on });
    await ada.enters();
    await ada.clicks('Microphone');
    await ada.clicks('Camera');
    await ada.findsSwitched('Microphone', 'off');
    await ada.findsSwitched('Camera', 'off');
    const ben = await person('Ben', { on });
    await ben.enters();
    await ada.sees('Ben');
    await ben.readsOnTheTileOf('Ada', MUTED);
    await ben.readsOnTheTileOf('Ada', NO_PICTURE);
    await ben.stopsHearing('Ada');
    await ben.stopsSeeing('Ada');
    await ada.clicks('Microphone');
    await ada.clicks('Camera');
    await ben.hears('Ada');
    await ben.sees('Ada');
  });
}
