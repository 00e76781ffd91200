import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

const { scheduleCheckPendingRequests: schedule } = RequestQueue.prototype;

// kafkajs 2.2.4 looks at the queue of each connection again every millisecond, also with nothing in it (tulios/kafkajs#1704), and
// so never lets a process sleep. A request that has to wait schedules a look of its own.
RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};
