// How one is heard, and how one hears the others.

import assert from 'node:assert/strict';
import { hardware } from '../lib/hardware.mjs';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const on = chromium();

async function pair(person, setup = []) {
  const ada = await person('Ada', { on, setup });
  const ben = await person('Ben', { on });
  await ada.enters();
  await ben.enters();
  await Promise.all([ada.hears('Ben'), ben.hears('Ada')]);
  return [ada, ben];
}

const played = (name) => {
  const audio = document.querySelector(`[data-peer][aria-label="${name}"] audio`);
  return { muted: audio.muted, volume: audio.volume };
};

scenario('one person is played more quietly, or not at all, for oneself alone', async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ada.tab.hover('[data-peer]');
  await ada.clicks('Options');
  await ada.finds('heading', 'Ben');
  const [page] = ada.tab.context.pages();
  await page.getByRole('slider', { name: 'Volume', exact: true }).fill('0.25');
  await until(
    async () => (await ada.tab.run(played, 'Ben')).volume <= 0.25,
    async () => `Ben should be played quietly: ${JSON.stringify(await ada.tab.run(played, 'Ben'))}`,
  );
  await ada.tab.click('button', 'Mute for me');
  await until(
    async () => (await ada.tab.run(played, 'Ben')).muted,
    async () => `Ben should not be played: ${JSON.stringify(await ada.tab.run(played, 'Ben'))}`,
  );
  await ada.readsOnTheTileOf('Ben', /Muted for you/);
  // Another seat is the same person.
  await ben.leaves();
  await ada.isWith();
  await ben.clicks('Rejoin');
  await ada.readsOnTheTileOf('Ben', /Muted for you/);
  await ada.sees('Ben');
  await ada.tab.hover('[data-peer]');
  await ada.clicks('Options');
  await ben.hears('Ada');
  assert.doesNotMatch((await ben.look('Ada')).tile, /Muted/);
  await until(
    async () => /The connection is/.test(await ada.tab.run(() => document.querySelector('#person').innerText)),
    async () => `Ada should read how well she receives Ben. ${await ada.looks()}`,
  );
});

scenario('original sound captures without what is meant for voices, and goes back', async ({ person }) => {
  const [ada, ben] = await pair(person, [[hardware, {}]]);
  const asked = () => ada.tab.run(() => window.asked);
  await ada.tab.run(() => {
    window.asked = [];
    const native = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = function noted(constraints) {
      if (constraints.audio) window.asked.push([constraints.audio.echoCancellation, constraints.audio.noiseSuppression, constraints.audio.autoGainControl]);
      return native.call(this, constraints);
    };
  });
  await ada.clicks('Settings');
  await ada.tab.click('switch', 'Original sound');
  await until(
    async () => (await asked()).length === 1,
    async () => `The microphone should be captured anew: ${JSON.stringify(await asked())}. ${await ada.looks()}`,
  );
  assert.deepEqual((await asked())[0], [false, false, false]);
  await ben.hears('Ada');
  let bits;
  await until(
    async () => {
      bits = await ada.tab.run(() => window.probe.open().flatMap((connection) => connection.getSenders().map((sender) => [sender.track?.kind, sender.getParameters().encodings[0]?.maxBitrate])));
      return bits.some(([kind, most]) => kind === 'audio' && most === 128_000);
    },
    async () => `Her sound should have more bits: ${JSON.stringify(bits)}`,
  );
  // Off again, all is as it was.
  await ada.tab.click('switch', 'Original sound');
  await until(
    async () => (await asked()).length === 2,
    async () => `The microphone should be captured again: ${JSON.stringify(await asked())}`,
  );
  assert.deepEqual((await asked())[1], [true, true, true]);
  await ada.tab.click('switch', 'Original sound');
  await until(
    async () => (await asked()).length === 3,
    async () => `The microphone should be captured a third time: ${JSON.stringify(await asked())}`,
  );
  await ada.tab.click('switch', 'Echo cancellation');
  await until(
    async () => (await asked()).length === 4,
    async () => `The microphone should be captured once more: ${JSON.stringify(await asked())}`,
  );
  assert.deepEqual((await asked())[3], [true, false, false]);
});

scenario('original sound is heard in stereo', async ({ person }) => {
  const ada = await person('Ada', { on, setup: [[hardware, { tone: 'left' }]] });
  const ben = await person('Ben', { on });
  await ada.enters();
  await ben.enters();
  await ben.hears('Ada');
  await ada.clicks('Settings');
  await ada.tab.click('switch', 'Original sound');
  await ben.tab.run(() => {
    const context = new AudioContext();
    const ears = context.createChannelSplitter(2);
    context.createMediaStreamSource(document.querySelector('[data-peer] audio').srcObject).connect(ears);
    const heard = [0, 1].map((ear) => {
      const analyser = context.createAnalyser();
      ears.connect(analyser, ear);
      return analyser;
    });
    window.ears = () =>
      heard.map((analyser) => {
        const samples = new Float32Array(analyser.fftSize);
        analyser.getFloatTimeDomainData(samples);
        return Math.hypot(...samples);
      });
  });
  let ears;
  await until(
    async () => {
      ears = await ben.tab.run(() => window.ears());
      return ears[0] > 1 && ears[1] < ears[0] / 10;
    },
    async () => `Ben should hear her on the left alone: ${JSON.stringify(ears)}. ${await ben.looks()}`,
  );
});

scenario('whichever browser somebody uses, it takes sound in stereo', async ({ person }) => {
  const ada = await person('Ada', { on });
  const ben = await person('Ben', { on: firefox() });
  await ada.enters();
  await ben.enters();
  await Promise.all([ada.hears('Ben'), ben.hears('Ada')]);
  const said = await ada.tab.run(() =>
    window.probe.open().flatMap(({ localDescription, remoteDescription }) => [localDescription, remoteDescription].map(({ sdp }) => /\bstereo=1\b/.test(sdp))),
  );
  assert.deepEqual(said, [true, true]);
});

scenario('somebody whose microphone gives nothing is told, and offered the one that hears', async ({ person }) => {
  const silence = () => {
    const native = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.enumerateDevices = async () => ['quiet', 'loud'].map((id) => ({ kind: 'audioinput', deviceId: id, groupId: id, label: `${id} one` }));
    MediaDevices.prototype.getUserMedia = async function given({ video, audio }) {
      const stream = video ? await native.call(this, { video }) : new MediaStream();
      if (audio) {
        const wanted = audio.deviceId?.exact ?? audio.deviceId?.ideal ?? 'quiet';
        const context = new AudioContext();
        const output = context.createMediaStreamDestination();
        if (wanted === 'loud') {
          const tone = context.createOscillator();
          tone.connect(output);
          tone.start();
        }
        addEventListener('click', () => context.resume());
        context.resume();
        const [track] = output.stream.getAudioTracks();
        const settings = track.getSettings.bind(track);
        track.getSettings = () => ({ ...settings(), deviceId: wanted });
        Object.defineProperty(track, 'label', { value: `${wanted} one` });
        stream.addTrack(track);
      }
      return stream;
    };
  };
  const ada = await person('Ada', { on, setup: [[silence]] });
  const ben = await person('Ben', { on });
  await ada.enters();
  await ben.enters();
  await ada.sees('Ben');
  await ada.reads('We hear nothing from your microphone.');
  await ada.clicks('Try all microphones');
  await ada.reads('loud one hears you.');
  await ada.clicks('Use it');
  await ben.hears('Ada');
  await ada.noLongerReads('hears you');
});

scenario('somebody who speaks while muted is told', async ({ person }) => {
  const [ada] = await pair(person, [[hardware, { tone: true }]]);
  await ada.clicks('Microphone');
  await ada.findsSwitched('Microphone', 'off');
  await ada.reads('You are muted.');
  await ada.clicks('Microphone');
  await ada.noLongerReads('You are muted.');
});
