import { jsonLog, type Log } from '@allora/runner/log';
import { startRunner, type RunnerStatus } from '@allora/runner/run/runner';
import { sleep } from '@allora/sdk/sleep';
import { amountText } from './amounts';
import { newsText, RunNews } from './run-news';
import { loadWho, openWho, type RunOptions } from './runner-options';
import type { Session } from './session';

const LOOK_MS = 250;

/** Works until Ctrl-C, or until so many windows were answered by everyone. */
export async function runParticipants(
  session: Session,
  role: 'worker' | 'reputer',
  options: RunOptions,
): Promise<void> {
  const { around } = session;
  const loaded = await loadWho(session, role, options);
  for (const warning of loaded.warnings) session.note(warning);
  const accounts = await openWho(session, loaded);
  const stop = around.untilStopped();
  const log = logOf(session, options.verbose === true);
  const runner = await startRunner({ ...loaded, accounts, log, env: around.env });
  if (runner.statusUrl !== null) session.note(`Status: ${runner.statusUrl}   Stop with Ctrl-C.`);
  const news = new RunNews();
  const tell = (status: RunnerStatus): void => {
    for (const one of news.from(status)) session.line(one, newsText(one, session.style));
  };
  const enough = ({ participants }: RunnerStatus): boolean =>
    participants.every(({ acceptedWindows }) => acceptedWindows >= (options.windows ?? Infinity));
  try {
    for (let status = runner.status(); !stop.aborted; status = runner.status()) {
      tell(status);
      if (enough(status)) break;
      await sleep(LOOK_MS, stop);
    }
  } finally {
    await runner.close();
  }
  for (const { topicId, acceptedWindows, missedWindows, earnedUallo } of runner.status().participants) {
    const earned = amountText(BigInt(earnedUallo));
    session.note(
      `topic ${topicId}: ${acceptedWindows} windows answered, ${missedWindows} missed, ${earned} earned`,
    );
  }
}

/** The lines of the windows say what matters; beside them troubles, or with --verbose everything. */
function logOf({ json, around }: Session, verbose: boolean): Log {
  const from = verbose ? 'debug' : 'error';
  if (json) return jsonLog(around.err, from);
  return jsonLog((line) => {
    const { level, msg } = JSON.parse(line) as { level: string; msg: string };
    around.err(`${level}: ${msg}\n`);
  }, from);
}
