import type { KubernetesObject } from './rendered';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
  }[];
  readonly volumeMounts?: readonly { readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly resources?: { readonly requests?: unknown; readonly limits?: unknown };
  readonly startupProbe?: unknown;
  readonly livenessProbe?: unknown;
  readonly readinessProbe?: unknown;
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string };
    readonly configMap?: { readonly name: string };
  }[];
  readonly topologySpreadConstraints?: readonly { readonly topologyKey: string }[];
}

/** Of a Deployment or Job its pod; of a Pod itself. */
export function podOf({ kind, spec }: KubernetesObject): PodSpec | undefined {
  if (kind === 'Pod') return spec as PodSpec;
  if (kind !== 'Deployment' && kind !== 'Job') return undefined;
  return (spec as { template: { spec: PodSpec } }).template.spec;
}

export const componentOf = ({ metadata }: KubernetesObject): string =>
  metadata.labels?.['app.kubernetes.io/component'] ?? '';
