import { linearScale, type Scale } from './scale';
import { element, markup, type Markup, textElement } from './svg';

/** Whose numbers they are; each has its own colour. */
export type Tone = 'own' | 'network' | 'record' | 'other';

export interface Series {
  readonly name: string;
  readonly tone: Tone;
  readonly mark: 'line' | 'dots' | 'bars';
  /** One for each x; null is a gap. */
  readonly values: readonly (number | null)[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly xs: readonly number[];
  readonly series: readonly Series[];
  /** A mean with its interval, across the chart. */
  readonly band?: {
    readonly name: string;
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  };
  /** The axis reaches to zero, and shows it. */
  readonly zero?: true;
  /** Instead of the marks when there is no number at all. */
  readonly empty: string;
}

export interface Frame {
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const MARGIN = { top: 44, right: 16, bottom: 26, left: 64 };
const TICKS = { x: 6, y: 4 };
/** A name and its swatch, in the width of a character. */
const KEY_CHARACTER = 6.6;

interface Plotted {
  readonly x: Scale;
  readonly y: Scale;
  readonly chart: Chart;
  readonly barWidth: number;
}

/** A chart with its title, axes and key, at its place in a drawing. */
export function drawChart(chart: Chart, { top, width, height }: Frame): Markup {
  const left = MARGIN.left;
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const title = [
    textElement({ class: 'title', x: left, y: 16 }, chart.title),
    textElement({ class: 'unit', x: right, y: 16, 'text-anchor': 'end' }, chart.unit),
  ];
  const numbers = numbersOf(chart);
  const at = { class: 'chart', transform: `translate(0 ${top})`, role: 'group', 'aria-label': chart.title };
  if (numbers.length === 0) {
    const nothing = textElement({ class: 'unit', x: left, y: MARGIN.top + 16 }, chart.empty);
    return element('g', at, [...title, nothing]);
  }
  const { xs } = chart;
  const step = xs.length > 1 ? (xs.at(-1)! - xs[0]!) / (xs.length - 1) : 1;
  const x = linearScale([xs[0]! - step / 2, xs.at(-1)! + step / 2], [left, right], TICKS.x);
  const y = linearScale(padded(numbers), [bottom, MARGIN.top], TICKS.y);
  const plotted: Plotted = { x, y, chart, barWidth: Math.max(1, (0.7 * (right - left)) / xs.length) };
  return element('g', at, [
    ...title,
    key(chart, left),
    ...y.ticks.flatMap(({ at: place, text }) => [
      element('line', { class: 'grid', x1: left, x2: right, y1: place, y2: place }),
      textElement({ class: 'tick', x: left - 6, y: place + 4, 'text-anchor': 'end' }, text),
    ]),
    ...x.ticks.map(({ at: place, text }) =>
      textElement({ class: 'tick', x: place, y: bottom + 16, 'text-anchor': 'middle' }, text),
    ),
    ...(chart.zero
      ? [element('line', { class: 'zero', x1: left, x2: right, y1: y.at(0), y2: y.at(0) })]
      : []),
    ...band(plotted, left, right),
    ...chart.series.map((one) => draw(one, plotted)),
  ]);
}

function numbersOf({ series, band: told, zero }: Chart): number[] {
  const numbers = series.flatMap(({ values }) => values.filter((value) => value !== null));
  if (numbers.length === 0) return [];
  return [...numbers, ...(told ? [told.low, told.high] : []), ...(zero ? [0] : [])];
}

function padded(numbers: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const number of numbers) [low, high] = [Math.min(low, number), Math.max(high, number)];
  const room = 0.04 * (high - low);
  return [low === 0 ? 0 : low - room, high + room];
}

function key({ series, band: told }: Chart, left: number): Markup {
  const names = new Map(series.map(({ name, tone }) => [name, tone as string]));
  if (told) names.set(told.name, 'band');
  let x = left;
  const parts = [...names].flatMap(([name, tone]) => {
    const from = x;
    x += 22 + KEY_CHARACTER * name.length;
    return [
      element('rect', { class: `swatch ${tone}`, x: from, y: 25, width: 10, height: 10, rx: 2 }),
      textElement({ class: 'tick', x: from + 14, y: 34 }, name),
    ];
  });
  return markup(parts);
}

function band({ y, chart: { band: told } }: Plotted, left: number, right: number): Markup[] {
  if (!told) return [];
  const [top, bottom] = [y.at(told.high), y.at(told.low)];
  return [
    element('rect', { class: 'band', x: left, y: top, width: right - left, height: bottom - top }),
    element('line', { class: 'mean', x1: left, x2: right, y1: y.at(told.mean), y2: y.at(told.mean) }),
  ];
}

function draw({ name, tone, mark, values }: Series, { x, y, chart: { xs }, barWidth }: Plotted): Markup {
  const points = values.map((value, i) => (value === null ? null : { value, px: x.at(xs[i]!), x: xs[i]! }));
  if (mark === 'line') {
    let pen = 'M';
    const path = points.map((point) => {
      if (point === null) {
        pen = 'M';
        return '';
      }
      const at = `${rounded(point.px)} ${rounded(y.at(point.value))}`;
      // A lone point is a dot: the ends of lines are round.
      const drawn = pen === 'M' ? `M${at}h0` : `L${at}`;
      pen = 'L';
      return drawn;
    });
    return element('path', { class: `line ${tone}`, d: path.join('') }, [title(name)]);
  }
  const marks = points.flatMap((point) => {
    if (point === null) return [];
    const told = title(`${name}, epoch ${point.x}: ${Number(point.value.toPrecision(5))}`);
    const place = y.at(point.value);
    if (mark === 'dots')
      return [element('circle', { class: `dot ${tone}`, cx: point.px, cy: place, r: 2.2 }, [told])];
    const [top, foot] = [Math.min(place, y.at(0)), Math.max(place, y.at(0))];
    const box = { x: point.px - barWidth / 2, y: top, width: barWidth, height: foot - top };
    return [element('rect', { class: `bar ${tone}`, ...box }, [told])];
  });
  return markup(marks);
}

const title = (text: string): Markup => textElement({}, text, 'title');
const rounded = (place: number): number => Math.round(place * 10) / 10;
