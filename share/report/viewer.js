'use strict';
// Cases to scroll through: an element with data-viewer names its case by place in #viewers (report/viewer.h tells what
// stands there), and its pictures give way to slices with a slider each and outlines that can be switched off.
(function () {
  const viewers = JSON.parse(document.getElementById('viewers').textContent);
  // The reference is solid; of lines that lie on one another each leaves gaps in which the others are seen.
  const dashes = ['', '6 4', '3 3', '9 3 3 3', '4 7', '2 5', '12 4'];
  const wheelStep = 40; // pixels of a wheel's turn; a notch is 100 or 120, of touch pads more come in smaller parts
  const svg = 'http://www.w3.org/2000/svg';

  function make(name, className, parent) {
    const element = document.createElement(name);
    if (className) element.className = className;
    parent.append(element);
    return element;
  }

  function makeSvg(name, attributes, parent) {
    const element = document.createElementNS(svg, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    parent.append(element);
    return element;
  }

  // Columns, rows and slices of a plane across this axis of the case.
  function sizeOf(viewer, axis) {
    const [x, y, z] = viewer.size;
    return axis === 2 ? [x, y, z] : axis === 1 ? [x, z, y] : [y, z, x];
  }

  // Slice k of a plane, from the sprite of the slices across the last axis: as a whole, or a line from each of them.
  function drawSlice(context, viewer, sprite, axis, k) {
    const [width, height, depth] = viewer.size;
    const left = (z) => (z % viewer.columns) * width, top = (z) => Math.floor(z / viewer.columns) * height;
    if (axis === 2) {
      context.drawImage(sprite, left(k), top(k), width, height, 0, 0, width, height);
      return;
    }
    for (let z = 0; z < depth; ++z) {
      if (axis === 1) {
        context.drawImage(sprite, left(z), top(z) + k, width, 1, 0, z, width, 1);
      } else {
        // Columns become rows.
        context.setTransform(0, 1, 1, 0, 0, 0);
        context.drawImage(sprite, left(z) + k, top(z), 1, height, z, 0, 1, height);
        context.setTransform(1, 0, 0, 1, 0, 0);
      }
    }
  }

  function makePlane(viewer, place, sprite, parent) {
    const plane = viewer.planes[place], [columns, rows, slices] = sizeOf(viewer, plane.axis);
    const element = make('div', 'plane', parent), picture = make('div', 'slice', element);
    picture.style.aspectRatio = plane.width_mm / plane.height_mm;
    const widest = Math.max(...viewer.planes.map((one) => one.width_mm));
    picture.style.setProperty('--share', `${(100 * plane.width_mm) / widest}%`);
    const canvas = make('canvas', '', picture), context = canvas.getContext('2d');
    canvas.width = columns;
    canvas.height = rows;
    canvas.setAttribute('role', 'img');
    context.imageSmoothingEnabled = false;
    const drawing = makeSvg(
      'svg', { viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, picture);
    const paths = viewer.lines.map((line, i) =>
      makeSvg('path', { stroke: line.colour, 'stroke-dasharray': dashes[i % dashes.length] }, drawing));
    const label = make('label', '', element), said = make('span', '', label), slider = make('input', '', label);
    // To the right are higher numbers, whichever way the slices are seen.
    const turned = (k) => (plane.step < 0 ? slices - 1 - k : k);
    Object.assign(slider, { type: 'range', min: 0, max: slices - 1, step: 1, value: turned(plane.shown) });
    slider.setAttribute('aria-label', `${viewer.name}, ${plane.plane ? plane.plane + ' ' : ''}slice`);
    slider.hidden = slices === 1;

    function show() {
      const k = turned(Number(slider.value)), number = plane.first + k * plane.step;
      const text = `${plane.plane ? plane.plane + ', ' : ''}slice ${number} of ${plane.total}`;
      said.textContent = text;
      slider.setAttribute('aria-valuetext', text);
      canvas.setAttribute('aria-label', `${viewer.name}, ${text}`);
      paths.forEach((path, i) => path.setAttribute('d', viewer.lines[i].paths[place][k]));
      drawSlice(context, viewer, sprite, plane.axis, k);
    }

    let wheel = 0;
    picture.addEventListener('wheel', (event) => {
      if (event.ctrlKey || event.deltaY === 0) return; // to enlarge the page, or to the side
      // Beyond the last slice the page goes on, so that nobody is caught in a picture.
      if (Number(slider.value) === (event.deltaY > 0 ? slices - 1 : 0)) {
        wheel = 0;
        return;
      }
      event.preventDefault();
      wheel += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : Math.sign(event.deltaY) * wheelStep;
      if (Math.abs(wheel) < wheelStep) return;
      slider.value = Number(slider.value) + Math.sign(wheel);
      wheel = 0;
      show();
    }, { passive: false });
    picture.addEventListener('click', () => slider.focus());
    slider.addEventListener('input', show);
    return { show, paths };
  }

  function makeViewer(about) {
    const viewer = viewers[Number(about.dataset.viewer)], element = make('div', 'viewer', about.parentElement);
    const sprite = new Image(), frame = make('div', 'planes', element);
    frame.style.setProperty('--columns', viewer.planes.map((plane) => `${plane.width_mm}fr`).join(' '));
    const planes = viewer.planes.map((_, place) => makePlane(viewer, place, sprite, frame));
    const lines = make('fieldset', 'lines', element);
    make('legend', '', lines).textContent = 'Outlines';
    viewer.lines.forEach((line, i) => {
      const label = make('label', '', lines), box = make('input', '', label);
      box.type = 'checkbox';
      box.checked = line.on;
      const sample = makeSvg('svg', { viewBox: '0 0 30 10', 'aria-hidden': 'true' }, label);
      const dash = dashes[i % dashes.length];
      makeSvg('line', { x1: 0, y1: 5, x2: 30, y2: 5, stroke: line.colour, 'stroke-dasharray': dash }, sample);
      make('span', '', label).textContent = line.name;
      const change = () => planes.forEach((plane) => plane.paths[i].toggleAttribute('hidden', !box.checked));
      box.addEventListener('change', change);
      change();
    });
    if (viewer.shrink > 1) {
      make('p', '', element).textContent =
        `Image and outlines at 1/${viewer.shrink} of their resolution, so that the page stays small.`;
    }
    sprite.onload = () => {
      planes.forEach((plane) => plane.show());
      about.parentElement.classList.add('scrolls');
      // A stack's slice is said below its picture now.
      if (planes.length === 1) about.lastElementChild.hidden = true;
    };
    sprite.src = 'data:image/png;base64,' + viewer.sprite;
  }

  document.querySelectorAll('[data-viewer]').forEach(makeViewer);
})();
