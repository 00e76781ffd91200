/** A JSON schema, as far as these tell one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const object = (
  required: Record<string, JsonSchema>,
  optional: Record<string, JsonSchema> = {},
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(required),
  properties: { ...required, ...optional },
});
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', minItems: 1, items });
const oneOf = (...values: unknown[]): JsonSchema => ({ enum: values });
const text: JsonSchema = { type: 'string', minLength: 1 };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const flag: JsonSchema = { type: 'boolean' };
const texts: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } };
const anything: JsonSchema = { type: 'object' };
const duration: JsonSchema = { type: 'string', pattern: '^(\\d+(ms|s|m|h|d|w|y))+$' };
const quantity: JsonSchema = { type: 'string', pattern: '^\\d+(\\.\\d+)?(m|[kMGT]i?)?$' };
const quantities: JsonSchema = { type: 'object', additionalProperties: quantity };
const resources = object({}, { requests: quantities, limits: quantities });
const metadata = object({ name: text, labels: texts }, { annotations: texts, namespace: text });

const kind = (apiVersion: string, name: string, spec: JsonSchema): [string, JsonSchema] => [
  `${apiVersion}/${name}`,
  object({ apiVersion: oneOf(apiVersion), kind: oneOf(name), metadata, spec }),
];

const relabeling = object({ sourceLabels: list(text), targetLabel: text });
const serviceMonitor = object(
  {
    selector: object({ matchLabels: texts }),
    endpoints: list(
      object({ port: text, path: text, interval: duration }, { relabelings: list(relabeling) }),
    ),
  },
  { targetLabels: list(text) },
);

const rule = {
  ...object(
    { expr: text },
    {
      alert: text,
      record: text,
      for: duration,
      keep_firing_for: duration,
      labels: texts,
      annotations: texts,
    },
  ),
  oneOf: [{ required: ['alert'] }, { required: ['record'] }],
};
const prometheusRule = object({
  groups: list(object({ name: text, rules: list(rule) }, { interval: duration, limit: count })),
});

const trigger = {
  oneOf: [
    object({ type: oneOf('cpu'), metricType: oneOf('Utilization'), metadata: object({ value: text }) }),
    object(
      {
        type: oneOf('kafka'),
        metadata: object(
          { bootstrapServers: text, consumerGroup: text, topic: text, lagThreshold: text },
          {
            offsetResetPolicy: oneOf('earliest', 'latest'),
            sasl: oneOf('plaintext', 'scram_sha256', 'scram_sha512'),
            tls: oneOf('enable', 'disable'),
          },
        ),
      },
      { authenticationRef: object({ name: text }) },
    ),
  ],
};
const scaledObject = object({
  scaleTargetRef: object({ name: text }),
  minReplicaCount: count,
  maxReplicaCount: count,
  advanced: object({ horizontalPodAutoscalerConfig: object({ behavior: anything }) }),
  triggers: list(trigger),
});
const triggerAuthentication = object(
  {},
  {
    env: list(object({ parameter: oneOf('username'), name: text }, { containerName: text })),
    secretTargetRef: list(
      object({ parameter: oneOf('password', 'ca', 'cert', 'key'), name: text, key: text }),
    ),
  },
);

const parents = list(object({ name: text }, { namespace: text, sectionName: text, port: count }));
const backends = list(object({ name: text, port: count }));
const httpMatch = object(
  { path: object({ type: oneOf('Exact', 'PathPrefix', 'RegularExpression'), value: text }) },
  { method: oneOf('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH') },
);
/** The definition's own limits: 16 rules, 64 matches a rule. */
const httpRoute = object(
  {
    parentRefs: parents,
    rules: {
      ...list(
        object(
          { matches: { ...list(httpMatch), maxItems: 64 }, backendRefs: backends },
          { timeouts: object({ request: text }) },
        ),
      ),
      maxItems: 16,
    },
  },
  { hostnames: list(text) },
);
const grpcRoute = object(
  {
    parentRefs: parents,
    rules: list(
      object({ matches: list(object({ method: object({ service: text }) })), backendRefs: backends }),
    ),
  },
  { hostnames: list(text) },
);

const externalSecret = object({
  refreshInterval: duration,
  secretStoreRef: object({ kind: oneOf('SecretStore', 'ClusterSecretStore'), name: text }),
  target: object({ name: text }),
  data: list(object({ secretKey: text, remoteRef: object({ key: text, property: text }) })),
});

const listener = object(
  { name: text, port: count, type: oneOf('internal'), tls: flag },
  { authentication: object({ type: oneOf('scram-sha-512', 'tls') }) },
);
const kafka = object({
  kafka: object({ listeners: list(listener), config: anything }, { version: text }),
  entityOperator: object({}, { userOperator: anything, topicOperator: anything }),
});
const kafkaNodePool = object({
  replicas: count,
  roles: list(oneOf('controller', 'broker')),
  storage: object({
    type: oneOf('jbod'),
    volumes: list(
      object(
        {
          id: count,
          type: oneOf('persistent-claim'),
          size: quantity,
          deleteClaim: flag,
          kraftMetadata: oneOf('shared'),
        },
        { class: text },
      ),
    ),
  }),
  resources,
});
const kafkaUser = object({ authentication: object({ type: oneOf('scram-sha-512', 'tls') }) });

const initdb = object(
  { database: text, owner: text, secret: object({ name: text }) },
  { encoding: text, localeCollate: text, localeCType: text, postInitSQL: list(text) },
);
const postgresCluster = object(
  {
    instances: count,
    storage: object({ size: quantity }, { storageClass: text }),
    bootstrap: object({ initdb }),
    postgresql: object({ parameters: texts }),
    resources,
  },
  { imageName: text, imagePullSecrets: list(object({ name: text })) },
);

/** By `apiVersion/kind`. */
export const customResources: Readonly<Record<string, JsonSchema>> = Object.fromEntries([
  kind('monitoring.coreos.com/v1', 'ServiceMonitor', serviceMonitor),
  kind('monitoring.coreos.com/v1', 'PrometheusRule', prometheusRule),
  kind('keda.sh/v1alpha1', 'ScaledObject', scaledObject),
  kind('keda.sh/v1alpha1', 'TriggerAuthentication', triggerAuthentication),
  kind('gateway.networking.k8s.io/v1', 'HTTPRoute', httpRoute),
  kind('gateway.networking.k8s.io/v1', 'GRPCRoute', grpcRoute),
  kind('external-secrets.io/v1', 'ExternalSecret', externalSecret),
  kind('kafka.strimzi.io/v1', 'Kafka', kafka),
  kind('kafka.strimzi.io/v1', 'KafkaNodePool', kafkaNodePool),
  kind('kafka.strimzi.io/v1', 'KafkaUser', kafkaUser),
  kind('postgresql.cnpg.io/v1', 'Cluster', postgresCluster),
]);
