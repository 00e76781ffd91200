import { requireGoProgram } from './go-program';

export const requireHelm = (log: (line: string) => void): Promise<string> =>
  requireGoProgram(
    {
      name: 'helm',
      source: 'helm.sh/helm/v3/cmd/helm',
      version: 'v3.19.0',
      versionArgs: ['version', '--short'],
      accepts: /^v3\.(1[4-9]|[2-9]\d)\b/,
    },
    log,
  );
