// A screen that a test can share, and its sound. The function is put into the page before its own code, as text, so it may not use anything
// from outside itself.

/**
 * Answers every question for a screen. Installs `window.screenShare`.
 *
 * @param {{ surface?: string, ownAudioRestricted?: boolean, audio?: boolean, refuse?: string, width?: number, height?: number, colour?: string }} [options]
 *   `surface`: what `displaySurface` says; `ownAudioRestricted`: what the sound's setting `restrictOwnAudio` says; `audio`: whether sound comes with it;
 *   `refuse`: the name of the error that answers instead; `colour`: of the left half, a checkerboard of two pixels is the right one
 */
export function screen({ surface = 'window', ownAudioRestricted, audio = false, refuse, width = 1280, height = 720, colour = '#c00000' } = {}) {
  if (window.screenShare || !window.MediaDevices) return;
  const asked = [];
  const tracks = [];
  let held;
  let paints = 0;
  const settings = (track, more) => {
    const native = track.getSettings.bind(track);
    track.getSettings = () => ({ ...native(), ...more });
    return track;
  };
  const paint = (context, at) => {
    context.fillStyle = at.colour;
    context.fillRect(0, 0, width / 2, height);
    // Something moves, so that frames come.
    context.fillStyle = '#fff';
    context.fillRect(20 + (paints++ % 50) * 4, 20, 40, 40);
  };
  const checker = (context) => {
    for (let y = 0; y < height; y += 2) {
      for (let x = width / 2; x < width; x += 4) {
        context.fillStyle = '#000';
        context.fillRect(x + (y % 4), y, 2, 2);
      }
    }
  };
  MediaDevices.prototype.getDisplayMedia = async function share(options) {
    asked.push(options);
    const number = asked.length;
    await held?.promise;
    if (refuse) throw new DOMException('Permission denied', refuse);
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    const at = { colour: number === 1 ? colour : '#0000c0' };
    checker(context);
    paint(context, at);
    const stream = canvas.captureStream(5);
    const [picture] = stream.getVideoTracks();
    settings(picture, { displaySurface: surface, width, height });
    const timer = setInterval(() => (picture.readyState === 'live' ? paint(context, at) : clearInterval(timer)), 200);
    tracks.push(picture);
    if (audio) {
      const sound = new AudioContext();
      const oscillator = sound.createOscillator();
      const output = sound.createMediaStreamDestination();
      oscillator.connect(output);
      oscillator.start();
      const [track] = output.stream.getAudioTracks();
      settings(track, ownAudioRestricted === undefined ? {} : { restrictOwnAudio: ownAudioRestricted });
      stream.addTrack(track);
      tracks.push(track);
    }
    return stream;
  };
  window.screenShare = {
    /** What the page has asked for, each time. */
    asked: () => JSON.parse(JSON.stringify(asked)),
    /** Tracks that are being captured. */
    live: () => tracks.filter(({ readyState }) => readyState === 'live').map(({ kind }) => kind),
    hints: () => tracks.filter(({ readyState }) => readyState === 'live').map(({ contentHint }) => contentHint),
    /** The browser's own bar ends it. */
    end() {
      for (const track of tracks.splice(0)) {
        track.stop();
        track.dispatchEvent(new Event('ended'));
      }
    },
    /** Questions stay open from now on, until they are answered. */
    hold() {
      held = {};
      held.promise = new Promise((resolve) => Object.assign(held, { answer: resolve }));
    },
    answer: () => held.answer(),
  };
}
