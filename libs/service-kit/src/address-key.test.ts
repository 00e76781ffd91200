import { expect, test } from 'vitest';
import { addressKey } from './address-key';

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:0012:1::1', '2001:db8:12:1::/64'],
  ['2001:DB8:12:1:ffff:ffff:ffff:ffff', '2001:db8:12:1::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['unknown', 'unknown'],
])('%s counts as %s', (ip, key) => {
  expect(addressKey(ip)).toBe(key);
});
