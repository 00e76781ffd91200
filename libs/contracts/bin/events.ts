import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventsPage } from '../src/events-page';

writeFileSync(path.join(import.meta.dirname, '../EVENTS.md'), eventsPage());
