declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** Of one connection to a broker. */
  export default class RequestQueue {
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
    checkPendingRequests(): void;
  }
}
