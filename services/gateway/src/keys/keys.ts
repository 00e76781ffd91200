import { ApiKeys } from './api-keys';
import { ApiKeysStore } from './api-keys.store';
import { AuditStore } from './audit.store';
import { ApiKeyDirectory } from './key-directory';
import { KeyQuotas } from './key-quotas';
import { KeyUsageStore } from './key-usage.store';
import { OperationsAudit } from './operations-audit';
import { OperationsKeysHttp } from './operations-keys.http';
import { OwnKeyHttp } from './own-key.http';
import { QuotaHttp } from './quota.http';

export const keyControllers = [OperationsKeysHttp, OwnKeyHttp, QuotaHttp];
export const keyProviders = [
  ApiKeysStore,
  KeyUsageStore,
  AuditStore,
  KeyQuotas,
  ApiKeyDirectory,
  ApiKeys,
  OperationsAudit,
];
