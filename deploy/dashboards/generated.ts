import { serviceNames } from '@allora/contracts/catalog';
import { bus, requests, runtime } from './every-service';
import { overviews } from './overview';
import { ownSections } from './own-sections';
import { type Dashboard, grafanaJson } from './panel';
import { sloRules } from './slo-rules';

const dashboards: readonly Dashboard[] = [
  ...overviews,
  ...serviceNames.map((service) => ({
    uid: `allora-${service}`,
    title: `Allora: ${service}`,
    sections: [...ownSections[service], requests(service), bus(service), runtime(service)],
  })),
];

/** Files below helm/allora/files, and what is in them. */
export const generated = (): ReadonlyMap<string, string> =>
  new Map([
    ...dashboards.map((dashboard) => {
      const name = dashboard.uid.replace(/^allora-/, '');
      return [`dashboards/${name}.json`, grafanaJson(dashboard)] as const;
    }),
    ['alerts/slo.yml', sloRules()] as const,
  ]);
