import { InvalidArgumentError } from 'commander';

const ALLO = 10n ** 18n;
const PLACES = 18;
/** Below a millionth of an ALLO an amount is told in uallo. */
const SMALL_UALLO = 10n ** 12n;

/** `2.5` and `2.5allo` are ALLO, `300uallo` is uallo. @returns whole uallo above zero. */
export function parseAmount(text: string): bigint {
  const [, whole, places = '', unit = 'allo'] =
    /^(\d{1,20})(?:\.(\d{1,18}))?\s*(u?allo)?$/i.exec(text.trim()) ?? [];
  if (whole === undefined || (unit.toLowerCase() === 'uallo' && places !== '')) {
    throw new InvalidArgumentError(
      'expected an amount in ALLO with up to 18 decimals, such as 2.5, or such as 300uallo',
    );
  }
  const uallo = unit.toLowerCase() === 'uallo' ? BigInt(whole) : BigInt(whole + places.padEnd(PLACES, '0'));
  if (uallo > 0n) return uallo;
  throw new InvalidArgumentError('expected an amount above zero');
}

/** Exact: no digit is left out. */
export function amountText(uallo: bigint): string {
  const size = uallo < 0n ? -uallo : uallo;
  if (size > 0n && size < SMALL_UALLO) return `${uallo} uallo`;
  const places = String(size % ALLO)
    .padStart(PLACES, '0')
    .replace(/0+$/, '');
  const whole = String(size / ALLO).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${uallo < 0n ? '-' : ''}${whole}${places === '' ? '' : `.${places}`} ALLO`;
}
