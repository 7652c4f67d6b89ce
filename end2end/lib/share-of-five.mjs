// Five people in one call, one of whom shares a screen: what comes of it at the other four, and of everybody's sound.

import { newRoom, Person } from './person.mjs';
import { screen } from './screen.mjs';
import { passes, until } from './until.mjs';

const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve'];

/** Seconds: from when everybody sees the screen to the measurement; of the measurement. */
const SETTLING = 8;
const MEASURED = 10;

/**
 * @param {object} browser one Chromium for all
 * @param {string} url the server's
 * @returns {Promise<{ frames: number, size: string, contrast: number, concealed: number }>} of the viewer who has least of it: frames a second,
 *   the size, the contrast of a checkerboard of two pixels (0 to 1); and the share of everybody's sound that was made up
 */
export async function shareOfFive(browser, url) {
  const room = newRoom();
  const people = [];
  for (const name of NAMES) {
    const someone = new Person(name, await browser.tab({ setup: [[screen, {}]] }), `${url}/${room}`);
    await someone.enters();
    people.push(someone);
  }
  const [ada, ...viewers] = people;
  for (const someone of people) for (const other of people) if (other !== someone) await someone.sees(other.name);
  await ada.clicks('Share screen');
  for (const viewer of viewers) {
    await until(
      async () => (await viewer.tab.run(reading)).width >= 1280,
      async () => `${viewer.name} should see the screen as large as it is: ${JSON.stringify(await viewer.tab.run(reading))}`,
      { within: 60_000 },
    );
  }
  await passes(SETTLING);
  const before = await Promise.all(people.map(({ tab }) => tab.run(reading)));
  await passes(MEASURED);
  const after = await Promise.all(people.map(({ tab }) => tab.run(reading)));
  const grew = (what) => after.map((now, at) => now[what] - before[at][what]);
  const seconds = grew('at').map((ms) => ms / 1_000);
  const least = (values) => Math.min(...values.slice(1));
  const sum = (values) => values.reduce((all, value) => all + value, 0);
  return {
    frames: least(grew('frames').map((frames, at) => frames / seconds[at])),
    size: `${least(after.map(({ width }) => width))}×${least(after.map(({ height }) => height))}`,
    contrast: least(after.map(({ contrast }) => contrast)),
    concealed: sum(grew('concealed')) / sum(grew('samples')),
  };
}

/** What a page has of the screen and of sound so far. It is sent to the page as text. */
async function reading() {
  const sounds = { concealed: 0, samples: 0 };
  for (const connection of window.probe.open()) {
    for (const stats of (await connection.getStats()).values()) {
      if (stats.type !== 'inbound-rtp' || stats.kind !== 'audio') continue;
      sounds.concealed += (stats.concealedSamples ?? 0) - (stats.silentConcealedSamples ?? 0);
      sounds.samples += stats.totalSamplesReceived ?? 0;
    }
  }
  const look = { at: performance.now(), frames: 0, width: 0, height: 0, contrast: 0, ...sounds };
  const video = document.querySelector('.tile.screen video');
  if (!video?.videoWidth) return look;
  Object.assign(look, { frames: video.getVideoPlaybackQuality().totalVideoFrames, width: video.videoWidth, height: video.videoHeight });
  const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  // The right half is the checkerboard.
  const { data } = context.getImageData(canvas.width * 0.75, canvas.height / 2, 64, 1);
  const greys = Array.from({ length: 64 }, (_, x) => data[4 * x]).sort((a, b) => a - b);
  return { ...look, contrast: (greys[57] - greys[6]) / 255 };
}
