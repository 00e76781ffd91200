import { z } from 'zod';
import { secret, type ConfigRule } from './config';
import { kafkaSecuritySettings, securityProblem } from './kafka-settings';
import { readPublishedKey } from './published-key';
import { plainLine, requireTls } from './require-tls';

const anyPort = z.number().int().min(0).max(65_535);
export const logContext = (fallback: 'auto' | 'on') =>
  z
    .enum(['auto', 'on', 'off'])
    .default(fallback)
    .describe(
      'Ids of the request or epoch on every line logged for it; auto: where they cost little (Node 24) or traces are exported',
    );
const port = (fallback: number, help: string) => anyPort.default(fallback).describe(help);

export const httpPort = (fallback: number) => port(fallback, 'Port of HTTP; 0 takes any free one');
export const grpcPort = (fallback: number) => port(fallback, 'Port of gRPC; 0 takes any free one');

const url = (protocol: RegExp, form: string) =>
  z.url({ protocol, error: `expected a URL of the form ${form}` });

/** Keys fetched over a line that others can write to would make anyone an operator. */
const isConfidential = (text: string): boolean =>
  text.startsWith('https:') || /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)/.test(text);

const rateLimit = (fallback: number) => z.number().int().min(0).max(1_000_000_000).default(fallback);

const broker = z.string().regex(/^[\w.-]+:\d{1,5}$/, 'expected host:port, several separated by commas');

/** What every service is told. A service extends it with its own fields and its own ports. */
export const commonConfig = z.object({
  databaseUrl: secret(url(/^postgres(ql)?$/, 'postgresql://user:password@host:5432/database')).describe(
    'PostgreSQL 15 or later, as postgresql://user:password@host:5432/database',
  ),
  databasePoolSize: z
    .number()
    .int()
    .min(2)
    .max(200)
    .default(20)
    .describe('Most connections held to the database'),
  migrations: z
    .enum(['apply', 'check'])
    .default('apply')
    .describe(
      'apply: a start brings the database up to date; check: it ends where a migration is missing, for roles that may not',
    ),
  bus: z
    .enum(['embedded', 'kafka'])
    .default('embedded')
    .describe('Where events live: in the database, or on Kafka'),
  kafkaBrokers: z
    .array(broker)
    .max(50)
    .default([])
    .describe('host:port of Kafka brokers, separated by commas; needed with BUS=kafka'),
  ...kafkaSecuritySettings,
  kafkaPartitions: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(12)
    .describe('Partitions of a Kafka topic made at start'),
  kafkaReplication: z
    .number()
    .int()
    .min(1)
    .max(9)
    .optional()
    .describe("Replicas of a Kafka topic made at start; the brokers' default unless set"),
  kafkaSessionTimeoutMs: z
    .number()
    .int()
    .min(1_000)
    .max(300_000)
    .default(15_000)
    .describe(
      "Silence after which a replica loses its partitions to the others, in ms; within the brokers' bounds",
    ),
  busTopicPrefix: z
    .string()
    .regex(/^[\w.-]{0,64}$/, 'expected at most 64 letters, digits, dots, dashes')
    .default('')
    .describe('Put before every Kafka topic and group, so that networks share a cluster'),
  redisUrl: secret(url(/^rediss?$/, 'redis://host:6379').optional()).describe(
    'Redis for cache and fan-out, as redis://host:6379; without it they live in this process',
  ),
  requireTls,
  httpHost: z.string().min(1).default('0.0.0.0').describe('Address HTTP listens on'),
  httpPort: httpPort(8080),
  httpBodyLimitBytes: z
    .number()
    .int()
    .min(1_024)
    .max(67_108_864)
    .default(1_048_576)
    .describe('Largest HTTP body taken'),
  httpBulkBodyLimitBytes: z
    .number()
    .int()
    .min(1_024)
    .max(268_435_456)
    .default(16_777_216)
    .describe('Largest HTTP body taken where many commands travel in one'),
  trustProxy: z
    .array(
      z
        .string()
        .regex(/^[\w.:/]+$/, 'expected addresses or networks, such as 10.0.0.0/8, separated by commas'),
    )
    .max(50)
    .default([])
    .describe(
      'Reverse proxies whose X-Forwarded-For is believed, as addresses or networks separated by commas; ' +
        'without any, the address of the connection counts',
    ),
  rateLimitPerAddress: rateLimit(0).describe(
    'Requests, gRPC calls and stream messages of one IP address in a window; 0: no limit, the default, because all behind one ' +
      'proxy or on one machine share an address. Set it with TRUST_PROXY',
  ),
  rateLimitPerKey: rateLimit(20_000).describe(
    'Submissions of one account in a window, counted once their signature is verified; 0: no limit',
  ),
  rateLimitWindowSeconds: z
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(10)
    .describe('Window of the rate limits; all processes with one REDIS_URL share them'),
  adminToken: secret(z.string().min(16).optional()).describe(
    'Bearer token for what is for operators; without it the manual clock is open to all, dead letters on loopback only',
  ),
  operationsPort: anyPort
    .optional()
    .describe(
      'Port of HTTP for operators: /operations is answered there and no longer on HTTP_PORT; 0 takes any free one',
    ),
  operationsHost: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe(
      'Address the port for operators listens on; with loopback it is reached by kubectl port-forward',
    ),
  oidcIssuer: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .describe(
      'OIDC issuer whose access tokens open /operations, as its tokens name it in "iss"; then ADMIN_TOKEN does not open it',
    ),
  oidcAudience: z.string().min(1).max(2_000).optional().describe('Audience that such a token has to be for'),
  oidcJwksUrl: z
    .url({ protocol: /^https?$/, error: 'expected https://…' })
    .refine(isConfidential, 'expected https://…; http only on loopback')
    .optional()
    .describe('Where the issuer publishes its keys'),
  oidcRoleClaim: z
    .string()
    .min(1)
    .max(200)
    .default('roles')
    .describe('Claim that lists the roles, dots going down: realm_access.roles'),
  oidcOperatorRole: z
    .string()
    .min(1)
    .max(200)
    .default('allora-operator')
    .describe('Role that operators have'),
  corsOrigins: z
    .array(z.string().regex(/^(\*|https?:\/\/[\w.-]+(:\d{1,5})?)$/, 'expected https://host[:port] or *'))
    .max(100)
    .default([])
    .describe(
      'Origins whose pages may read answers, separated by commas, or *; none: no page of another origin',
    ),
  auditLog: z
    .enum(['on', 'off'])
    .default('on')
    .describe('A log line for each request that changes something or was refused to: who, what, outcome'),
  grpcHost: z.string().min(1).default('0.0.0.0').describe('Address gRPC listens on'),
  grpcPort: grpcPort(9080),
  grpcReflection: z
    .boolean()
    .default(true)
    .describe('Whether gRPC clients may ask which services and messages there are'),
  slowReaderBytes: z
    .number()
    .int()
    .min(65_536)
    .max(67_108_864)
    .default(1_048_576)
    .describe(
      'Bytes of a stream (gRPC or server-sent events) not read by its peer beyond which it is cut off',
    ),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least level logged'),
  logFormat: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('json: a line of JSON each; pretty: for people; auto: pretty on a terminal only'),
  logContext: logContext('on'),
  otelExporterOtlpEndpoint: z
    .url({ protocol: /^https?$/, error: 'expected http(s)://host:port' })
    .optional()
    .describe(
      'OpenTelemetry collector that traces are sent to, by OTLP over HTTP; without it nothing is traced',
    ),
  otelTracesSamplerArg: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of traces sent, of epochs whole ones: every process chooses the same'),
  chainId: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected at most 64 letters, digits, dots, dashes')
    .default('allora-local-1')
    .describe('Network that signatures are for'),
  networkKey: secret(
    z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected 32 bytes in lower-case hex')
      .optional(),
  ).describe(
    'Private key of the network, 32 bytes in hex, the same for the gateway and the three that take submissions, which sign with ' +
      'it, and for rewards, which acts on what it signed. They need it with BUS=kafka; without it they use a key of this process',
  ),
  networkPublicKeys: z
    .array(
      z
        .string()
        .refine(
          (text) => readPublishedKey(text) !== undefined,
          'expected 33 bytes in lower-case hex, then @from/until in ISO time or nothing',
        ),
    )
    .max(100)
    .default([])
    .describe(
      'Other public keys of the network, separated by commas: the next one before it signs, former ones after; ' +
        'hex@from/until, as 02ab…@2026-01-01T00:00:00Z/2026-02-01T00:00:00Z, either end left out where there is none',
    ),
  shutdownDelayMs: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe('Time between "not ready" and the end of intake, for load balancers to notice'),
  shutdownTimeoutMs: z
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(20_000)
    .describe('Longest stop; what is unfinished by then is cut off and done again at the next start'),
});

export type CommonConfig = z.output<typeof commonConfig>;

/** Of a service that signs for the network, or acts on what others have signed with the same key. */
export const signerRule: ConfigRule<CommonConfig> = ({ bus, networkKey }) =>
  bus === 'kafka' && networkKey === undefined
    ? 'NETWORK_KEY: is required with BUS=kafka; make one with: openssl rand -hex 32'
    : undefined;

export const commonRules: readonly ConfigRule<CommonConfig>[] = [
  ({ oidcIssuer, oidcAudience, oidcJwksUrl }) => {
    const given = [oidcIssuer, oidcAudience, oidcJwksUrl].filter((part) => part !== undefined);
    return given.length === 0 || given.length === 3
      ? undefined
      : 'OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URL: are set together or not at all';
  },
  ({ bus, kafkaBrokers }) =>
    bus === 'kafka' && kafkaBrokers.length === 0 ? 'KAFKA_BROKERS: is required with BUS=kafka' : undefined,
  securityProblem,
  plainLine,
];
