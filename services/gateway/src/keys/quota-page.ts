import { pagePolicy } from '@allora/service-kit/security-headers';
import type { QuotaView } from './quota-view';

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:44rem;margin:3rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #8884}
td.n{text-align:right;font-variant-numeric:tabular-nums}p{color:#777}`;

export const quotaPagePolicy = pagePolicy(style);

const names: Readonly<Record<string, string>> = {
  address: 'your address',
  'api-key': 'your key, for a short time',
  'api-key-day': 'your key, today (UTC)',
  'api-key-month': 'your key, this month (UTC)',
};

/** The same as the JSON, for people. */
export function quotaPage({ caller, limits }: QuotaView): string {
  const who =
    caller.apiKeyId === null
      ? 'You came without a key, so your address counts.'
      : `Key UP-${caller.apiKeyId} of ${caller.owner ?? ''}, for: ${caller.scopes.join(', ')}.`;
  const rows = limits.map(
    ({ policy, quota, windowSeconds, remaining, resetSeconds }) =>
      `<tr><td>${escape(names[policy] ?? policy)}</td><td class="n">${grouped(remaining)} of ${grouped(quota)}</td>` +
      `<td class="n">${span(windowSeconds)}</td><td class="n">${span(resetSeconds)}</td></tr>`,
  );
  const table =
    rows.length === 0
      ? '<p>Nothing limits you here.</p>'
      : `<table><thead><tr><th>Counted for</th><th>Requests left</th><th>In a window of</th><th>New one in</th></tr></thead>` +
        `<tbody>${rows.join('')}</tbody></table>`;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Quota</title>` +
    `<meta name="viewport" content="width=device-width"><style>${style}</style></head>` +
    `<body><h1>Quota</h1><p>${escape(who)}</p>${table}</body></html>`
  );
}

const grouped = (value: number): string => value.toLocaleString('en-GB');

function span(seconds: number): string {
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
  ] as const) {
    if (seconds >= 2 * length) return `${Math.round(seconds / length)} ${unit}`;
  }
  return `${seconds} s`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? '');
