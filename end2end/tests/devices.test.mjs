// Joining is not blocked by devices: whatever is wrong with them is said in a sentence, and Join works all the same.

import { stage } from '../lib/stage.mjs';

const { scenario, chromium, firefox } = stage();
const plain = { Chromium: chromium(), Firefox: firefox() };
const missing = { Chromium: chromium({ devices: 'no-camera' }), Firefox: firefox({ devices: 'none' }) };
const refused = { Chromium: chromium({ devices: 'refused' }), Firefox: firefox({ devices: 'refused' }) };
const insecure = {
  Chromium: chromium({ loopbackName: 'parlour.test' }),
  Firefox: firefox({ loopbackName: 'parlour.test' }),
};

const NO_PICTURE = /camera (is )?off|no camera/i;

/** Ben is in the room; Ada joins without a camera: she sees and hears him, and he has her name and no picture. */
async function joinsWithoutACamera(ada, ben) {
  await ada.introduces();
  await ada.joins();
  await ada.sees('Ben');
  await ada.hears('Ben');
  await ben.isWith('Ada');
  await ben.readsOnTheTileOf('Ada', NO_PICTURE);
  await ben.stopsSeeing('Ada');
}

for (const name of ['Chromium', 'Firefox']) {
  const comes = async (person, settings) => {
    const ben = await person('Ben', { on: plain[name] });
    await ben.enters();
    const ada = await person('Ada', settings);
    await ada.arrives();
    return [ada, ben];
  };

  scenario(`${name}: without a camera a person is told so and joins`, async ({ person }) => {
    const [ada, ben] = await comes(person, { on: missing[name] });
    await ada.reads('No camera was found.');
    await joinsWithoutACamera(ada, ben);
  });

  scenario(`${name}: who refuses the camera is told how to allow it and joins`, async ({ person }) => {
    const [ada, ben] = await comes(person, { on: refused[name] });
    await ada.reads('The browser may not use your camera.');
    await ada.reads('The browser may not use your microphone.');
    await joinsWithoutACamera(ada, ben);
    await ben.stopsHearing('Ada');
  });

  scenario(`${name}: who refuses only the camera is heard`, async ({ person }) => {
    const [ada, ben] = await comes(person, { on: plain[name], refuse: { video: 'NotAllowedError' } });
    await ada.reads('The browser may not use your camera.');
    await joinsWithoutACamera(ada, ben);
    await ben.hears('Ada');
  });

  scenario(`${name}: a camera that another program uses is named as that, and the person joins and is heard`, async ({ person }) => {
    const [ada, ben] = await comes(person, { on: plain[name], refuse: { video: 'NotReadableError' } });
    await ada.reads('Your camera is used by another program.');
    await joinsWithoutACamera(ada, ben);
    await ben.hears('Ada');
  });

  scenario(`${name}: a microphone that is missing is named, and the person joins and is seen`, async ({ person }) => {
    const [ada, ben] = await comes(person, { on: plain[name], refuse: { audio: 'NotFoundError' } });
    await ada.reads('No microphone was found.');
    await ada.introduces();
    await ada.joins();
    await ben.sees('Ada');
    await ben.stopsHearing('Ada');
    await ada.hears('Ben');
  });

  scenario(`${name}: on plain http a person is told to use https, and joins`, async ({ person, server }) => {
    const [ada, ben] = await comes(person, { on: insecure[name], origin: `http://parlour.test:${server.port}` });
    await ada.reads('Cameras work only on https pages.');
    await joinsWithoutACamera(ada, ben);
  });
}
