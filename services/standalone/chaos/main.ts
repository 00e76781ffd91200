import { runEpoch } from './epoch-scenario';
import { purchaseSettings, runPurchases } from './purchase-scenario';
import { runIngest } from './ingest-scenario';
import { ledgerSettings, runLedger } from './ledger-scenario';
import { readOptions } from './options';
import { planFaults } from './plan';
import { createReporter } from './report';
import { defaultDir, openNetwork } from './run';
import { shorten } from './violation';

const scenarios = { ingest: runIngest, epoch: runEpoch, ledger: runLedger, purchases: runPurchases };

const options = readOptions(process.argv);
const reporter = createReporter(options.json);
const plan = planFaults(options.seed, options.scenario, options.minutes);
// Whoever reads may leave before the end: what was started must be ended all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
reporter.plan(plan);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // The second one does not wait; what runs is killed as this process exits.
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort(new Error(`stopped by ${signal}`));
  });

async function run(): Promise<boolean> {
  const { signal } = stopping;
  const root = process.cwd();
  const dir = defaultDir(root);
  const { scenario, seed, minutes, sha256 } = plan;
  const settings =
    scenario === 'ledger' ? ledgerSettings(seed, dir) : scenario === 'purchases' ? purchaseSettings : {};
  const network = await openNetwork({ root, dir, scenario, settings, keep: options.keep, reporter, signal });
  let result: Readonly<Record<string, unknown>>;
  try {
    const outcome = await scenarios[scenario]({ network, plan, options, reporter, signal });
    const { violations, memory, facts, ...counts } = outcome;
    const { kills, counts: faults, failures, repeated, skipped } = network.faults;
    result = {
      ...{ scenario, seed, minutes, plan: sha256 },
      ...counts,
      kills: Object.values(kills).reduce((sum, count) => sum + count, 0),
      ...{
        killsByTarget: kills,
        faults,
        faultFailures: failures,
        faultsLeftOut: skipped,
        repeatedRecords: repeated,
      },
      crashes: network.cluster.crashes,
      ...facts,
      memory,
      violationCount: violations.length,
      violations: shorten(violations),
    };
    if (violations.length > 0 && !options.keep) {
      network.keepLogs();
      reporter.note(`logs: ${dir}/logs`);
    }
  } finally {
    await network.dispose();
    if (options.keep) reporter.note(`logs and data: ${dir}`);
  }
  // Behind everything else: it is the last line.
  reporter.result(result);
  return result['violationCount'] === 0;
}

if (!options.planOnly) {
  try {
    process.exitCode = (await run()) ? 0 : 1;
  } catch (error) {
    reporter.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = stopping.signal.aborted ? 130 : 1;
  }
  process.exit();
}
