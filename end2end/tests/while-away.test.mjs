// While the page has no server, what it shows is true: buttons do what they say, and it is known when the server is back.

import { stage } from '../lib/stage.mjs';
import { areBack, call, expectALostServer, readsThatTheServerIsGone } from '../lib/survival.mjs';

const { scenario, chromium, firefox } = stage();

for (const [name, on] of Object.entries({ Chromium: chromium(), Firefox: firefox() })) {
  scenario(
    `${name}: who mutes and turns the camera off while there is no server is neither heard nor seen, and is shown so afterwards`,
    async ({ person, server }) => {
      const ada = await person('Ada', { on });
      const ben = await person('Ben', { on });
      expectALostServer(ada, ben);
      await call(ada, ben);
      await ben.hears('Ada');
      await server.kill();
      await readsThatTheServerIsGone(ada, ben);
      await ada.reads('Others still see and hear you');
      await ada.clicks('Microphone');
      await ada.findsSwitched('Microphone', 'off');
      await ben.stopsHearing('Ada');
      await ben.sees('Ada');
      await ada.clicks('Camera');
      await ada.findsSwitched('Camera', 'off');
      await ada.hasNoLight();
      await ben.getsNoPictureOf('Ada');
      // Nobody hears or sees her, and the page no longer says so.
      await ada.noLongerReads('Others still see and hear you');
      await server.restart();
      await areBack([ada, ben]);
      await ben.readsOnTheTileOf('Ada', /muted/i);
      await ben.readsOnTheTileOf('Ada', /camera off/i);
      await ben.stopsSeeing('Ada');
      await ada.clicks('Microphone');
      await ada.clicks('Camera');
      await ben.hears('Ada');
      await ben.sees('Ada');
      await ben.noLongerReadsOnTheTileOf('Ada', /muted|camera off/i);
    },
    { patience: 2 },
  );
}
