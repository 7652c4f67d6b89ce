// A page that does not run for a while, as on a telephone in a pocket or a laptop that is shut: the call is there again
// when it is looked at, and the others were not disturbed.

import { everyoneMeets } from '../lib/person.mjs';
import { stage } from '../lib/stage.mjs';
import { areBack, call, expectALostServer, watch } from '../lib/survival.mjs';
import { passes } from '../lib/until.mjs';

const { scenario, chromium } = stage();
const on = chromium();
// The person whose browser is stopped has one to themself.
const alone = chromium();

/** For so long, in seconds. */
const AWAY = 20;

/** After that, in seconds, everybody is back: a path that has failed is found anew. */
const BACK_WITHIN = 15;

for (const [what, stops] of [
  ['a page that the browser freezes', (tab) => tab.freeze()],
  ['a page whose process is stopped', (tab) => tab.suspend()],
]) {
  scenario(
    `${what} for 20 seconds is in the call again, and the others saw each other all the time`,
    async ({ person }) => {
      const ada = await person('Ada', { on: alone });
      const [ben, cleo] = [await person('Ben', { on }), await person('Cleo', { on })];
      expectALostServer(ada);
      await call(ada, ben, cleo);
      const goesOn = await stops(ada.tab);
      try {
        const everyPictureWentOn = await watch(ben, cleo);
        await passes(AWAY);
        await everyPictureWentOn({ of: ['Ben', 'Cleo'] });
      } finally {
        await goesOn();
      }
      await areBack([ada, ben, cleo], { within: BACK_WITHIN });
      await everyoneMeets(ada, ben, cleo);
      await Promise.all([ada.isWith('Ben', 'Cleo'), ben.isWith('Ada', 'Cleo'), cleo.isWith('Ada', 'Ben')]);
    },
    { patience: 2 },
  );
}
