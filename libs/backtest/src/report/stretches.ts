/** A list in at most so many stretches of neighbours, as long as each other but for one. */
export function inStretches<T>(list: readonly T[], most: number): T[][] {
  const count = Math.min(most, list.length);
  return Array.from({ length: count }, (_, i) =>
    list.slice(Math.floor((i * list.length) / count), Math.floor(((i + 1) * list.length) / count)),
  );
}
