import { RefusalError } from '@allora/contracts/errors';
import { requireAdmin } from './admin-token';
import type { CommonConfig } from './common-config';
import { OperatorTokens } from './operator-tokens';

export interface Operator {
  /** `sub` of the token, or how else the operator was told from others. */
  readonly name: string;
}

type OperatorsConfig = Pick<CommonConfig, 'adminToken' | 'httpHost'> &
  Partial<
    Pick<
      CommonConfig,
      | 'operationsPort'
      | 'operationsHost'
      | 'oidcIssuer'
      | 'oidcAudience'
      | 'oidcJwksUrl'
      | 'oidcRoleClaim'
      | 'oidcOperatorRole'
    >
  >;

/**
 * Who may do what an operator does, by HTTP: whom the OIDC issuer says, else who has the token. Without either only a process
 * that nobody else can reach is open.
 */
export class Operators {
  private readonly tokens: OperatorTokens | undefined;

  constructor(private readonly config: OperatorsConfig) {
    const { oidcIssuer: issuer, oidcAudience: audience, oidcJwksUrl: jwksUrl } = config;
    if (issuer === undefined || audience === undefined || jwksUrl === undefined) return;
    const { oidcRoleClaim: roleClaim = 'roles', oidcOperatorRole: operatorRole = 'operator' } = config;
    this.tokens = new OperatorTokens({ issuer, audience, jwksUrl, roleClaim, operatorRole });
  }

  async identify(authorization: string | undefined): Promise<Operator> {
    if (this.tokens) return { name: await this.tokens.subjectOf(authorization) };
    const { adminToken } = this.config;
    if (adminToken !== undefined) {
      requireAdmin(adminToken, authorization);
      return { name: 'ADMIN_TOKEN' };
    }
    if (isLoopback(this.host)) return { name: 'loopback' };
    throw new RefusalError(
      'NOT_AUTHORIZED',
      'ADMIN_TOKEN is not set, and the port for operators does not listen on loopback',
    );
  }

  private get host(): string {
    const { httpHost, operationsHost, operationsPort } = this.config;
    return operationsPort === undefined ? httpHost : (operationsHost ?? httpHost);
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
