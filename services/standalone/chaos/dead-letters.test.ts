import { describe, expect, it } from 'vitest';
import { checkDeadLetters, type Letter } from './dead-letters';

const letter = (change: Partial<Letter> = {}): Letter => ({
  ...{
    service: 'gateway',
    topic: 'epochs',
    key: '4',
    isUndecodable: true,
    place: '0:1',
    error: 'Error: no\n at',
  },
  ...change,
});
const poisoned = {
  key: '4',
  undecodable: [{ topic: 'epochs', services: ['gateway'], records: 1 }],
  broken: ['scores'],
};
const rulesOf = (letters: readonly Letter[]): string[] =>
  checkDeadLetters(letters, poisoned).map(({ rule }) => rule);

describe('the check of dead letters', () => {
  it('expects one of every poisoned record from every reader, and takes more of the same', () => {
    expect(rulesOf([letter()])).toEqual([]);
    expect(rulesOf([letter(), letter()])).toEqual([]);
    expect(rulesOf([letter(), letter({ topic: 'scores', isUndecodable: false })])).toEqual([]);
  });

  it('finds a poisoned record that was swallowed', () => {
    expect(rulesOf([])).toEqual(['NO_DEAD_LETTER']);
    expect(rulesOf([letter({ service: 'rewards' })])).toEqual(['NO_DEAD_LETTER']);
  });

  it('finds a sound record that was given up', () => {
    expect(rulesOf([letter(), letter({ key: '1' })])).toEqual(['GIVEN_UP']);
    expect(rulesOf([letter(), letter({ isUndecodable: false })])).toEqual(['GIVEN_UP']);
  });
});
