import { PurchaseDriver } from './purchase-driver';
import { PurchaseEffects } from './purchase-effects';
import { PurchaseMetrics } from './purchase-metrics';
import { Purchases } from './purchases';
import { PurchasesGrpc } from './purchases.grpc';
import { PurchasesHttp } from './purchases.http';
import { PurchasesStore } from './purchases.store';
import { SignedInferences } from './signed-inferences';

export const purchaseControllers = [PurchasesHttp];
export const purchaseProviders = [
  PurchaseMetrics,
  PurchasesStore,
  PurchaseEffects,
  SignedInferences,
  PurchaseDriver,
  Purchases,
  PurchasesGrpc,
];
