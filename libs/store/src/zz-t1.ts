import { startEmbeddedPostgres } from '@allora/store/embedded-postgres';
const t = Date.now();
const p = await startEmbeddedPostgres({ dataDir: process.argv[2]!, log: (l) => console.log(Date.now()-t, l) });
console.log(Date.now()-t, p);
if (process.argv[3]==='kill') process.kill(process.pid,'SIGKILL');
if (process.argv[3]==='exit') process.exit(0);
await p.stop(); console.log(Date.now()-t,'stopped');
