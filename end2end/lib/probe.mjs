// What runs inside the page before the page's own code: a recorder of everything that a call must give back, and the
// eyes and ears of the tests. It is sent to the browser as text, so it may not use anything from outside itself.

/**
 * Installs `window.probe`.
 *
 * @param {{ refuse?: { video?: string, audio?: string }, relayOnly?: 'udp' | 'tcp' | 'tls', onlyRelay?: string }} options `refuse` makes getUserMedia
 *   fail with an error of that name whenever such a device is asked for; with `relayOnly` connections know no other way
 *   than a relay that they reach by this transport, with `onlyRelay` none but that address
 */
export function probe({ refuse = {}, relayOnly, onlyRelay } = {}) {
  if (window.probe) return;
  const connections = [];
  const isOpen = ({ connectionState }) => connectionState !== 'closed';
  /** A connection on which something was said. */
  const isUsed = ({ localDescription, remoteDescription }) => Boolean(localDescription ?? remoteDescription);
  const sockets = [];
  const audioContexts = [];
  const tracks = new Set();
  const trials = [];
  const intervals = new Set();
  const timeouts = new Set();

  if (relayOnly || onlyRelay) {
    const forced = (configuration) => {
      const over = (url) => {
        if (onlyRelay) return url === `turn:${onlyRelay}`;
        return relayOnly === 'tls' ? url.startsWith('turns:') : url.startsWith('turn:') && url.endsWith(`?transport=${relayOnly}`);
      };
      const servers = (configuration?.iceServers ?? []).map((server) => ({ ...server, urls: [server.urls].flat().filter(over) }));
      return { ...configuration, iceServers: servers.filter(({ urls }) => urls.length), iceTransportPolicy: 'relay' };
    };
    const Native = window.RTCPeerConnection;
    window.RTCPeerConnection = class RTCPeerConnection extends Native {
      constructor(configuration) {
        super(forced(configuration));
      }
      setConfiguration(configuration) {
        super.setConfiguration(forced(configuration));
      }
    };
  }

  const recorded = (name, list, then = () => undefined) => {
    const Native = window[name];
    if (!Native) return;
    window[name] = new Proxy(Native, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget === window[name] ? target : newTarget);
        list.push(made);
        then(made);
        return made;
      },
    });
  };
  recorded('RTCPeerConnection', connections, (connection) => {
    const { iceTransportPolicy, iceServers } = connection.getConfiguration();
    if (relayOnly || onlyRelay || iceTransportPolicy !== 'relay' || [iceServers[0]?.urls].flat().length !== 1) return;
    // A trial of one address.
    const trial = { connection, answered: false };
    trials.push(trial);
    connection.addEventListener('icecandidate', () => (trial.answered = true));
  });
  let secret;
  recorded('WebSocket', sockets, (socket) =>
    socket.addEventListener('message', ({ data }) => {
      // `joined` and `resumed` bring it: 57 bytes in base64url, behind their length.
      const bytes = data instanceof ArrayBuffer ? new TextDecoder('latin1').decode(data) : '';
      secret = bytes.match(/L([\w-]{76})/)?.[1] ?? secret;
    }),
  );
  recorded('AudioContext', audioContexts);

  const keep = (stream) => {
    for (const track of stream.getTracks()) tracks.add(track);
    return stream;
  };
  if (window.MediaDevices) {
    const native = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = async function getUserMedia(constraints) {
      for (const kind of ['video', 'audio']) {
        if (constraints?.[kind] && refuse[kind]) throw new DOMException(`made to fail: ${kind}`, refuse[kind]);
      }
      return keep(await native.call(this, constraints));
    };
    // A browser that refuses says so when it is asked about permissions, too.
    const refused = { camera: refuse.video === 'NotAllowedError', microphone: refuse.audio === 'NotAllowedError' };
    const query = window.Permissions?.prototype.query;
    if (query) {
      Permissions.prototype.query = async function asked(descriptor) {
        return refused[descriptor?.name] ? { state: 'denied' } : query.call(this, descriptor);
      };
    }
    const clone = MediaStreamTrack.prototype.clone;
    MediaStreamTrack.prototype.clone = function cloned() {
      const copy = clone.call(this);
      tracks.add(copy);
      return copy;
    };
  }

  const { setTimeout: startTimeout, clearTimeout: stopTimeout, setInterval: startInterval, clearInterval: stopInterval } = window;
  window.setTimeout = (handler, delay, ...args) => {
    const id = startTimeout.call(
      window,
      (...given) => {
        timeouts.delete(id);
        handler(...given);
      },
      delay,
      ...args,
    );
    timeouts.add(id);
    return id;
  };
  window.setInterval = (handler, delay, ...args) => {
    const id = startInterval.call(window, handler, delay, ...args);
    intervals.add(id);
    return id;
  };
  // Both clear functions take the ids of both kinds (HTML, "timers").
  window.clearTimeout = (id) => (timeouts.delete(id), intervals.delete(id), stopTimeout.call(window, id));
  window.clearInterval = (id) => (timeouts.delete(id), intervals.delete(id), stopInterval.call(window, id));

  // A browser may keep this to itself; the tests must hear of it in every browser.
  document.addEventListener('securitypolicyviolation', (event) =>
    console.error(`content security policy: ${event.violatedDirective} blocked ${event.blockedURI || 'inline code'}`),
  );

  const visible = (element) =>
    Boolean(element?.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })) &&
    element.getBoundingClientRect().width > 0;
  // The bar of a call rests while nobody stirs: who looks for a button moves the pointer, and finds it.
  const reachable = (element) =>
    element.checkVisibility({ contentVisibilityAuto: true }) && element.getBoundingClientRect().width > 0;
  const text = (element) => element.innerText.replace(/\s+/g, ' ').trim();
  const nameOf = (element) =>
    element.getAttribute('aria-label') ?? (element.labels?.length ? text(element.labels[0]) : text(element));
  const ROLES = {
    button: 'button, [role="button"]',
    heading: 'h1, h2, h3, [role="heading"]',
    link: 'a[href]',
    radio: '[role="radio"]',
    switch: '[role="switch"]',
    textbox: 'input:not([type]), input[type="text"], textarea, [role="textbox"]',
  };
  const tiles = () => [...document.querySelectorAll('[role="group"][data-peer]')];
  const tileOf = ({ name, peer }) =>
    tiles().find((tile) => (peer ? tile.dataset.peer === peer : tile.getAttribute('aria-label') === name));

  /** The connection and the receiver that bring the track of this kind which the element plays. */
  const sourceOf = (element, kind) => {
    const playing = element?.srcObject?.getTracks().filter((track) => track.kind === kind) ?? [];
    for (const connection of connections) {
      const receiver = connection.getReceivers().find(({ track }) => playing.includes(track));
      if (receiver) return { connection, receiver };
    }
    return {};
  };
  // Frames that reached the screen. Only the element itself knows; Firefox's getVideoPlaybackQuality() says 0 for streams.
  const shown = new WeakMap();
  const framesShown = (video) => {
    if (!video) return 0;
    if (!shown.has(video)) {
      shown.set(video, 0);
      const count = () => {
        shown.set(video, shown.get(video) + 1);
        video.requestVideoFrameCallback(count);
      };
      video.requestVideoFrameCallback(count);
    }
    return shown.get(video);
  };
  const inbound = async (receiver) => {
    if (!receiver) return undefined;
    return [...(await receiver.getStats()).values()].find(({ type }) => type === 'inbound-rtp');
  };

  window.probe = {
    /** The people in the call besides oneself, as their tiles say. */
    tiles: () =>
      tiles().map((tile) => ({
        name: tile.getAttribute('aria-label'),
        peer: tile.dataset.peer,
        reach: tile.dataset.reach,
        away: tile.dataset.away === 'true',
      })),

    /** Begins to note how tiles say that connections are. */
    noteLinks() {
      const said = new Set();
      const note = () => tiles().forEach((tile) => said.add(tile.dataset.reach));
      note();
      const observer = new MutationObserver(note);
      observer.observe(document.body, { subtree: true, attributeFilter: ['data-reach'] });
      /** Ends it, and tells all that they said. */
      window.probe.notedLinks = () => {
        observer.disconnect();
        return [...said];
      };
    },

    /** Begins to look at every person's picture several times a second. */
    watch() {
      const begun = performance.now();
      const watched = tiles().map((tile) => {
        const video = tile.querySelector('video');
        const { connection, receiver } = sourceOf(video, 'video');
        const number = connections.indexOf(connection);
        return { tile, receiver, connection, number, frames: -1, since: begun, longest: 0, begun, shown: framesShown(video) };
      });
      const look = async (one) => {
        const { framesDecoded = 0 } = (await inbound(one.receiver)) ?? {};
        const now = performance.now();
        one.longest = Math.max(one.longest, now - one.since);
        if (framesDecoded > one.frames) Object.assign(one, { frames: framesDecoded, since: now, first: one.first ?? framesDecoded });
      };
      const id = startInterval.call(window, () => watched.forEach(look), 100);
      /** Tells of each person whether the same connection is there and how long the picture stood still; `stop` stops. */
      window.probe.watched = async ({ stop }) => {
        if (stop) stopInterval.call(window, id);
        await Promise.all(watched.map(look));
        return watched.map(({ tile, connection, number, frames, first, longest, shown }) => ({
          name: tile.getAttribute('aria-label'),
          isThere: tile.isConnected,
          number,
          state: connection?.connectionState ?? 'none',
          isShown: sourceOf(tile.querySelector('video'), 'video').connection === connection,
          frames: frames - (first ?? frames),
          shown: framesShown(tile.querySelector('video')) - shown,
          longest: Math.round(longest),
        }));
      };
    },

    /** What is to be seen and heard of one person right now. */
    async look(who) {
      const tile = tileOf(who);
      if (!tile) return { tile: null };
      const video = tile.querySelector('video');
      const audio = tile.querySelector('audio');
      const seen = sourceOf(video, 'video');
      const heard = sourceOf(audio, 'audio');
      const [picture, sound] = await Promise.all([inbound(seen.receiver), inbound(heard.receiver)]);
      const connection = seen.connection ?? heard.connection;
      return {
        tile: text(tile),
        at: performance.now(),
        connection: connection && {
          number: connections.indexOf(connection),
          state: connection.connectionState,
          ice: connection.iceConnectionState,
          signaling: connection.signalingState,
        },
        picture: {
          element: Boolean(video),
          visible: visible(video),
          paused: video?.paused,
          width: video?.videoWidth,
          decoded: picture?.framesDecoded ?? 0,
          shown: framesShown(video),
        },
        sound: {
          element: Boolean(audio),
          paused: audio?.paused,
          muted: audio?.muted,
          energy: sound?.totalAudioEnergy ?? 0,
          packets: sound?.packetsReceived ?? 0,
        },
      };
    },

    /** The own picture: the preview in the lobby, the own tile in a call. */
    preview() {
      const video = document.querySelector('video[data-preview]');
      return {
        element: Boolean(video),
        visible: visible(video),
        paused: video?.paused,
        width: video?.videoWidth ?? 0,
        label: video?.srcObject?.getVideoTracks()[0]?.label,
        live: video?.srcObject?.getVideoTracks().some(({ readyState }) => readyState === 'live') ?? false,
        mirrored: video ? new DOMMatrix(getComputedStyle(video).transform).a < 0 || getComputedStyle(video).scale.startsWith('-1') : false,
      };
    },

    /** The element of this role and name that the person can reach with the pointer. */
    find: ({ role, name }) =>
      [...document.querySelectorAll(ROLES[role])].find((element) => reachable(element) && nameOf(element) === name),

    /** Whether there is an element of this role and name for the person. */
    shows: (wanted) => Boolean(window.probe.find(wanted)),

    /** Whether the page's program runs and speaks to the server: before, it does not know how many are in the room. */
    alive: () => !/Checking who is here/.test(document.body.textContent),

    /** The page as a person could describe it on the telephone. */
    describe: () => ({
      path: location.pathname + location.search,
      headings: [...document.querySelectorAll('h1, h2')].filter(visible).map(text),
      buttons: [...document.querySelectorAll('button')]
        .filter(reachable)
        .map((button) => nameOf(button) + ({ true: ' (on)', false: ' (off)' }[button.ariaPressed] ?? '') + (button.disabled ? ' (greyed out)' : '')),
      notices: [...document.querySelectorAll('[role="alert"], [role="status"]')].filter(visible).map(text).filter(Boolean),
      people: tiles().map((tile) => `${tile.getAttribute('aria-label')}: ${text(tile)}`),
      connections: connections.map(({ connectionState, iceConnectionState }) => `${connectionState}/${iceConnectionState}`),
    }),

    /** The panel of connections: whether it is open, where the keyboard is, and what each row says. */
    panel() {
      const panel = document.querySelector('#connections');
      return {
        open: Boolean(panel?.matches(':popover-open')),
        role: panel?.getAttribute('role'),
        focus: panel?.contains(document.activeElement) ? 'panel' : document.activeElement?.getAttribute('aria-label'),
        rows: [...(panel?.querySelectorAll('tr') ?? [])].filter((row) => row.children.length > 1).map((row) => [...row.children].map((field) => text(field))),
      };
    },

    /** The trials of single relays that the lobby has made: of all of them, how many have answered and how many are still there. */
    trials: () => ({
      ever: trials.length,
      answered: trials.filter(({ answered }) => answered).length,
      open: trials.filter(({ connection }) => isOpen(connection)).length,
    }),

    /** The device itself mutes its tracks, as a switch on it does. */
    mute(kind, muted) {
      for (const track of tracks) {
        if (track.kind !== kind) continue;
        Object.defineProperty(track, 'muted', { value: muted, configurable: true });
        track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
      }
    },

    /** What takes the page's seat back, as the server said it. */
    secret: () => secret,

    /** How loud the own microphone is, as the page shows it: 0 to 1. */
    level: () => document.querySelector('meter')?.value ?? 0,

    /** Connections that are open. Not for looking at from outside: `run` gives only what JSON can say. */
    open: () => connections.filter(isOpen),

    /** The choices that a list offers. */
    choices: (name) =>
      [...document.querySelectorAll('select')]
        .filter((select) => reachable(select) && nameOf(select) === name)
        .flatMap((select) => [...select.options].map((option) => option.text)),

    /** What the page holds right now, and how much of it there has ever been. */
    holds: () => ({
      connections: connections.filter(isOpen).filter(isUsed).length,
      unused: connections.filter(isOpen).filter((connection) => !isUsed(connection)).length,
      connectionsEver: connections.length,
      tracks: [...tracks].filter(({ readyState }) => readyState === 'live').length,
      cameras: [...tracks].filter(({ readyState, kind }) => readyState === 'live' && kind === 'video').length,
      tracksEver: tracks.size,
      sockets: sockets.filter(({ readyState }) => readyState < 2).length,
      socketsEver: sockets.length,
      audioContexts: audioContexts.filter(({ state }) => state !== 'closed').length,
      intervals: intervals.size,
      timeouts: timeouts.size,
      mediaElements: document.querySelectorAll('video, audio').length,
    }),

    /**
     * For each connection that is in use: of which kinds its two ends are, and how the relay is reached. The other side's relayed end reads
     * `prflx` where its first check was here before its candidate: ask each side for its own.
     */
    paths: () =>
      Promise.all(
        connections.filter(isOpen).filter(isUsed).map(async (connection) => {
          const stats = await connection.getStats();
          const all = [...stats.values()];
          const selected = all.find(({ type }) => type === 'transport')?.selectedCandidatePairId;
          const pair = stats.get(selected) ?? all.find(({ type, selected }) => type === 'candidate-pair' && selected);
          const [local, remote] = [stats.get(pair?.localCandidateId), stats.get(pair?.remoteCandidateId)];
          return { state: connection.connectionState, local: local?.candidateType, remote: remote?.candidateType, over: local?.relayProtocol };
        }),
      ),

    /** For each connection that is in use: the transports over which it has an address on the relay. */
    transports: () =>
      Promise.all(
        connections.filter(isOpen).filter(isUsed).map(async (connection) => {
          const own = [...(await connection.getStats()).values()].filter(({ type }) => type === 'local-candidate');
          return own.filter(({ candidateType }) => candidateType === 'relay').map(({ relayProtocol }) => relayProtocol);
        }),
      ),

    /** For each connection that is in use: the username fragment of what it gathered last, and how many relayed candidates that found. */
    gathered: () =>
      connections.filter(isOpen).filter(isUsed).map(({ localDescription }) => {
        const sdp = localDescription?.sdp ?? '';
        return { fragment: sdp.match(/^a=ice-ufrag:(\S+)/m)?.[1], relayed: sdp.match(/^a=candidate:.* typ relay/gm)?.length ?? 0 };
      }),

    /** When the logins for relays lapse that open connections have, in seconds since 1970. */
    expiries: () =>
      connections
        .filter(isOpen)
        .flatMap((connection) => connection.getConfiguration().iceServers ?? [])
        .flatMap(({ username }) => (username ? [Number(username.split(':')[0])] : [])),

    /** Every address that the page gave to something that a driver does not report as a request. */
    addresses: () => [
      ...sockets.map(({ url }) => url.replace(/^ws/, 'http')),
      ...connections.flatMap((connection) =>
        (connection.getConfiguration().iceServers ?? []).flatMap(({ urls }) => [urls].flat().map((url) => url.replace(/^(stun|turn)s?:/, 'http://'))),
      ),
    ],
  };
}
