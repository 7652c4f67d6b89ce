// An ordinary WebRTC client: a bare RTCPeerConnection and the JSON of PROTOCOL.md, with none of Parlour's own code. It sends one
// microphone and one camera and has no data channel. It is sent to the browser as text, so it may not use anything from outside itself.

/**
 * Joins a room and holds a call with everybody in it. Sets `window.foreign` to what it sees of each.
 *
 * @param {{ url: string, room: string, name: string }} where
 */
export async function foreignClient({ url, room, name }) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const socket = new WebSocket(url, 'parlour.v1+json');
  const peers = new Map();
  let iceServers = [];
  const problems = [];
  const say = (message) => socket.send(JSON.stringify(message));
  const signal = (to, body) => say({ signal: { to, signal: body } });

  function open(id, number) {
    peers.get(id)?.connection.close();
    const connection = new RTCPeerConnection({ iceServers });
    const peer = { connection, number, generation: 0, remote: 0, early: [], tracks: [], msids: [] };
    peers.set(id, peer);
    connection.onicecandidate = ({ candidate }) =>
      signal(id, {
        candidate: {
          connection: number,
          generation: peer.generation,
          candidate: candidate?.candidate ?? '',
          'sdp-mid': candidate?.sdpMid ?? null,
          'sdp-m-line-index': candidate?.sdpMLineIndex ?? null,
          'username-fragment': candidate?.usernameFragment ?? null,
        },
      });
    connection.ontrack = ({ track, streams }) => {
      peer.tracks.push(track);
      peer.msids.push([track.kind, streams[0]?.id]);
      const element = document.body.appendChild(document.createElement(track.kind));
      element.muted = true;
      element.srcObject = new MediaStream([track]);
      element.play().catch(() => {});
    };
    return peer;
  }

  async function describe(id, peer, answers) {
    await peer.connection.setLocalDescription();
    peer.generation += 1;
    const { type, sdp } = peer.connection.localDescription;
    signal(id, { description: { connection: peer.number, generation: peer.generation, answers, kind: type, sdp } });
  }

  async function take(id, { description, candidate, rebuild }) {
    if (description) {
      let peer = peers.get(id);
      if (description.kind === 'offer' && peer?.number !== description.connection) {
        peer = open(id, description.connection);
      }
      await peer.connection.setRemoteDescription({ type: description.kind, sdp: description.sdp });
      peer.remote = description.generation;
      for (const early of peer.early.splice(0)) await peer.connection.addIceCandidate(early);
      if (description.kind === 'offer') {
        // As ordinary clients do: addTrack() takes the first transceiver of each kind.
        if (peer.generation === 0) stream.getTracks().forEach((track) => peer.connection.addTrack(track, stream));
        await describe(id, peer, description.generation);
      }
    } else if (candidate?.candidate) {
      const peer = peers.get(id);
      if (!peer || peer.number !== candidate.connection) return;
      const init = {
        candidate: candidate.candidate,
        sdpMid: candidate['sdp-mid'],
        sdpMLineIndex: candidate['sdp-m-line-index'],
        usernameFragment: candidate['username-fragment'],
      };
      if (peer.remote < candidate.generation) peer.early.push(init);
      else await peer.connection.addIceCandidate(init);
    } else if (rebuild) {
      await call(id, rebuild.connection + 1);
    }
  }

  /** Who was there first makes the offer. */
  async function call(id, number = 0) {
    const peer = open(id, number);
    stream.getTracks().forEach((track) => peer.connection.addTrack(track, stream));
    await describe(id, peer, null);
  }

  // One after the other: descriptions and candidates have an order.
  let last = Promise.resolve();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    last = last.then(async () => {
      if (message.joined) iceServers = message.joined['ice-servers'].map(({ urls, username, credential }) => ({ urls, username: username ?? undefined, credential: credential ?? undefined }));
      if (message['peer-joined']) await call(message['peer-joined'].peer.id);
      if (message['peer-left']) {
        peers.get(message['peer-left'].peer)?.connection.close();
        peers.delete(message['peer-left'].peer);
      }
      if (message.signal) await take(message.signal.from, message.signal.signal);
      if (message.error) problems.push(message.error.code);
    }).catch((error) => problems.push(String(error)));
  };
  await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
  say({ join: { room, name, media: { microphone: 'on', camera: 'on' } } });

  window.foreign = {
    problems: () => problems,
    /** Of each peer: the frames and the sound that have come, and how many m-lines the remote side described. */
    look: () =>
      Promise.all(
        [...peers.values()].map(async ({ connection, msids }) => {
          const all = [...(await connection.getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
          const of = (kind) => all.filter((stats) => stats.kind === kind);
          return {
            state: connection.connectionState,
            frames: Math.max(0, ...of('video').map(({ framesDecoded = 0 }) => framesDecoded)),
            packets: Math.max(0, ...of('audio').map(({ packetsReceived = 0 }) => packetsReceived)),
            msids,
            lines: (connection.remoteDescription?.sdp.match(/^m=/gm) ?? []).length,
          };
        }),
      ),
    leave: () => {
      say('leave');
      peers.forEach(({ connection }) => connection.close());
      stream.getTracks().forEach((track) => track.stop());
    },
  };
}
