// What runs inside each page of a crowd before the page's own code: it counts what arrives from each of the others. It fits any
// page that holds its calls with RTCPeerConnection. It is sent to the browser as text, so it may not use anything from outside itself.

/**
 * Installs `window.crowd`.
 *
 * @param {{ capture?: { width: number, height: number } }} options `capture` forces the camera to this size, whatever the page asks
 */
export function crowdProbe({ capture } = {}) {
  if (window.crowd) return;
  const BETWEEN_LOOKS = 200;
  /** Of each connection: its number, the frames at the last look, and when the second look found more of them (Date.now()). */
  const known = new Map();
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = new Proxy(Native, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget === window.RTCPeerConnection ? target : newTarget);
      known.set(made, { id: known.size, frames: 0, seen: undefined });
      return made;
    },
  });

  if (capture) {
    const ask = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = function getUserMedia(constraints) {
      if (!constraints?.video) return ask.call(this, constraints);
      const { deviceId, facingMode } = constraints.video === true ? {} : constraints.video;
      const video = { ...(deviceId && { deviceId }), ...(facingMode && { facingMode }) };
      return ask.call(this, { ...constraints, video: { ...video, width: { exact: capture.width }, height: { exact: capture.height } } });
    };
    const apply = MediaStreamTrack.prototype.applyConstraints;
    MediaStreamTrack.prototype.applyConstraints = function applyConstraints(constraints = {}) {
      const { width, height, aspectRatio, resizeMode, advanced, ...rest } = constraints;
      if (this.kind !== 'video') return apply.call(this, constraints);
      return apply.call(this, { ...rest, width: { exact: capture.width }, height: { exact: capture.height } });
    };
  }

  const connected = () => [...known].filter(([connection]) => connection.connectionState === 'connected');
  /** The busiest stream of this kind: an m-line on which nobody sends is in the stats, too. */
  const incoming = (stats, kind) =>
    stats.filter((one) => one.type === 'inbound-rtp' && one.kind === kind).sort((a, b) => (b.packetsReceived ?? 0) - (a.packetsReceived ?? 0))[0];

  /** Looks at the connections on which no picture has moved yet. */
  async function look() {
    const fresh = connected().filter(([, note]) => !note.seen);
    await Promise.all(
      fresh.map(async ([connection, note]) => {
        const receivers = connection.getReceivers().filter(({ track }) => track?.kind === 'video');
        const stats = await Promise.all(receivers.map(async (receiver) => [...(await receiver.getStats()).values()]));
        const { framesDecoded = 0 } = incoming(stats.flat(), 'video') ?? {};
        if (note.frames > 0 && framesDecoded > note.frames) note.seen = Date.now();
        note.frames = framesDecoded;
      }),
    ).catch(() => undefined);
    setTimeout(look, BETWEEN_LOOKS);
  }
  look();

  /** The height in device pixels at which the whole picture of this track is drawn; what the element cuts off counts, too. */
  function drawnHeight(trackIdentifier, width, height) {
    const plays = (video) => video.srcObject?.getVideoTracks().some(({ id }) => id === trackIdentifier);
    const video = [...document.querySelectorAll('video')].find(plays);
    if (!video || !width || !height || !video.checkVisibility()) return undefined;
    const box = [video.clientWidth / width, video.clientHeight / height];
    const scale = getComputedStyle(video).objectFit === 'cover' ? Math.max(...box) : Math.min(...box);
    return Math.round(scale * height * devicePixelRatio);
  }

  async function pair([connection, { id }]) {
    const all = await connection.getStats();
    const stats = [...all.values()];
    const [picture, sound] = [incoming(stats, 'video') ?? {}, incoming(stats, 'audio') ?? {}];
    const sent = stats.filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'video');
    const out = sent.sort((a, b) => (b.framesEncoded ?? 0) - (a.framesEncoded ?? 0))[0] ?? {};
    return {
      id,
      frames: picture.framesDecoded ?? 0,
      width: picture.frameWidth ?? 0,
      height: picture.frameHeight ?? 0,
      shown: drawnHeight(picture.trackIdentifier, picture.frameWidth, picture.frameHeight),
      decodeTime: picture.totalDecodeTime ?? 0,
      samples: sound.totalSamplesReceived ?? 0,
      concealed: (sound.concealedSamples ?? 0) - (sound.silentConcealedSamples ?? 0),
      encoded: out.framesEncoded ?? 0,
      encodeTime: out.totalEncodeTime ?? 0,
      sent: stats.reduce((sum, { type, bytesSent = 0 }) => sum + (type === 'transport' ? bytesSent : 0), 0),
      codec: all.get(out.codecId)?.mimeType,
      encoder: out.encoderImplementation,
      limited: out.qualityLimitationReason,
    };
  }

  window.crowd = {
    /** When the picture began to move on each connection that is up, in milliseconds since 1970. */
    seen: () => connected().flatMap(([, { seen }]) => seen ?? []),

    /** What has come over each connection that is up and on which pictures moved, and how it is shown. */
    async read() {
      const pairs = await Promise.all(connected().filter(([, { seen }]) => seen).map(pair));
      return { at: performance.now(), ever: [...known.values()].filter(({ seen }) => seen).length, pairs };
    },

    /** Of each of them the height that comes, and the height at which it is drawn. */
    heights: async () => (await window.crowd.read()).pairs.map(({ height, shown }) => ({ height, shown })),

    /** For messages. */
    describe: () => ({
      connections: [...known].map(([{ connectionState }, { seen }]) => connectionState + (seen ? ', moves' : '')),
      says: document.body?.innerText.replace(/\s+/g, ' ').slice(0, 200),
    }),
  };
}
