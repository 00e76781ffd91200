import { requireProgram } from '../stack/programs';

/** Debian's package brings both; 2.42 or later will do. */
export const requirePrometheus = (log: (line: string) => void): Promise<string> =>
  requireProgram('prometheus', 'prometheus', 'a PATH with prometheus', log);

export const requirePromtool = (log: (line: string) => void): Promise<string> =>
  requireProgram('promtool', 'prometheus', 'a PATH with promtool', log);
