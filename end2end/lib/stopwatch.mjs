// A stopwatch in the page: when somebody clicked, and when the first frame of somebody else was shown
// (requestVideoFrameCallback). It is sent to the browser as text, so it may not use anything from outside itself.

/** Installs `window.stopwatch`, before the page's own code. Its times are those of performance.now(). */
export function stopwatch() {
  const remote = new WeakSet();
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener('track', ({ track }) => remote.add(track));
    }
  };
  let show;
  window.stopwatch = { clicked: undefined, firstFrame: undefined, shown: new Promise((resolve) => (show = resolve)) };
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  const watch = (video) =>
    video.requestVideoFrameCallback(() => {
      if (window.stopwatch.firstFrame !== undefined) return;
      if (video.srcObject?.getVideoTracks().some((track) => remote.has(track))) {
        window.stopwatch.firstFrame = performance.now();
        show();
      } else watch(video);
    });
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    configurable: true,
    enumerable: true,
    get,
    set(stream) {
      set.call(this, stream);
      if (stream && this instanceof HTMLVideoElement) watch(this);
    },
  });
  document.addEventListener('click', () => (window.stopwatch.clicked = performance.now()), { capture: true });
}
