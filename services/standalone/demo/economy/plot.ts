const ROWS = 8;
const LABEL_WIDTH = 9;

/** Bars of plain characters, one column a value, between the least and the greatest of them; few rows are enough to see a shape. */
export function plotLines(title: string, values: readonly number[]): string[] {
  if (values.length === 0) return [];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high - low || 1;
  const heights = values.map((value) => Math.round(((value - low) / span) * (ROWS - 1)));
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const row = ROWS - 1 - i;
    const label = row === ROWS - 1 ? high.toFixed(3) : row === 0 ? low.toFixed(3) : '';
    const bars = heights.map((height) => (height === row ? '*' : height > row ? ':' : ' ')).join('');
    return `${label.padStart(LABEL_WIDTH)} |${bars.trimEnd()}`;
  });
  return [title, ...rows, ''];
}
