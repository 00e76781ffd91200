import { parentPort } from 'node:worker_threads';
import { secp256k1 } from './secp256k1';
import { unpackClaims } from './signature-claim';

/** A thread that checks packed claims; the answer holds a byte for each, 1 where it is true. */
parentPort?.on('message', (packed: Uint8Array) => {
  const claims = unpackClaims(packed);
  const answers = Uint8Array.from(claims, ({ point, digest, signature }) =>
    secp256k1.verify(point, digest, signature) ? 1 : 0,
  );
  parentPort?.postMessage(answers, [answers.buffer]);
});
