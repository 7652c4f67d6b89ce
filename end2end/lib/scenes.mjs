// People in their rooms, for a camera that pictures can be taken of: drawn by us, and the same each time.

import { backdrop } from './backdrop.mjs';
import { portrait } from './portrait.mjs';

/** Who there is. The first four are those of the home page. */
export const PEOPLE = {
  'Amara Okafor': {
    skin: ['#b57c58', '#9a6244', '#885238', '#643724', '#3a1c12'],
    hair: ['#5d4034', '#33211b', '#1c110e'],
    lips: '#9a4a3c',
    iris: '#4a2a1a',
    coat: ['#8a5a47', '#6b4435', '#432a21'],
    collar: 'jacket',
    inner: '#efe3d0',
    style: 'long',
    earrings: '#e9b04a',
    jaw: 0.92,
    room: { wall: ['#ecd3a8', '#d9b98c', '#b08d63'], items: [['window', 190], ['lamp', 1080]] },
  },
  'Jonas Weber': {
    skin: ['#f6d2b4', '#e8b794', '#d9a27f', '#b67a5a', '#6b3d2a'],
    hair: ['#b3814f', '#80502b', '#55331a'],
    lips: '#c77765',
    iris: '#5f7480',
    coat: ['#f3ebdd', '#dfd3bf', '#b3a38b'],
    collar: 'crew',
    style: 'short',
    jaw: 1.06,
    brow: 6,
    room: { wall: ['#c3cdb9', '#9fae9b', '#76877a'], items: [['shelf', 250], ['plant', 1090]] },
  },
  'Mateo Ruiz': {
    skin: ['#e3b088', '#cf936c', '#bb7e59', '#935a3c', '#4d2a1a'],
    hair: ['#5b4636', '#352820', '#1d1511'],
    lips: '#a05d50',
    iris: '#55351f',
    coat: ['#5d7189', '#3d4f65', '#263342'],
    collar: 'shirt',
    style: 'curls',
    beard: 'short',
    jaw: 1.04,
    brow: 7,
    room: { wall: ['#cbc5d4', '#a9a3b8', '#7b7690'], items: [['picture', 270], ['pendant', 1030], ['chest', 1060]] },
  },
  'Ingrid Holm': {
    skin: ['#fbe0cb', '#f0c8a8', '#e3b394', '#c28a6c', '#744836'],
    hair: ['#e2dbd2', '#b4aba3', '#837a75'],
    lips: '#c46f66',
    iris: '#56707a',
    coat: ['#f2bd62', '#e0992f', '#a86b18'],
    collar: 'cardigan',
    inner: '#f6efe4',
    style: 'bun',
    glasses: '#5a3a2c',
    earrings: '#efe6d8',
    jaw: 0.95,
    brow: 4,
    room: { wall: ['#e6b9a5', '#cf9a86', '#a06c5a'], items: [['plant', 200, '#5f7a5c'], ['window', 1080]] },
  },
  'Noor Haddad': {
    skin: ['#efc6a0', '#deac85', '#cb9670', '#a36d4c', '#54301f'],
    hair: ['#7fa39b', '#527b74', '#33544f'],
    lips: '#b9625c',
    iris: '#4f3524',
    coat: ['#e9dcc8', '#cbb89d', '#93805f'],
    collar: 'none',
    style: 'scarf',
    jaw: 0.92,
    room: { wall: ['#efe2cc', '#dccaae', '#a89373'], items: [['lamp', 220, '#efb765'], ['shelf', 1070]] },
  },
  'Samuel Levy': {
    skin: ['#f4cdb2', '#e4b08f', '#d3997a', '#ac7155', '#633626'],
    hair: ['#c98a5a', '#96592f', '#673a1d'],
    lips: '#ab6454',
    iris: '#5d6b4a',
    coat: ['#6f8570', '#4c6250', '#304035'],
    collar: 'crew',
    style: 'crop',
    beard: 'full',
    glasses: '#3a2d27',
    jaw: 1.08,
    brow: 6,
    room: { wall: ['#c6b7a0', '#a3927b', '#6f604e'], items: [['window', 170], ['picture', 1060, '#c76b4a']] },
  },
};

/** Everybody blinks at once, so that there is a time for pictures: milliseconds between two blinks, and when after one it begins and ends. */
const BLINKS_EVERY = 5_000;
const PICTURES_FROM = 800;
const PICTURES_UNTIL = 2_500;

/** Whether a picture taken now shows open eyes, also of somebody whose frames arrive late. */
export function isNobodyBlinking() {
  const since = Date.now() % BLINKS_EVERY;
  return since > PICTURES_FROM && since < PICTURES_UNTIL;
}

/**
 * The script that puts somebody before the camera of a page: what `getUserMedia` gives as video shows them. It belongs before all others.
 *
 * @param {string} name one of `PEOPLE`
 */
export function sceneOf(name) {
  return `(${camera})(${JSON.stringify(PEOPLE[name])}, ${backdrop}, ${portrait}, ${BLINKS_EVERY});`;
}

/** Runs inside the page. */
function camera(person, backdrop, portrait, blinksEvery) {
  const devices = navigator.mediaDevices;
  if (!devices) return;
  const layer = () => Object.assign(document.createElement('canvas'), { width: 1280, height: 720 }).getContext('2d');
  let layers;

  /** Frames a second: enough to see that somebody lives, and the machine has the rest to make each of them sharp. */
  const FRAMES = 8;

  const film = (real) => {
    layers ??= { room: backdrop(person.room, layer), ...portrait(person, layer) };
    const g = layer();
    const paint = () => {
      const now = performance.now() / 1000;
      const breath = Math.sin(now * 1.3);
      g.drawImage(layers.room, 0, 0);
      g.drawImage(layers.body, 0, 1.5 + breath);
      g.drawImage(Date.now() % blinksEvery < 180 ? layers.closed : layers.open, Math.sin(now * 0.7) * 1.2, breath * 0.8);
    };
    paint();
    const timer = setInterval(paint, 1000 / FRAMES);
    const [track] = g.canvas.captureStream(FRAMES).getVideoTracks();
    // It is the camera that was asked for, with another picture.
    const { deviceId, groupId } = real.getSettings();
    const { getSettings, stop } = track;
    Object.defineProperty(track, 'label', { value: real.label });
    track.getSettings = () => ({ ...getSettings.call(track), deviceId, groupId });
    track.stop = () => {
      clearInterval(timer);
      real.stop();
      stop.call(track);
    };
    return track;
  };

  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await ask(constraints);
    for (const real of stream.getVideoTracks()) {
      stream.removeTrack(real);
      stream.addTrack(film(real));
    }
    return stream;
  };

  // What the devices of a desk may be called.
  const names = { videoinput: ['Desk camera'], audioinput: ['System default', 'Desk microphone', 'Headset'], audiooutput: ['System default', 'Loudspeakers', 'Headset'] };
  const list = devices.enumerateDevices.bind(devices);
  devices.enumerateDevices = async () => {
    const of = { videoinput: 0, audioinput: 0, audiooutput: 0 };
    return (await list()).map(({ deviceId, groupId, kind, label }) => {
      const name = names[kind][of[kind]++];
      return { deviceId, groupId, kind, label: label && (name ?? label) };
    });
  };
}

/**
 * Runs inside a page: whether every picture has the height, in CSS pixels, at which it is drawn. Sizes are asked for in coarse steps, so
 * a little less is enough.
 */
export function isSharp() {
  const videos = [...document.querySelectorAll('[data-picture="true"] video')];
  return videos.every(({ videoWidth, videoHeight, clientWidth, clientHeight }) => {
    if (!videoHeight) return false;
    return Math.max(clientWidth / videoWidth, clientHeight / videoHeight) <= 1.2;
  });
}
