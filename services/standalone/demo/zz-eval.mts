import { runDemo } from './run-demo';
import { offlineNetwork } from './testing/offline-network';
import { summaryLines } from './print';
const [seed, epochs] = process.argv.slice(2);
const t = performance.now();
const s = await runDemo({ client: offlineNetwork(), epochs: Number(epochs), seed: seed! });
console.log(summaryLines(s).join('\n'), performance.now() - t);
