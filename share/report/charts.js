'use strict';
// Draws the charts of a report with Vega: each .chart element names its data by place in #charts.
(function () {
  const charts = JSON.parse(document.getElementById('charts').textContent);
  // Vega keeps names as members of objects, where "__proto__" is none of them; with a blank behind, every name is one.
  const safe = (name) => name + ' ';
  for (const chart of charts) {
    for (const list of ['methods', 'rows', 'thin']) if (chart[list]) chart[list] = chart[list].map(safe);
    for (const list of ['boxes', 'outside', 'values', 'series', 'trainings']) {
      for (const item of chart[list] || []) {
        item.method = safe(item.method);
        if (item.row) item.row = safe(item.row);
      }
    }
  }
  // Okabe and Ito's colours, apart for the colour-blind; black and yellow would vanish on one of the two pages, so
  // grey is the seventh. Dashes and symbols tell the methods apart, too: one more of each than colours, so that the
  // eighth method is not drawn as the first.
  const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#6b6b6b'];
  const darkColours = ['#4aa3df', '#f0803c', '#2fc79b', '#dd97bd', '#e69f00', '#8fd0f5', '#b5b5b5'];
  const dashes = [[1, 0], [6, 3], [2, 2], [9, 3, 2, 3], [4, 2], [1, 3], [12, 3], [6, 2, 2, 2, 2, 2]];
  const symbols = [
    'circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-left', 'triangle-right',
  ];
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const font = 'system-ui, sans-serif';

  function ink(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function config() {
    const text = ink('--ink'), faint = ink('--faint'), line = ink('--line');
    return {
      background: null,
      axis: {
        labelColor: text, titleColor: faint, domainColor: faint, tickColor: faint, gridColor: line,
        labelFont: font, titleFont: font, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal',
      },
      legend: {
        labelColor: text, labelFont: font, labelFontSize: 12, orient: 'top', labelLimit: 200, symbolSize: 300,
        symbolStrokeWidth: 2, columnPadding: 14, offset: 8,
      },
    };
  }

  function frame(chart, width, height) {
    return {
      width, height, padding: 4, autosize: { type: 'fit', contains: 'padding' },
      data: [], scales: [
        { name: 'colour', type: 'ordinal', domain: chart.methods, range: dark.matches ? darkColours : colours },
        { name: 'dash', type: 'ordinal', domain: chart.methods, range: dashes },
        { name: 'symbol', type: 'ordinal', domain: chart.methods, range: symbols },
      ],
    };
  }

  // Boxes from quartile to quartile, whiskers, cases beyond.
  function boxes(chart, width) {
    const spec = frame(chart, width, 56 + 26 * chart.rows.length);
    spec.data.push({ name: 'boxes', values: chart.boxes }, { name: 'outside', values: chart.outside });
    spec.scales.push(
      { name: 'x', type: 'linear', range: 'width', domain: chart.extent, nice: true, zero: false },
      { name: 'y', type: 'band', range: 'height', domain: chart.rows, padding: 0.3 });
    spec.axes = [
      { scale: 'x', orient: 'bottom', grid: true, title: chart.axis, tickCount: 5 },
      { scale: 'y', orient: 'left', ticks: false, domain: false, labelLimit: Math.max(170, width * 0.42) },
    ];
    const middle = { scale: 'y', field: 'row', band: 0.5 }, band = { scale: 'y', band: 1 };
    const stroke = { scale: 'colour', field: 'method' };
    const tooltip = {
      signal: "trim(datum.row) + ': median ' + format(datum.median, '.4~g') + ', quartiles ' + format(datum.q1, '.4~g') + " +
        "' and ' + format(datum.q3, '.4~g') + ', n ' + datum.n + ', beyond the whiskers ' + datum.outside",
    };
    spec.marks = [
      {
        type: 'rule', from: { data: 'boxes' },
        encode: { update: {
          x: { scale: 'x', field: 'low' }, x2: { scale: 'x', field: 'high' }, y: middle, stroke,
          strokeWidth: { value: 1.5 },
        } },
      },
      {
        type: 'rect', from: { data: 'boxes' },
        encode: { update: {
          x: { scale: 'x', field: 'q1' }, x2: { scale: 'x', field: 'q3' }, y: { scale: 'y', field: 'row' },
          height: band, fill: { value: ink('--page') },
        } },
      },
      {
        type: 'rect', from: { data: 'boxes' },
        encode: { update: {
          x: { scale: 'x', field: 'q1' }, x2: { scale: 'x', field: 'q3' }, y: { scale: 'y', field: 'row' },
          height: band, fill: stroke, stroke, strokeWidth: { value: 1.5 }, tooltip,
          fillOpacity: [{ test: 'datum.corrected', value: 0.15 }, { value: 0.55 }],
        } },
      },
      {
        type: 'rect', from: { data: 'boxes' },
        encode: { update: {
          x: { scale: 'x', field: 'median', offset: -1.5 }, width: { value: 3 }, y: { scale: 'y', field: 'row' },
          height: band, fill: { value: ink('--ink') },
        } },
      },
      {
        type: 'symbol', from: { data: 'outside' },
        encode: { update: {
          x: { scale: 'x', field: 'value' }, y: middle, size: { value: 26 }, stroke, fill: { value: 'transparent' },
          tooltip: { signal: "datum.case + ': ' + format(datum.value, '.4~g')" },
        } },
      },
    ];
    return spec;
  }

  // As many methods side by side as the width has room for; `rows` of them make the chart higher.
  function legend(chart, width) {
    const longest = Math.max(...chart.methods.map((name) => Math.min(200, 6.5 * name.length)));
    const columns = Math.max(1, Math.min(chart.methods.length, Math.floor((width - 20) / (longest + 46))));
    return {
      rows: Math.ceil(chart.methods.length / columns),
      legend: { stroke: 'colour', strokeDash: 'dash', symbolType: 'stroke', direction: 'horizontal', columns },
    };
  }

  function lineAxes(chart, xTitle, y) {
    return [
      { scale: 'x', orient: 'bottom', title: xTitle, tickCount: 4 },
      { scale: 'y', orient: 'left', grid: true, title: chart.axis, tickCount: 5, ...y },
    ];
  }

  const line = {
    x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'value' }, stroke: { scale: 'colour', field: 'method' },
    strokeDash: { scale: 'dash', field: 'method' },
  };

  // A thin line for each training and, where a method has several over the same iterations, their mean.
  function curves(chart, width) {
    const key = legend(chart, width), spec = frame(chart, width, 250 + 18 * key.rows);
    const trainings = [], means = [];
    for (const method of chart.methods) {
      const isThin = (chart.thin || []).includes(method);
      const series = chart.series.filter((one) => one.method === method);
      if (series.length === 0) continue;
      const together = series.every((one) => String(one.x) === String(series[0].x));
      const several = together && series.length > 1;
      series.forEach((one) => one.x.forEach((x, i) => {
        (several ? trainings : means).push(
          { method, key: chart.series.indexOf(one), x, value: one.y[i], thin: isThin });
      }));
      if (!several) continue;
      series[0].x.forEach((x, i) => {
        const mean = series.reduce((sum, one) => sum + one.y[i], 0) / series.length;
        means.push({ method, key: -1, x, value: mean, thin: isThin });
      });
    }
    const logarithmic = chart.kind === 'loss' && trainings.concat(means).every((v) => v.value > 0);
    spec.data.push({ name: 'trainings', values: trainings }, { name: 'means', values: means });
    const both = (field) => ({ fields: [{ data: 'trainings', field }, { data: 'means', field }] });
    spec.scales.push(
      { name: 'x', type: 'linear', range: 'width', domain: both('x'), nice: true, zero: false },
      {
        name: 'y', type: logarithmic ? 'log' : 'linear', range: 'height', nice: true, zero: false,
        domain: both('value'),
      });
    spec.axes = lineAxes(chart, 'iteration',
      logarithmic ? { format: '~g', labelOverlap: 'parity', labelSeparation: 6, gridOpacity: 0.6 } : {});
    spec.legends = [key.legend];
    const lines = (data, update) => ({
      type: 'group', from: { facet: { name: data + ' line', data, groupby: ['method', 'key'] } },
      marks: [{ type: 'line', from: { data: data + ' line' }, sort: { field: 'x' }, encode: { update } }],
    });
    const { strokeDash, ...plain } = line;
    spec.marks = [
      lines('trainings', { ...plain, strokeWidth: { value: 1 }, strokeOpacity: { value: 0.35 } }),
      lines('means', { ...plain, strokeDash, strokeWidth: [{ test: 'datum.thin', value: 1.2 }, { value: 2 }] }),
    ];
    return spec;
  }

  // Means of cases over severity, with their standard errors.
  function doses(chart, width) {
    const key = legend(chart, width), spec = frame(chart, width, 250 + 18 * key.rows);
    spec.data.push({ name: 'values', values: chart.values });
    const severities = [...new Set(chart.values.map((v) => v.x))].sort((a, b) => a - b);
    spec.scales.push(
      { name: 'x', type: 'point', range: 'width', domain: severities, padding: 0.3 },
      { name: 'y', type: 'linear', range: 'height', nice: true, zero: false,
        domain: { data: 'values', fields: ['from', 'to'] } });
    spec.axes = lineAxes(chart, 'severity', {});
    spec.legends = [key.legend];
    const fill = { scale: 'colour', field: 'method' };
    spec.marks = [
      {
        type: 'group', from: { facet: { name: 'line', data: 'values', groupby: 'method' } },
        marks: [
          {
            type: 'area', from: { data: 'line' }, sort: { field: 'x' },
            encode: { update: {
              x: line.x, y: { scale: 'y', field: 'from' }, y2: { scale: 'y', field: 'to' }, fill,
              fillOpacity: { value: 0.12 },
            } },
          },
          {
            type: 'line', from: { data: 'line' }, sort: { field: 'x' },
            encode: { update: { ...line, strokeWidth: { value: 2 } } },
          },
        ],
      },
      {
        type: 'symbol', from: { data: 'values' },
        encode: { update: {
          x: line.x, y: line.y, fill, shape: { scale: 'symbol', field: 'method' }, size: { value: 60 },
          tooltip: {
            signal: "trim(datum.method) + ', severity ' + datum.x + ': ' + format(datum.value, '.4~g') + ', n ' + datum.n",
          },
        } },
      },
    ];
    return spec;
  }

  // Means of subjects over the number of labelled cases, with their standard errors; the methods beside one another, so
  // that their bars do not hide each other.
  function learning(chart, width) {
    const key = legend(chart, width), spec = frame(chart, width, 280 + 18 * key.rows);
    const middle = (chart.methods.length - 1) / 2;
    const aside = (item) => ({ ...item, aside: 5 * (chart.methods.indexOf(item.method) - middle) });
    spec.data.push(
      { name: 'values', values: chart.values.map(aside) }, { name: 'trainings', values: chart.trainings.map(aside) });
    spec.scales.push(
      // A logarithm that also knows 0.
      { name: 'x', type: 'symlog', range: 'width', domain: [Math.min(...chart.counts), Math.max(...chart.counts)],
        padding: 20 + 2.5 * chart.methods.length },
      { name: 'y', type: 'linear', range: 'height', nice: true, zero: false,
        domain: { fields: [
          { data: 'values', field: 'from' }, { data: 'values', field: 'to' }, { data: 'trainings', field: 'value' },
        ] } });
    spec.axes = lineAxes(chart, 'labelled cases', {});
    Object.assign(spec.axes[0], { values: chart.counts, format: 'd', labelOverlap: 'greedy', labelSeparation: 4 });
    const { strokeDash, symbolType, ...keyOfPoints } = key.legend;
    spec.legends = [{ ...keyOfPoints, fill: 'colour', shape: 'symbol', symbolSize: 90 }];
    const fill = { scale: 'colour', field: 'method' }, shape = { scale: 'symbol', field: 'method' };
    const x = { ...line.x, offset: { field: 'aside' } };
    const said = "trim(datum.method) + ', ' + datum.x + ' labelled";
    spec.marks = [
      {
        type: 'rule', from: { data: 'values' },
        encode: { update: {
          x, y: { scale: 'y', field: 'from' }, y2: { scale: 'y', field: 'to' }, stroke: fill,
          strokeWidth: { value: 1.5 },
        } },
      },
      {
        type: 'group', from: { facet: { name: 'line', data: 'values', groupby: 'method' } },
        marks: [{
          type: 'line', from: { data: 'line' }, sort: { field: 'x' },
          encode: { update: { ...line, x, strokeWidth: { value: 2 } } },
        }],
      },
      {
        type: 'symbol', from: { data: 'trainings' },
        encode: { update: {
          x, y: line.y, stroke: fill, fill: { value: 'transparent' }, shape, size: { value: 18 },
          tooltip: { signal: "trim(datum.method) + ', ' + datum.training + ': ' + format(datum.value, '.4~g')" },
        } },
      },
      {
        type: 'symbol', from: { data: 'values' },
        encode: { update: {
          x, y: line.y, fill, shape, size: { value: 70 },
          tooltip: { signal: said + ": ' + format(datum.value, '.4~g') + ', subjects ' + datum.n" },
        } },
      },
    ];
    return spec;
  }

  // The title of an axis, in as many lines as it needs.
  function inLines(title, width) {
    const made = [''];
    for (const word of title.split(' ')) {
      const last = made[made.length - 1];
      if (last && 6.2 * (last.length + 1 + word.length) > width) made.push(word);
      else made[made.length - 1] = last ? last + ' ' + word : word;
    }
    return made;
  }

  // Cases by agreement and true Dice, coloured by test set; dashed where a case is sent to a human and where it is bad.
  function agreement(chart, width) {
    const keyed = { ...chart, methods: chart.sets.map((one) => safe(one.set)) };
    const key = legend(keyed, width), side = Math.min(width, 420);
    const spec = frame(keyed, width, side + 18 * key.rows);
    const points = [];
    for (const one of chart.sets) {
      for (const { training, points: some } of one.trainings) {
        for (const [place, x, value] of some) {
          points.push({ set: safe(one.set), x, value, name: one.cases[place] + (training ? ', ' + training : '') });
        }
      }
    }
    const [review, bad] = chart.limits, { caught, missed, in_vain: vain, spared } = chart.counts;
    // Each in the corner of its quarter that is farthest from the diagonal, where most cases lie; of a low quarter that
    // has no room for it, in the corner of the plot.
    const below = bad > 0.12 ? bad : 0.12, above = bad < 0.88 ? bad : 0.88;
    const counts = [
      { x: 0, value: below, said: caught + ' caught', align: 'left', baseline: 'top' },
      { x: 1, value: 0, said: missed + ' missed', align: 'right', baseline: 'bottom' },
      { x: 0, value: 1, said: vain + ' in vain', align: 'left', baseline: 'top' },
      { x: 1, value: above, said: spared + ' spared', align: 'right', baseline: 'bottom' },
    ];
    spec.data.push(
      { name: 'points', values: points }, { name: 'counts', values: counts },
      { name: 'limits', values: [{ x: review, x2: review, y: 0, y2: 1 }, { x: 0, x2: 1, y: bad, y2: bad }] });
    spec.scales.push(
      { name: 'x', type: 'linear', range: 'width', domain: [0, 1] },
      { name: 'y', type: 'linear', range: 'height', domain: [0, 1] });
    const number = {
      domain: false, ticks: false, labelPadding: 4,
      encode: { labels: { update: { text: { signal: "format(datum.value, '~g')" } } } },
    };
    spec.axes = [
      { scale: 'x', orient: 'bottom', grid: true, title: inLines(chart.axes[0], side), tickCount: 5 },
      { scale: 'y', orient: 'left', grid: true, title: chart.axes[1], tickCount: 5 },
      // The dashed lines' numbers, in all their digits.
      { ...number, scale: 'x', orient: 'top', values: [review] },
      { ...number, scale: 'y', orient: 'right', values: [bad] },
    ];
    const said = {
      x: line.x, y: line.y, text: { field: 'said' }, align: { field: 'align' }, baseline: { field: 'baseline' },
      font: { value: font }, fontSize: { value: 12 }, fontWeight: { value: 600 },
      dx: { signal: "datum.align === 'left' ? 6 : -6" }, dy: { signal: "datum.baseline === 'top' ? 5 : -5" },
    };
    const { strokeDash, symbolType, ...keyOfPoints } = key.legend;
    spec.legends = [{ ...keyOfPoints, shape: 'symbol', symbolSize: 70, symbolStrokeWidth: 1.5 }];
    spec.marks = [
      {
        type: 'rule', from: { data: 'limits' },
        encode: { update: {
          x: { scale: 'x', field: 'x' }, x2: { scale: 'x', field: 'x2' }, y: { scale: 'y', field: 'y' },
          y2: { scale: 'y', field: 'y2' }, stroke: { value: ink('--faint') }, strokeDash: { value: [5, 4] },
        } },
      },
      {
        type: 'symbol', from: { data: 'points' },
        encode: { update: {
          x: line.x, y: line.y, stroke: { scale: 'colour', field: 'set' }, fill: { scale: 'colour', field: 'set' },
          shape: { scale: 'symbol', field: 'set' }, size: { value: 34 }, fillOpacity: { value: 0.25 },
          strokeOpacity: { value: 0.8 },
          tooltip: {
            signal: "datum.name + ', ' + trim(datum.set) + ': agreement ' + format(datum.x, '.3f') + ', Dice ' + " +
              "format(datum.value, '.3f')",
          },
        } },
      },
      // On a rim of the page's colour, that they can be read on points.
      {
        type: 'text', from: { data: 'counts' }, interactive: false,
        encode: { update: {
          ...said, stroke: { value: ink('--page') }, strokeWidth: { value: 4 }, strokeJoin: { value: 'round' },
        } },
      },
      {
        type: 'text', from: { data: 'counts' }, interactive: false,
        encode: { update: { ...said, fill: { value: ink('--ink') } } },
      },
    ];
    return spec;
  }

  const kinds = { box: boxes, dose: doses, learning, agreement, loss: curves, validation: curves };
  const views = new Map();

  function draw(element) {
    const width = Math.floor(element.clientWidth);
    if (width === 0) return;
    if (views.has(element)) views.get(element).finalize();
    const chart = charts[Number(element.dataset.chart)];
    const runtime = vega.parse(kinds[chart.kind](chart, width), config(), { ast: true });
    const view = new vega.View(runtime, {
      expr: vega.interpreter, renderer: 'svg', container: element, hover: true,
    });
    views.set(element, view);
    view.runAsync();
  }

  const elements = document.querySelectorAll('.chart');
  const widths = new Map();
  function redraw(element) {
    const width = Math.floor(element.clientWidth);
    if (widths.get(element) === width) return;
    widths.set(element, width);
    draw(element);
  }
  elements.forEach(redraw);
  // Not at once: what is drawn changes the page that is being measured.
  const watcher = new ResizeObserver((changes) => changes.forEach((change) => setTimeout(redraw, 0, change.target)));
  elements.forEach((element) => watcher.observe(element));
  dark.addEventListener('change', () => elements.forEach(draw));
})();
