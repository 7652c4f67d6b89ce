// Devices that do what a test tells them. Each function is put into the page before its own code, as text, so it may not use anything
// from outside itself.

/**
 * Cameras, microphones and speakers that are plugged out and in, muted, and asked for. Installs `window.hardware`.
 *
 * @param {{ oneCamera?: boolean, broken?: string[], speakers?: string[], tone?: boolean | 'left' }} [options] `oneCamera`: a second camera does
 *   not open while one is open; `broken`: labels of devices that never open; `speakers`: their labels, instead of the real ones;
 *   `tone`: the microphone hears one tone without a pause; `'left'`: with its left ear alone; `holds`: questions stay open from the beginning
 */
export function hardware({ oneCamera = false, broken = [], speakers, tone = false, holds = false } = {}) {
  if (window.hardware || !window.MediaDevices) return;
  const prototype = MediaDevices.prototype;
  const { getUserMedia, enumerateDevices } = prototype;
  const unplugged = new Set();
  const tracks = new Set();
  const questions = [];
  const sinks = new Map();
  const routed = [];
  let held;
  let forbidden = false;

  const real = (label) => !unplugged.has(label);
  const list = async (devices) => {
    const found = await enumerateDevices.call(devices);
    const outputs = speakers?.map((label) => ({ kind: 'audiooutput', deviceId: label === 'Default' ? 'default' : label, label, groupId: label }));
    return [...found.filter(({ kind }) => !outputs || kind !== 'audiooutput'), ...(outputs ?? [])];
  };
  prototype.enumerateDevices = async function listed() {
    return (await list(this)).filter(({ label }) => real(label));
  };

  /** What is to be asked of the browser, so that it opens nothing that is plugged out. */
  const narrowed = async (devices, kind, wanted) => {
    const all = (await enumerateDevices.call(devices)).filter((device) => device.kind === kind);
    const asked = wanted.deviceId?.exact ?? wanted.deviceId?.ideal;
    const found = all.find(({ deviceId }) => deviceId === asked);
    if (asked && found && broken.includes(found.label)) throw new DOMException('Could not start source', 'NotReadableError');
    if (!unplugged.size || (found && real(found.label))) return wanted;
    const [other] = all.filter(({ label }) => label && real(label));
    if (wanted.deviceId?.exact || !other) throw new DOMException('Requested device not found', 'NotFoundError');
    return { ...wanted, deviceId: { exact: other.deviceId } };
  };

  prototype.getUserMedia = async function asked({ video, audio }) {
    questions.push({ video: Boolean(video), audio: Boolean(audio), exact: video?.deviceId?.exact ?? audio?.deviceId?.exact });
    const isOpen = [...tracks].some(({ kind, readyState }) => kind === 'video' && readyState === 'live');
    if (forbidden) throw new DOMException('Permission denied', 'NotAllowedError');
    if (video && oneCamera && isOpen) throw new DOMException('Could not start video source', 'NotReadableError');
    const constraints = {};
    if (video) constraints.video = await narrowed(this, 'videoinput', video);
    if (audio) constraints.audio = await narrowed(this, 'audioinput', audio);
    await held?.promise;
    const stream = await getUserMedia.call(this, constraints);
    if (audio && tone) {
      const context = new AudioContext();
      const oscillator = context.createOscillator();
      const output = context.createMediaStreamDestination();
      const ears = context.createChannelMerger(2);
      if (tone === 'left') oscillator.connect(ears, 0, 0).connect(output);
      else oscillator.connect(output);
      oscillator.start();
      stream.getAudioTracks().forEach((track) => (track.stop(), stream.removeTrack(track)));
      stream.addTrack(output.stream.getAudioTracks()[0]);
      addEventListener('click', () => context.resume());
    }
    stream.getTracks().forEach((track) => tracks.add(track));
    return stream;
  };

  if (speakers) {
    HTMLMediaElement.prototype.setSinkId = async function routedTo(id) {
      routed.push(id);
      sinks.set(this, id);
    };
    Object.defineProperty(HTMLMediaElement.prototype, 'sinkId', {
      configurable: true,
      get() {
        return sinks.get(this) ?? '';
      },
    });
  }

  const end = (ends) => {
    for (const track of tracks) {
      if (!ends(track) || track.readyState !== 'live') continue;
      track.stop();
      track.dispatchEvent(new Event('ended'));
    }
  };
  const hold = () => {
    held = {};
    held.promise = new Promise((resolve, reject) => Object.assign(held, { answer: resolve, fail: reject }));
  };
  if (holds) hold();
  const changed = () => navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  window.hardware = {
    /** What the page has asked for so far, one entry a question. */
    questions: () => questions,
    /** Every speaker that sound was sent to, and where the elements on the page play now. */
    routed: () => routed,
    playsOn: () => [...new Set([...document.querySelectorAll('audio')].map((element) => element.sinkId))],
    labels: () => [...tracks].filter(({ readyState }) => readyState === 'live').map(({ label }) => label),

    /** Plugs a device out: its tracks end, and no list has it. */
    unplug(label) {
      unplugged.add(label);
      end((track) => track.label === label);
      changed();
    },
    plug(label) {
      unplugged.delete(label);
      changed();
    },

    /** The track of a kind ends, and its device stays, as a phone does it. */
    end: (kind) => end((track) => track.kind === kind),

    /** The person takes the permission back, and the tracks end. */
    forbid() {
      Permissions.prototype.query = async () => ({ state: 'denied', addEventListener() {} });
      forbidden = true;
      end(() => true);
    },

    /** The system mutes all of a kind, as a shutter or a telephone call does. */
    mute(kind, muted) {
      for (const track of tracks) {
        if (track.kind !== kind || track.readyState !== 'live') continue;
        Object.defineProperty(track, 'muted', { value: muted, configurable: true });
        track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
      }
    },

    /** Keeps questions open from now on, until `answer` is called. */
    hold,
    /** Goes on with the open questions, or lets them fail with an error of this name. */
    answer(error) {
      if (error) held.fail(new DOMException('made to fail', error));
      else held.answer();
      held = undefined;
    },
  };
}

/** A page that can be hidden and seen again. Installs `window.curtain`. */
export function curtain() {
  let state = 'visible';
  Object.defineProperty(Document.prototype, 'visibilityState', { configurable: true, get: () => state });
  Object.defineProperty(Document.prototype, 'hidden', { configurable: true, get: () => state !== 'visible' });
  window.curtain = (visible) => {
    state = visible ? 'visible' : 'hidden';
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  };
}

/**
 * A browser that asks the page to open its small window when the person leaves the tab. (A headless one has no tabs to leave.) Installs
 * `window.leavesTab`.
 */
export function tabs() {
  const native = MediaSession.prototype.setActionHandler;
  MediaSession.prototype.setActionHandler = function set(action, handler) {
    if (action === 'enterpictureinpicture') window.leavesTab = () => handler({ action, enterPictureInPictureReason: 'useraction' });
    return native.call(this, action, handler);
  };
}

/** Keeps the connections that the page talks over, and their data channels. Installs `window.wires`. */
export function wires() {
  const native = RTCPeerConnection.prototype.createDataChannel;
  const made = new Map();
  RTCPeerConnection.prototype.createDataChannel = function created(...args) {
    const channel = native.apply(this, args);
    made.set(this, [...(made.get(this) ?? []), channel]);
    return channel;
  };
  const open = () => [...made.keys()].filter(({ connectionState }) => connectionState === 'connected');
  let strange;
  window.wires = {
    /** For each connection, its channels as `id: state`. */
    channels: () => open().map((connection) => made.get(connection).map(({ id, readyState }) => `${id}: ${readyState}`)),
    /** For each connection, the stream ids of each side's m-lines, in their order. */
    streams: () =>
      open().map(({ localDescription, remoteDescription }) =>
        [localDescription, remoteDescription].map(({ sdp }) =>
          sdp
            .split('\r\nm=')
            .slice(1)
            .filter((section) => /^(audio|video) /.test(section))
            .map((section) => section.match(/^a=msid:(\S+)/m)?.[1]),
        ),
      ),
    /** Makes a channel that nobody asked for; `strange` tells how it fares. */
    intrude() {
      strange = native.call(open()[0], 'uninvited');
    },
    strange: () => strange.readyState,
    /** Says a text on all channels, where only bytes belong. */
    say(text) {
      for (const channel of made.get(open()[0])) channel.send(text);
    },
  };
}
