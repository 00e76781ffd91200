/** Keys whose own members are names of the user's, and keep their case. */
const MAPS: ReadonlySet<string> = new Set(['parameters', 'groundtruthparameters', 'lossmethodoptions']);

/** JSON with its keys in lower case, as they are matched in any case; of two that differ in case alone the last one counts. */
export function lowered(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(lowered);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]: [string, unknown]) => {
      const low = key.toLowerCase();
      return [low, MAPS.has(low) ? value : lowered(value)];
    }),
  );
}
