// Draws the room behind somebody at a camera. It is sent to the browser as text, so it may not use anything from outside itself.

/**
 * Paints a room out of focus, 1280 by 720.
 *
 * @param {{ wall: string[], items: [string, number, string?][] }} room the wall from light to shade; what stands before it, where its
 *   middle is, and its colour
 * @param {() => CanvasRenderingContext2D} layer makes an empty one
 */
export function backdrop({ wall, items }, layer) {
  const g = layer();
  const path = (text) => new Path2D(text);
  const fill = (shape, style) => {
    g.fillStyle = style;
    g.fill(typeof shape === 'string' ? path(shape) : shape);
  };
  const gradient = (colours, x1, y1, x2, y2) => {
    const made = g.createLinearGradient(x1, y1, x2, y2);
    colours.forEach((colour, index) => made.addColorStop(index / (colours.length - 1), colour));
    return made;
  };
  const glow = (x, y, radius, colour) => {
    const made = g.createRadialGradient(x, y, 0, x, y, radius);
    made.addColorStop(0, colour);
    made.addColorStop(0.45, `${colour.slice(0, 7)}44`);
    made.addColorStop(1, `${colour.slice(0, 7)}00`);
    g.fillStyle = made;
    g.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  };
  const box = (x, y, width, height, radius, style) => {
    const shape = new Path2D();
    shape.roundRect(x, y, width, height, radius);
    fill(shape, style);
  };

  const ITEMS = {
    window: (x) => {
      box(x - 165, 20, 330, 460, 4, '#efe6d8');
      box(x - 150, 34, 300, 432, 2, gradient(['#fdf3dc', '#f3e3c4', '#c9d0b4', '#93a684'], x, 34, x, 466));
      for (const [dx, dy, r] of [[-90, 350, 74], [-10, 390, 80], [90, 340, 90], [130, 400, 60], [-140, 410, 60]]) glow(x + dx, dy, r, '#7f9a70bb');
      glow(x - 30, 120, 170, '#fffbeeff');
      box(x - 5, 34, 10, 432, 0, '#efe6d8');
      box(x - 150, 236, 300, 9, 0, '#efe6d8');
      box(x - 185, 476, 370, 20, 3, gradient(['#f6eee2', '#cdbfa9'], x, 476, x, 496));
      // Curtains.
      for (const side of [-1, 1]) {
        const [inner, outer] = [x + side * 118, x + side * 220];
        fill(`M${outer} 0H${x + side * 96}C${inner} 180 ${inner + side * 18} 420 ${inner} 640H${outer}Z`, gradient(['#f3eadbee', '#d9cbb4ee', '#efe5d4ee', '#cfc0a8ee'], Math.min(inner, outer), 0, Math.max(inner, outer), 0));
      }
      glow(x, 240, 460, '#fff3d655');
    },
    lamp: (x, colour = '#f3c877') => {
      glow(x, 262, 430, '#ffd999aa');
      box(x - 5, 330, 10, 420, 4, '#6d5238');
      fill(`M${x - 58} 196H${x + 58}L${x + 92} 344H${x - 92}Z`, gradient(['#fff0cf', colour, '#dfa24e'], x, 190, x, 350));
      glow(x, 280, 190, '#fff3cfee');
      glow(x, 350, 260, '#ffe1a077');
    },
    pendant: (x) => {
      glow(x, 190, 340, '#ffd48c99');
      box(x - 2, 0, 4, 116, 0, '#3b2f28');
      fill(`M${x - 18} 112H${x + 18}C${x + 62} 124 ${x + 84} 156 ${x + 88} 192H${x - 88}C${x - 84} 156 ${x - 62} 124 ${x - 18} 112Z`, gradient(['#4a3c36', '#2f2724'], x - 80, 0, x + 80, 0));
      fill(`M${x - 88} 192A88 14 0 0 0 ${x + 88} 192Z`, '#ffe9b8');
      glow(x, 206, 110, '#fff2cccc');
    },
    plant: (x, colour = '#5d7a58') => {
      fill(`M${x - 74} 560H${x + 74}L${x + 56} 730H${x - 56}Z`, gradient(['#cf8f6c', '#a9664a'], x - 70, 0, x + 70, 0));
      const leaves = [[-70, 250, 1.2], [-40, 190, 1.3], [-14, 170, 1.5], [16, 200, 1.4], [46, 180, 1.35], [78, 260, 1.15], [-100, 330, 1], [104, 340, 1], [0, 300, 0.9]];
      for (const [index, [dx, y, size]] of leaves.entries()) {
        const tip = x + dx * 1.9;
        const root = x + dx * 0.25;
        const w = 40 * size;
        g.globalAlpha = 0.95;
        fill(`M${root} 570C${tip - w * 1.3} 450 ${tip - w} ${y + 80} ${tip} ${y}C${tip + w} ${y + 90} ${tip + w * 0.9} 450 ${root} 570Z`, gradient(index % 2 ? ['#9db48a', colour] : [colour, '#35503d'], tip, y, root, 570));
        g.globalAlpha = 1;
      }
    },
    shelf: (x) => {
      for (const y of [214, 420]) {
        const tones = ['#7b4a3a', '#d8b67c', '#46586a', '#c27a55', '#e8dcc6', '#6b7d62', '#8d5a5a', '#e0a648', '#394654', '#b9a58c'];
        let at = x - 190;
        for (let index = 0; at < x + 110; index += 1) {
          const [width, height] = [22 + ((index * 13 + y) % 5) * 5, 96 + ((index * 37 + y) % 6) * 11];
          const tone = tones[(index * 3 + y) % tones.length];
          box(at, y - height, width, height, 3, gradient([tone, tone, '#2b211a'], at, 0, at + width * 2.4, 0));
          at += width + 3;
        }
        if (y === 214) {
          fill(`M${x + 128} ${y}C${x + 104} ${y - 30} ${x + 118} ${y - 66} ${x + 140} ${y - 70}V${y - 96}H${x + 164}V${y - 70}C${x + 186} ${y - 66} ${x + 200} ${y - 30} ${x + 176} ${y}Z`, gradient(['#e9dcc6', '#b99f80'], x + 110, 0, x + 196, 0));
        } else {
          glow(x + 156, y - 30, 64, '#5d7a58ee');
          box(x + 126, y - 46, 60, 46, 8, '#d0a27c');
        }
        box(x - 210, y, 420, 18, 2, gradient(['#a97b52', '#7d5736'], 0, y, 0, y + 18));
        box(x - 210, y + 18, 420, 26, 0, gradient(['#2a1a1033', '#2a1a1000'], 0, y + 18, 0, y + 44));
      }
    },
    picture: (x, colour = '#e9a640') => {
      box(x - 112, 96, 224, 280, 2, '#2a1a1022');
      box(x - 116, 84, 224, 280, 3, '#4a382b');
      box(x - 106, 94, 204, 260, 1, '#f4ebdd');
      g.save();
      g.beginPath();
      g.rect(x - 78, 122, 148, 204);
      g.clip();
      fill(`M${x - 90} 100H${x + 90}V340H${x - 90}Z`, '#efd9b8');
      fill(`M${x + 6} 190m-44 0a44 44 0 1 0 88 0a44 44 0 1 0-88 0`, colour);
      fill(`M${x - 90} 270C${x - 50} 220 ${x - 10} 250 ${x + 20} 270S${x + 70} 240 ${x + 90} 250V340H${x - 90}Z`, '#7d8f83');
      fill(`M${x - 90} 300C${x - 40} 270 ${x} 300 ${x + 90} 286V340H${x - 90}Z`, '#3f5560');
      g.restore();
    },
    chest: (x) => {
      box(x - 190, 520, 380, 240, 6, gradient(['#9a6d48', '#6f4b30'], x - 190, 0, x + 190, 0));
      box(x - 200, 506, 400, 20, 4, gradient(['#b98a5f', '#8a6140'], 0, 506, 0, 526));
      fill(`M${x - 74} 508C${x - 100} 470 ${x - 92} 436 ${x - 70} 424V404H${x - 34}V424C${x - 12} 436 ${x - 4} 470 ${x - 30} 508Z`, gradient(['#f0e4d0', '#b8a284'], x - 96, 0, x - 8, 0));
      for (const [dx, dy] of [[-110, 330], [-60, 290], [-20, 336], [-84, 356], [-40, 370]]) glow(x + dx, dy, 46, '#d98f5eee');
      box(x + 34, 484, 110, 22, 3, '#46586a');
      box(x + 42, 464, 96, 20, 3, '#d8b67c');
      box(x + 30, 446, 104, 18, 3, '#8d5a4a');
    },
  };

  g.fillStyle = gradient(wall, 0, 0, 1280, 720);
  g.fillRect(0, 0, 1280, 720);
  glow(260, 120, 760, '#fff4dc88');
  for (const [name, x, colour] of items) ITEMS[name](x, colour);

  // Out of focus, a little darker to the edges; drawn larger than the frame, so that the blur has no rim.
  const soft = layer();
  soft.filter = 'blur(9px)';
  soft.drawImage(g.canvas, -24, -14, 1328, 748);
  soft.filter = 'none';
  const edge = soft.createRadialGradient(640, 330, 300, 640, 360, 860);
  edge.addColorStop(0, '#20140800');
  edge.addColorStop(1, '#20140866');
  soft.fillStyle = edge;
  soft.fillRect(0, 0, 1280, 720);
  return soft.canvas;
}
