import type { RunnerConfig } from '../config/runner-config';

const SECRETS = [
  'ALLORA_PRIVATE_KEY',
  'ALLORA_PASSPHRASE',
  'ALLORA_PASSWORD',
  'ALLORA_PASSWORD_FILE',
  'ALLORA_OFFCHAIN_NODE_CONFIG_JSON',
];

/** The variables that models get: all but those that open a key. A model is often somebody else's code. */
export function modelEnv(
  { identities }: Pick<RunnerConfig, 'identities'>,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const named = Object.values(identities).map((identity) => {
    if ('keyEnv' in identity) return identity.keyEnv;
    return 'mnemonicEnv' in identity ? identity.mnemonicEnv : identity.passphraseEnv;
  });
  const secret = new Set([...SECRETS, ...named]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)));
}
