// A screen that pictures can be taken of: a slide of a talk. The function is put into the page before its own code, as text, so it may not
// use anything from outside itself.

/** Answers every question for a screen with the slide. */
export function slide() {
  const [width, height] = [1280, 720];
  const paint = (context, tick) => {
    const text = (words, x, y, font, colour, align = 'left') => {
      Object.assign(context, { font: `${font} "DejaVu Sans", sans-serif`, fillStyle: colour, textAlign: align });
      context.fillText(words, x, y);
    };
    context.fillStyle = '#fffdf9';
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#e9a23b';
    context.fillRect(72, 84, 56, 8);
    text('Garden: what grew where', 72, 148, '600 46px', '#26221d');
    text('Kilograms a bed, spring to autumn', 72, 194, '24px', '#6d655b');
    const beds = [
      ['Beans', 34, '#6f8f5f'],
      ['Tomatoes', 52, '#c0583f'],
      ['Squash', 71, '#e0992f'],
      ['Beets', 27, '#8c4a63'],
      ['Chard', 43, '#4f7d73'],
    ];
    for (const [place, [name, harvest, colour]] of beds.entries()) {
      const [x, tall] = [120 + place * 220, harvest * 4.6];
      context.fillStyle = colour;
      context.beginPath();
      context.roundRect(x, 600 - tall, 132, tall, [10, 10, 0, 0]);
      context.fill();
      text(String(harvest), x + 66, 584 - tall, '600 28px', '#26221d', 'center');
      text(name, x + 66, 644, '24px', '#6d655b', 'center');
    }
    context.fillStyle = '#d9d2c7';
    context.fillRect(72, 600, 1136, 2);
    // Something changes, so that frames come: too little to be seen.
    context.fillStyle = tick % 2 ? '#fffdf9' : '#fffdf8';
    context.fillRect(0, 0, 2, 2);
  };
  MediaDevices.prototype.getDisplayMedia = async function share() {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d');
    let tick = 0;
    paint(context, tick);
    const stream = canvas.captureStream(5);
    const [picture] = stream.getVideoTracks();
    const native = picture.getSettings.bind(picture);
    picture.getSettings = () => ({ ...native(), displaySurface: 'window', width, height });
    const timer = setInterval(() => (picture.readyState === 'live' ? paint(context, (tick += 1)) : clearInterval(timer)), 200);
    return stream;
  };
}
