import { expect, it } from 'vitest';
import { amountText, parseAmount } from './amounts';
import { splitWords } from './arguments';
import { durationText, facts, jsonText, numberText, styleFor, table } from './format';
import { inferenceOf, parseFeature } from './model-options';

it('amounts are read and told to the last uallo', () => {
  expect([parseAmount('2.5'), parseAmount('300uallo'), parseAmount('1 allo')]).toEqual([
    25n * 10n ** 17n,
    300n,
    10n ** 18n,
  ]);
  for (const text of ['', '0', '-1', '1.5uallo', '1e3', '0.0000000000000000001'])
    expect(() => parseAmount(text), text).toThrow();
  expect([25n * 10n ** 17n, 300n, 1_234_567n * 10n ** 18n, -(10n ** 18n), 0n].map(amountText)).toEqual([
    ...['2.5 ALLO', '300 uallo', '1,234,567 ALLO', '-1 ALLO', '0 ALLO'],
  ]);
});

it('a line is split as a shell does', () => {
  expect(splitWords(`python3 "my model.py" --name 'a "b"' c\\ d ''`)).toEqual([
    'python3',
    'my model.py',
    '--name',
    'a "b"',
    'c d',
    '',
  ]);
  expect(() => splitWords('a "b')).toThrow('not closed');
  expect(() => splitWords('  ')).toThrow('expected a program');
});

it('colours are for terminals whose user wants them', () => {
  expect(styleFor(true, {})('red', 'x')).toBe('\u001b[31mx\u001b[39m');
  for (const plain of [
    styleFor(false, {}),
    styleFor(true, { NO_COLOR: '1' }),
    styleFor(true, { TERM: 'dumb' }),
  ])
    expect(plain('red', 'x')).toBe('x');
});

it('columns line up whatever their colours', () => {
  const style = styleFor(true, {});
  const text = table(
    ['a', 'b'],
    [
      [style('red', 'long'), '1'],
      ['s', '2'],
    ],
    style,
  );
  expect(text.replaceAll(/\u001b\[\d+m/g, '')).toBe('a     b\nlong  1\ns     2\n');
  expect(
    facts(
      [
        ['one', '1'],
        ['none', null],
        ['three', '3'],
      ],
      styleFor(false, {}),
    ),
  ).toBe('one    1\nthree  3\n');
});

it('numbers are told for people, and whole for programs', () => {
  expect([numberText(1 / 3), numberText(null), durationText(5_000), durationText(7_200_000)]).toEqual([
    '0.3333333',
    '-',
    '5 s',
    '2 h',
  ]);
  expect(jsonText({ sum: 10n ** 20n, bytes: Uint8Array.of(1, 255) })).toBe(
    '{"sum":"100000000000000000000","bytes":"01ff"}\n',
  );
});

it('models are named by options', () => {
  expect(inferenceOf({ command: ['m'] })).toEqual({ type: 'program', command: ['m'] });
  expect(() => inferenceOf({ command: ['m'], module: 'm.mjs' })).toThrow(
    '--command and --module exclude each other',
  );
  expect(() => inferenceOf({ onnx: 'm.onnx' })).toThrow('--data and --feature');
  expect(parseFeature('lag:close:0,1')).toEqual({ kind: 'lag', column: 'close', steps: [0, 1] });
  expect(parseFeature('window:close:20:mean')).toEqual({
    kind: 'window',
    column: 'close',
    length: 20,
    statistic: 'mean',
  });
  expect(() => parseFeature('lag:close:x')).toThrow('whole numbers');
});
