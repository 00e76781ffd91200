import type { RunnerStatus } from '../run/runner';
import type { ParticipantStatus, PartStatus, WindowStatus } from './status-book';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character]!);

const cell = (text: string | number | null | undefined): string => `<td>${escaped(String(text ?? ''))}</td>`;
const number = (value: number | null | undefined): string => (value == null ? '' : value.toPrecision(5));

const partText = ({ state, value, error }: PartStatus): string =>
  [state, value, error].filter(Boolean).join(': ');

/** Whole ALLO with six places. */
export function alloText(uallo: string | null | undefined): string {
  if (uallo == null) return '';
  const micro = BigInt(uallo) / 10n ** 12n;
  return `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}`;
}

function windowRow({ nonce, open, parts, result }: WindowStatus): string {
  const said = Object.entries(parts).map(([kind, part]) => `${kind} ${partText(part)}`);
  const cells = [
    nonce,
    open ? 'open' : 'closed',
    said.join('; '),
    number(result?.weight),
    number(result?.score),
  ];
  return `<tr>${[...cells, alloText(result?.rewardUallo)].map(cell).join('')}</tr>`;
}

function participantTable(one: ParticipantStatus): string {
  const counts = `${one.acceptedWindows} windows served, ${one.missedWindows} missed, ${alloText(one.earnedUallo)} ALLO earned`;
  const trouble = one.trouble === null ? '' : `<p class="trouble">${escaped(one.trouble)}</p>`;
  const heads = ['nonce', 'window', 'answers', 'weight', 'score', 'reward (ALLO)'].map(
    (head) => `<th>${head}</th>`,
  );
  return `<section><h2>${one.role} of topic ${one.topicId}: ${one.state}</h2>
<p><code>${escaped(one.address)}</code><br>${counts} since the start</p>${trouble}
<table><tr>${heads.join('')}</tr>${one.windows.map(windowRow).join('\n')}</table></section>`;
}

/** A page without scripts that reads itself again. */
export function statusPage(status: RunnerStatus): string {
  const mode = status.dryRun ? '<p class="trouble">Dry run: nothing is sent.</p>' : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>Allora runner</title><style>body{font:14px/1.5 system-ui,sans-serif;margin:2rem;max-width:70rem}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.2rem .5rem;text-align:left;vertical-align:top}
.trouble{color:#a00}</style></head><body><h1>Allora runner</h1>
<p>${escaped(status.network.url)}, chain ${escaped(status.network.chainId ?? 'not known yet')}</p>${mode}
${status.participants.map(participantTable).join('\n')}
<p><a href="/status">JSON</a> · <a href="/metrics">metrics</a> · <a href="/health">health</a></p></body></html>`;
}
