/** Nest token of a service module's own `ServiceBus`, provided by `serviceBusProvider`. */
export const SERVICE_BUS = Symbol('SERVICE_BUS');
/** Nest token of the one `BusTransport`. */
export const BUS_TRANSPORT = Symbol('BUS_TRANSPORT');
/** Nest token of the one `Cache`. */
export const CACHE = Symbol('CACHE');
