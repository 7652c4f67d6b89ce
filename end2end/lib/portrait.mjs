// Draws somebody at a camera. It is sent to the browser as text, so it may not use anything from outside itself.

/**
 * Paints a person in layers of 1280 by 720: what is behind the head with the coat, the head with open eyes, and with closed ones.
 *
 * @param {{ skin: string[], hair: string[], lips: string, iris: string, coat: string[], collar: string, inner?: string, style: string,
 *   beard?: 'short' | 'full', glasses?: string, earrings?: string, jaw?: number, brow?: number }} person colours run from light to shade
 * @param {() => CanvasRenderingContext2D} layer makes an empty one
 */
export function portrait(person, layer) {
  const { skin, hair, coat, style, jaw = 1, brow = 5 } = person;
  const path = (text) => new Path2D(text);
  const mirrored = (shape) => {
    const both = new Path2D(shape);
    both.addPath(shape, new DOMMatrix([-1, 0, 0, 1, 0, 0]));
    return both;
  };
  const across = (g, colours, x1, y1, x2, y2) => {
    const gradient = g.createLinearGradient(x1, y1, x2, y2);
    colours.forEach((colour, index) => gradient.addColorStop(index / (colours.length - 1), colour));
    return gradient;
  };
  const begin = () => {
    const g = layer();
    g.translate(640, 326);
    g.scale(1.2, 1.2);
    g.lineCap = g.lineJoin = 'round';
    return g;
  };
  const fill = (g, shape, style) => {
    g.fillStyle = style;
    g.fill(shape);
  };
  const stroke = (g, shape, style, width) => {
    g.strokeStyle = style;
    g.lineWidth = width;
    g.stroke(shape);
  };
  /** Paints only inside a shape, softened by so many pixels. */
  const inside = (g, shape, blur, paint) => {
    g.save();
    g.clip(shape);
    g.filter = blur ? `blur(${blur}px)` : 'none';
    paint();
    g.restore();
  };
  const glow = (g, x, y, radius, colour, squash = 1) => {
    g.save();
    g.translate(x, y);
    g.scale(1, squash);
    const gradient = g.createRadialGradient(0, 0, 0, 0, 0, radius);
    gradient.addColorStop(0, colour);
    gradient.addColorStop(1, `${colour.slice(0, 7)}00`);
    g.fillStyle = gradient;
    g.fillRect(-radius, -radius, 2 * radius, 2 * radius);
    g.restore();
  };

  const j = jaw;
  const face = path(
    `M-91-24C-93-96-52-130 0-130S93-96 91-24C90 30 ${78 * j} 74 ${48 * j} 104C${30 * j} 121 14 127 0 127S${-30 * j} 121 ${-48 * j} 104C${-78 * j} 74-90 30-91-24Z`,
  );
  const ears = mirrored(path('M-86-8C-104-22-112-2-106 22C-102 42-94 50-85 44Z'));
  const neck = path('M-46 78C-44 120-44 140-58 164C-40 214 40 214 58 164C44 140 44 120 46 78Z');
  const [arm, shoulder] = [286 * j, 214 * j];
  const shoulders = path(
    `M${-arm} 420C${-arm + 2} 310 ${-arm + 10} 256 ${-shoulder} 226C-146 202-78 190-58 152C-40 204 40 204 58 152C78 190 146 202 ${shoulder} 226C${arm - 10} 256 ${arm - 2} 310 ${arm} 420Z`,
  );

  // Hair: what falls behind the neck, what lies on the forehead, and lines along which its strands run.
  const HAIR = {
    long: {
      back: 'M0-164C-82-168-122-112-120-36C-118 40-142 96-140 168C-136 226-92 240-60 222L60 222C92 240 136 226 140 168C142 96 118 40 120-36C122-112 82-168 0-164Z',
      front: 'M-18-150C-74-156-114-112-112-36C-111 8-108 44-112 84C-92 62-88 14-82-18C-74-58-46-86-14-104C26-92 62-62 78-20C88 14 92 62 112 84C108 44 111 8 112-36C114-112 68-162-18-150Z',
      strands: ['M-14-138C-62-130-96-88-98-24', 'M-22-146C-78-138-108-92-106-16', 'M-2-134C50-124 88-82 96-22', 'M14-146C68-136 104-88 104-16', 'M-124 60C-132 110-134 150-122 206', 'M124 60C132 110 134 150 122 206', 'M-112 96C-116 140-114 180-100 220', 'M112 96C116 140 114 180 100 220'],
    },
    short: {
      front: 'M-96 2C-110-58-104-126-60-146C-40-174 36-178 66-152C106-138 112-60 96 2C93-22 90-44 80-62C62-84 44-90 14-88C-22-86-44-92-62-102C-82-84-92-40-96 2Z',
      strands: ['M-60-108C-40-136-6-152 40-150', 'M-44-98C-16-126 26-138 68-128', 'M-14-92C22-112 54-112 84-96', 'M-76-84C-84-108-74-128-56-138', 'M30-92C60-98 80-86 92-58'],
    },
    curls: {
      front: 'M-97 0C-110-22-108-44-104-58C-118-84-104-116-80-122C-74-150-40-164-20-154C-2-174 36-170 46-152C78-160 100-132 94-110C116-96 116-66 104-54C108-36 106-16 97 0C94-20 90-40 84-54C70-60 64-74 60-84C44-74 26-78 16-88C2-76-22-76-32-90C-44-76-60-76-70-72C-74-60-88-46-90-34C-92-22-95-10-97 0Z',
      strands: ['M-84-84C-96-100-82-118-66-108', 'M-56-96C-66-124-38-140-22-122', 'M-20-102C-28-132 6-148 18-126', 'M20-104C20-132 54-138 58-114', 'M58-94C66-116 92-104 86-84', 'M-40-128C-30-150 0-156 10-146', 'M24-142C40-156 66-148 68-132', 'M-96-50C-104-66-92-80-82-72', 'M94-44C104-60 98-76 86-72'],
    },
    bun: {
      back: 'M0-208C38-210 54-184 48-158C90-146 112-100 106-40L-106-40C-112-100-90-146-48-158C-54-184-38-210 0-208Z',
      front: 'M-96-2C-112-62-98-128-44-146C-14-156 14-156 44-146C98-128 112-62 96-2C92-34 84-58 62-78C30-78-14-90-34-112C-44-84-80-60-96-2Z',
      strands: ['M-34-112C-20-134 0-146 20-148', 'M-34-112C0-96 40-88 70-92', 'M-30-118C4-108 50-108 84-84', 'M-36-108C-58-92-82-66-92-36', 'M-40-118C-70-104-92-76-98-44', 'M-34-180C-20-196 14-198 32-182', 'M-40-166C-20-182 20-182 42-166'],
    },
    crop: {
      front: 'M-95-4C-106-58-98-112-66-134C-36-152 36-152 66-134C98-112 106-58 95-4C93-26 88-52 80-66C66-86 46-84 20-92C-14-100-52-98-74-72C-86-56-92-30-95-4Z',
      strands: ['M-64-88C-40-112-6-122 30-124', 'M-30-96C0-114 34-118 60-114', 'M-84-60C-84-92-66-116-44-128', 'M14-92C44-102 66-98 82-84', 'M-74-80C-60-112-24-132 10-136'],
    },
    scarf: {
      back: 'M0-166C-86-168-126-108-122-30C-118 50-112 90-116 150L116 150C112 90 118 50 122-30C126-108 86-168 0-166Z',
      front: 'M0-164C-86-166-124-108-120-28C-116 40-112 80-104 120C-84 186-40 206 8 204C62 200 100 160 108 110C114 66 118 30 120-28C124-108 86-166 0-164ZM0-108C52-108 80-70 79-14C78 50 50 120 0 122C-50 120-78 50-79-14C-80-70-52-108 0-108Z',
      strands: ['M-60-134C-96-106-106-60-102-6', 'M-26-142C-78-124-94-70-92-16', 'M-100 24C-88 88-56 132-2 154', 'M-108 10C-98 92-62 144 10 166', 'M54-134C92-108 106-60 104-6', 'M96 40C80 96 50 130 6 150', 'M106 44C96 106 70 140 34 160'],
    },
  }[style];
  const front = path(HAIR.front);
  const strands = (g, shape) =>
    inside(g, shape, 2, () => {
      for (const [index, line] of HAIR.strands.entries()) {
        stroke(g, path(line), index % 2 ? `${hair[2]}88` : `${hair[0]}99`, index % 2 ? 5 : 4);
      }
    });

  // --- behind the head, and the coat ---
  const body = begin();
  if (HAIR.back) {
    const back = path(HAIR.back);
    fill(body, back, across(body, style === 'scarf' ? hair.slice(1) : [hair[1], hair[2], hair[2]], -120, -140, 120, 200));
    strands(body, back);
  }
  body.translate(0, -10);
  fill(body, neck, across(body, skin.slice(1), -60, 80, 60, 150));
  inside(body, neck, 12, () => fill(body, path('M-80 60H80V112C60 150-40 158-80 126Z'), `${skin[3]}cc`));
  body.save();
  body.shadowColor = 'rgb(20 12 6 / 35%)';
  body.shadowBlur = 26;
  body.shadowOffsetY = 6;
  fill(body, shoulders, across(body, coat, -260, 180, 240, 400));
  body.restore();
  inside(body, shoulders, 14, () => {
    // The light on the shoulder, the shade beside the arms and below the chin.
    stroke(body, path(`M${-arm + 16} 330C${-arm + 16} 276 ${-shoulder} 246-120 216`), `${coat[0]}bb`, 24);
    stroke(body, path('M-186 430C-196 370-194 330-184 296'), `${coat[2]}aa`, 12);
    stroke(body, path('M186 430C196 370 194 330 184 296'), `${coat[2]}cc`, 14);
    stroke(body, path('M-66 172C-40 222 50 222 74 172'), `${coat[2]}aa`, 22);
  });
  const COLLARS = {
    crew: () => {
      const rib = path('M-56 156C-62 152-70 156-76 168C-78 172-78 176-76 180C-46 238 46 238 76 180C78 176 78 172 76 168C70 156 62 152 56 156C40 208-40 208-56 156Z');
      fill(body, rib, across(body, coat, -90, 150, 90, 220));
      inside(body, rib, 0, () => {
        for (let x = -84; x <= 84; x += 7) stroke(body, path(`M${x * 0.8} 150L${x * 1.1} 240`), `${coat[2]}66`, 2);
      });
      stroke(body, path('M-76 180C-46 238 46 238 76 180'), `${coat[2]}88`, 3);
    },
    shirt: () => {
      fill(body, path('M-58 160C-36 206 36 206 58 160L30 420H-30Z'), across(body, coat, -60, 150, 60, 420));
      fill(body, path('M-60 150C-38 190 38 190 60 150L6 244H-6Z'), across(body, skin.slice(2), -30, 170, 50, 240));
      const flap = path('M-60 146C-72 160-80 168-84 180L-36 252L0 226C-26 206-50 176-60 146Z');
      body.save();
      body.shadowColor = 'rgb(20 12 6 / 35%)';
      body.shadowBlur = 12;
      body.shadowOffsetY = 5;
      fill(body, mirrored(flap), across(body, coat.slice(0, 2), -90, 150, 90, 250));
      body.restore();
      stroke(body, path('M0 236V420'), `${coat[2]}aa`, 2.5);
      for (const y of [272, 336]) fill(body, path(`M0 ${y}m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0`), coat[2]);
    },
    jacket: () => {
      fill(body, path('M-60 150C-42 202 42 202 60 150L76 200L0 420L-76 200Z'), across(body, [person.inner, person.inner, '#8d8478'], -60, 160, 90, 400));
      stroke(body, path('M-60 154C-42 206 42 206 60 154'), '#00000022', 4);
      const lapel = path('M-60 150C-82 166-104 182-116 194L-92 262L-112 284L-4 420H-0C-34 330-62 240-60 150Z');
      body.save();
      body.shadowColor = 'rgb(20 12 6 / 45%)';
      body.shadowBlur = 14;
      body.shadowOffsetY = 4;
      fill(body, mirrored(lapel), across(body, coat, -140, 150, 140, 420));
      body.restore();
    },
    cardigan: () => {
      fill(body, path('M-64 148C-42 202 42 202 64 148L44 420H-44Z'), across(body, [person.inner, person.inner, '#b9a892'], -60, 160, 90, 400));
      stroke(body, path('M-62 154C-42 206 42 206 62 154'), '#00000022', 4);
      const edge = path('M-64 148C-80 160-90 170-92 184C-84 280-60 350-44 430H-14C-40 340-60 250-64 148Z');
      body.save();
      body.shadowColor = 'rgb(20 12 6 / 35%)';
      body.shadowBlur = 12;
      fill(body, mirrored(edge), across(body, coat, -120, 150, 120, 420));
      body.restore();
      inside(body, mirrored(edge), 0, () => {
        for (let y = 150; y < 440; y += 8) stroke(body, path(`M-110 ${y}H110`), `${coat[2]}44`, 2);
      });
    },
    none: () => undefined,
  };
  COLLARS[person.collar]();
  if (style === 'scarf') {
    // Its ends lie over the shoulders.
    const drape = path('M-108 70C-118 122-142 164-166 196C-180 216-150 236-122 248C-84 262-60 270-36 286C-20 298 0 296 18 288C70 272 130 256 160 222C172 206 164 194 156 182C136 148 118 110 108 70C60 190-60 190-108 70Z');
    body.save();
    body.shadowColor = 'rgb(20 12 6 / 45%)';
    body.shadowBlur = 18;
    body.shadowOffsetY = 6;
    fill(body, drape, across(body, hair, -160, 120, 170, 260));
    body.restore();
    inside(body, drape, 3, () => {
      for (const [index, line] of ['M-124 140C-90 220-20 244 60 240', 'M-150 180C-110 240-60 256 0 268', 'M130 150C96 214 40 236-20 236', 'M150 190C110 240 60 262 0 282', 'M-112 110C-70 196 30 220 112 130'].entries()) {
        stroke(body, path(line), index % 2 ? `${hair[0]}88` : `${hair[2]}aa`, 7);
      }
    });
  }
  if (style === 'long') {
    // Some of it falls over the shoulders.
    const locks = mirrored(path('M-104 40C-122 104-146 140-142 196C-132 262-84 274-60 246C-92 222-96 180-86 130C-82 100-84 70-88 44Z'));
    fill(body, locks, across(body, hair, -140, 40, 150, 260));
    inside(body, locks, 2, () => {
      for (const [index, line] of ['M-104 80C-122 140-128 200-96 250', 'M-98 96C-108 150-114 200-82 248', 'M-110 120C-134 170-132 220-112 250'].entries()) {
        stroke(body, mirrored(path(line)), index % 2 ? `${hair[2]}99` : `${hair[0]}88`, 4);
      }
    });
  }

  // --- the head ---
  const draw = (closed) => {
    const g = begin();
    if (style !== 'scarf') {
      fill(g, ears, across(g, skin, -110, -20, 110, 50));
      inside(g, ears, 3, () => stroke(g, mirrored(path('M-102-2C-108 8-102 26-94 32')), `${skin[3]}aa`, 5));
    }
    if (person.earrings) {
      for (const x of [-98, 98]) {
        fill(g, path(`M${x} 56m-6 0a6 7 0 1 0 12 0a6 7 0 1 0-12 0`), person.earrings);
        fill(g, path(`M${x - 2} 53m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0`), '#ffffffaa');
      }
    }
    fill(g, face, across(g, skin, -90, -110, 96, 110));
    inside(g, face, 0, () => {
      glow(g, -34, -66, 84, `${skin[0]}cc`);
      glow(g, 96, 40, 92, `${skin[3]}77`, 1.5);
      glow(g, 0, 138, 70, `${skin[3]}66`, 0.5);
      glow(g, -52, 48, 36, `${person.lips}4d`, 0.8);
      glow(g, 52, 48, 36, `${person.lips}4d`, 0.8);
      glow(g, -46, 36, 26, `${skin[0]}66`, 0.7);
      // Sockets.
      glow(g, -38, -6, 30, `${skin[3]}4d`, 0.6);
      glow(g, 38, -6, 30, `${skin[3]}55`, 0.6);
    });
    inside(g, face, 9, () => {
      g.translate(3, 13);
      fill(g, front, `${skin[4]}99`);
    });

    // The nose: a lit bridge, a shaded side, a soft base.
    inside(g, face, 4, () => {
      fill(g, path('M4-8C10 14 20 34 19 44C16 52 8 52 2 50Z'), `${skin[3]}66`);
      stroke(g, path('M-2-8C-4 12-5 26-4 38'), `${skin[0]}aa`, 6);
    });
    stroke(g, path('M-15 44C-12 51-5 51 0 52C6 51 12 51 15 44'), `${skin[4]}88`, 2.6);
    inside(g, face, 5, () => stroke(g, path('M-14 55C-4 60 6 60 16 55'), `${skin[3]}77`, 6));

    if (person.beard) {
      const beard = path(`M-92 4C-90 44 ${-82 * j} 84 ${-50 * j} 108C${-32 * j} 128-16 136 0 136S${32 * j} 128 ${50 * j} 108C${82 * j} 84 90 44 92 4C86 34 74 54 52 58C34 56 18 60 0 62C-18 60-34 56-52 58C-74 54-86 34-92 4Z`);
      inside(g, face, 5, () => fill(g, beard, `${hair[2]}66`));
      // A short one ends with the face, a full one goes beyond.
      const full = person.beard === 'full';
      const paint = () => fill(g, beard, across(g, hair.map((colour) => `${colour}${full ? 'ee' : 'a8'}`), -80, 20, 80, 130));
      if (full) {
        g.save();
        g.filter = 'blur(1.6px)';
        paint();
        g.restore();
      } else {
        inside(g, face, 1.6, paint);
      }
    }

    // The mouth, about to smile.
    inside(g, face, 4, () => stroke(g, path('M-18 100C-6 105 6 105 18 100'), `${skin[4]}66`, 6));
    fill(g, path('M-33 69C-20 69-9 67 0 71C9 67 20 69 33 69C20 80 9 82 0 82S-20 80-33 69Z'), `${person.lips}dd`);
    fill(g, path('M-31 71C-17 81-8 82 0 82S17 81 31 71C22 89 11 95 0 95S-22 89-31 71Z'), person.lips);
    inside(g, face, 2, () => stroke(g, path('M-10 89C-4 91 4 91 10 89'), '#ffffff40', 4));
    stroke(g, path('M-37 66C-20 80-9 82 0 82S20 80 37 66'), `${skin[4]}cc`, 2.4);
    inside(g, face, 2, () => stroke(g, mirrored(path('M-41 60C-45 65-45 71-41 76')), `${skin[4]}4d`, 3));

    // Eyes and brows.
    for (const side of [-1, 1]) {
      g.save();
      g.translate(38 * side, 0);
      g.scale(-side, 1);
      // Outwards is left.
      const eye = path('M-19 2C-12-8 4-11 16 4C6 8-10 9-19 2Z');
      if (closed) {
        stroke(g, path('M-19 3C-10 9 6 9 16 4'), `${skin[4]}ee`, 3.4);
      } else {
        fill(g, eye, '#efe5dc');
        inside(g, eye, 0, () => {
          glow(g, -1, -1, 10.5, `${person.iris}ff`);
          fill(g, path('M-10-1a9 9 0 1 0 18 0a9 9 0 1 0-18 0'), person.iris);
          fill(g, path('M-5.500-1a4.500 4.500 0 1 0 9 0a4.500 4.500 0 1 0-9 0'), '#160f0c');
          fill(g, path('M-22-14H20V-3C6-8-10-6-22 3Z'), '#3a241a66');
        });
        fill(g, path(`M${side < 0 ? 0 : -6}-5a2.400 2.400 0 1 0 4.800 0a2.400 2.400 0 1 0-4.800 0`), '#fff');
        stroke(g, path('M-21 1C-12-9 4-11 16 3'), `${skin[4]}f2`, 3.6);
        stroke(g, path('M-19-8C-10-16 4-17 14-8'), `${skin[4]}55`, 2);
        stroke(g, path('M-14 8C-6 10 6 10 13 7'), `${skin[4]}44`, 1.8);
      }
      g.filter = 'blur(1px)';
      const dark = style === 'scarf' ? '#3b2a22' : hair[2];
      fill(g, path(`M-29-20C-16 ${-30 - brow / 2} 0 ${-31 - brow / 2} 15 ${-26 - brow / 4}C20 ${-24} 19 ${-21 + brow / 4} 14 ${-22 + brow / 4}C0 ${-29 + brow}-14 ${-28 + brow}-29-20Z`), `${dark}d0`);
      g.restore();
    }

    // Hair on the forehead, with the light from the window.
    g.save();
    g.shadowColor = `${hair[2]}88`;
    g.shadowBlur = 5;
    g.fillStyle = across(g, hair, -100, -150, 110, 20);
    g.fill(front, 'evenodd');
    g.restore();
    g.save();
    g.clip(front, 'evenodd');
    g.filter = 'blur(1.8px)';
    for (const [index, line] of HAIR.strands.entries()) stroke(g, path(line), index % 2 ? `${hair[2]}77` : `${hair[0]}88`, 4.500);
    g.filter = 'none';
    glow(g, -48, -128, 70, `${hair[0]}99`, 0.7);
    g.restore();

    if (person.glasses) {
      const lens = path('M-70-6C-70-22-58-25-40-25S-10-22-10-6C-10 16-22 26-40 26S-70 16-70-6Z');
      fill(g, mirrored(lens), '#ffffff14');
      inside(g, mirrored(lens), 3, () => stroke(g, mirrored(path('M-60 16L-34-22')), '#ffffff2e', 7));
      stroke(g, mirrored(lens), person.glasses, 3.6);
      stroke(g, path('M-10-8C-5-13 5-13 10-8'), person.glasses, 3.6);
      stroke(g, mirrored(path('M-70-10L-92-14')), person.glasses, 3.6);
    }
    return g.canvas;
  };
  return { body: body.canvas, open: draw(false), closed: draw(true) };
}
