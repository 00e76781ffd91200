import { lossNamed } from '../loss/loss-functions';

/** Whether losses of this method follow from a value and the truth alone (section 5 leaves them to reputers). */
export const isSquaredError = (lossMethod: string): boolean =>
  lossNamed(lossMethod.split('?', 1)[0]!) === 'sqe';
