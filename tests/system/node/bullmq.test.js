// BullMQ's queues with each client it takes: ioredis 5 (RESP2) and 6 (RESP3), and node-redis 6 over a Unix socket.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { FlowProducer, Queue, QueueEvents, UnrecoverableError, Worker } = require('bullmq');
const { createClient } = require('redis');
const { startServer } = require('./server.js');

const connectors = {
  'ioredis-5': (server) => new (require('ioredis-5').Redis)(server.port, '127.0.0.1', { maxRetriesPerRequest: null }),
  'ioredis-6': (server) => new (require('ioredis-6').Redis)(server.port, '127.0.0.1', { maxRetriesPerRequest: null }),
  'node-redis': (server) => createClient({ socket: { path: server.path, tls: false } }),
};

const range = (count) => Array.from({ length: count }, (_, index) => index);

async function until(condition) {
  for (const deadline = Date.now() + 20000; !await condition();) {
    assert.ok(Date.now() < deadline, `never came: ${condition}`);
    await sleep(10);
  }
}

for (const [name, connector] of Object.entries(connectors)) {
  // One queue, and makers of what belongs to it; everything is closed after the test.
  async function open(t) {
    const server = await startServer(t);
    const connection = connector(server);
    connection.on('error', () => {});
    if (name === 'node-redis') await connection.connect();
    server.atEnd(() => (name === 'node-redis' ? connection.destroy() : connection.disconnect()));
    const own = (thing) => {
      thing.on('error', (error) => { if (!/closed/i.test(error.message)) throw error; });
      server.atEnd(() => thing.close());
      return thing;
    };
    return {
      queue: own(new Queue('q', { connection })),
      work: (handle, options) => own(new Worker('q', handle, { connection, ...options })),
      events: () => own(new QueueEvents('q', { connection })),
      flows: () => own(new FlowProducer({ connection })),
    };
  }

  test(`bullmq on ${name}: jobs, their results and their order`, async (t) => {
    const { queue, work, events } = await open(t);
    const listener = events();
    await listener.waitUntilReady();
    const heard = [];
    listener.on('completed', ({ jobId, returnvalue }) => heard.push([jobId, returnvalue]));
    await queue.addBulk(range(200).map((n) => ({ name: 'square', data: { n } })));
    await queue.add('last', { n: 'x' }, { lifo: true });
    assert.deepEqual(await queue.getJobCounts('wait', 'active', 'completed'), { wait: 201, active: 0, completed: 0 });
    const order = [];
    work(async (job) => {
      order.push(job.data.n);
      await job.updateProgress(50);
      return job.data.n ** 2;
    });
    await until(() => heard.length === 201);
    assert.deepEqual(order, ['x', ...range(200)]);
    assert.equal((await queue.getJobCounts('completed')).completed, 201);
    const job = await queue.getJob(heard[7][0]);
    assert.equal(job.returnvalue, heard[7][1]);
    assert.equal(job.progress, 50);
    assert.equal(await (await queue.add('one', { n: 12 })).waitUntilFinished(listener, 10000), 144);
    assert.equal((await queue.clean(0, 1000, 'completed')).length, 202);
  });

  test(`bullmq on ${name}: delays, priorities, several at once`, async (t) => {
    const { queue, work } = await open(t);
    const started = Date.now();
    await queue.add('late', {}, { delay: 400 });
    for (const priority of [30, 10, 20]) await queue.add(`p${priority}`, {}, { priority });
    assert.deepEqual(await queue.getJobCounts('delayed', 'prioritized'), { delayed: 1, prioritized: 3 });
    const order = [];
    const worker = work(async (job) => order.push([job.name, Date.now() - started]));
    await until(() => order.length === 4);
    assert.deepEqual(order.map(([job]) => job), ['p10', 'p20', 'p30', 'late']);
    assert.ok(order[3][1] >= 399 && order[3][1] < 3000, `late came after ${order[3][1]} ms`);
    await worker.close();

    let most = 0;
    let running = 0;
    let done = 0;
    work(async () => {
      most = Math.max(most, running += 1);
      await sleep(20);
      running -= 1;
      done += 1;
    }, { concurrency: 5 });
    await queue.addBulk(range(20).map((n) => ({ name: 'slow', data: { n } })));
    await until(() => done === 20);
    assert.ok(most > 1 && most <= 5, String(most));
  });

  test(`bullmq on ${name}: failures, attempts, retries`, async (t) => {
    const { queue, work } = await open(t);
    work(async (job) => {
      if (job.name === 'hopeless') throw new UnrecoverableError('no way');
      if (job.attemptsMade < 2) throw new Error(`attempt ${job.attemptsMade}`);
      return 'at last';
    });
    const patient = await queue.add('flaky', {}, { attempts: 3, backoff: { type: 'exponential', delay: 20 } });
    const hasty = await queue.add('flaky', {}, { attempts: 1 });
    const hopeless = await queue.add('hopeless', {}, { attempts: 5 });
    await until(async () => await patient.isCompleted() && await hasty.isFailed() && await hopeless.isFailed());
    assert.equal((await queue.getJob(patient.id)).attemptsMade, 3);
    assert.equal((await queue.getJob(hasty.id)).failedReason, 'attempt 0');
    const failed = await queue.getJob(hopeless.id);
    assert.deepEqual([failed.attemptsMade, failed.failedReason], [1, 'no way']);
    await failed.retry();
    await until(async () => await failed.isFailed());
    assert.equal((await queue.getFailed()).length, 2);
  });

  test(`bullmq on ${name}: a rate limit`, async (t) => {
    const { queue, work } = await open(t);
    const times = [];
    work(async () => times.push(Date.now()), { limiter: { max: 5, duration: 250 } });
    await queue.addBulk(range(15).map((n) => ({ name: 'limited', data: { n } })));
    await until(() => times.length === 15);
    for (let first = 0; first + 5 < times.length; first += 5) {
      assert.ok(times[first + 5] - times[first] >= 150, `${times.map((time) => time - times[0])}`);
    }
  });

  test(`bullmq on ${name}: flows of parents and children`, async (t) => {
    const { queue, work, flows } = await open(t);
    const order = [];
    work(async (job) => {
      order.push(job.name);
      const values = Object.values(await job.getChildrenValues());
      return values.reduce((sum, value) => sum + value, job.data.add);
    });
    const leaf = (child, add) => ({ name: child, queueName: 'q', data: { add } });
    const { job } = await flows().add({
      ...leaf('house', 1000),
      children: [leaf('roof', 1), { ...leaf('walls', 10), children: [leaf('bricks', 100), leaf('mortar', 200)] }],
    });
    await until(() => job.isCompleted());
    assert.equal((await queue.getJob(job.id)).returnvalue, 1311);
    assert.deepEqual(order.slice(-2), ['walls', 'house']);
    assert.equal((await job.getDependencies({ processed: { count: 10 } })).nextProcessedCursor, 0);
  });

  test(`bullmq on ${name}: schedules, duplicates, pauses`, async (t) => {
    const { queue, work } = await open(t);
    const ran = [];
    const worker = work(async (job) => ran.push(job.name));
    await queue.upsertJobScheduler('often', { every: 100 }, { name: 'tick' });
    await until(() => ran.length >= 3);
    assert.equal((await queue.getJobSchedulers())[0].key, 'often');
    assert.equal(await queue.removeJobScheduler('often'), true);

    await queue.pause();
    await until(async () => (await queue.getActiveCount()) === 0);
    ran.length = 0;
    const first = await queue.add('once', {}, { deduplication: { id: 'a' } });
    const second = await queue.add('once', {}, { deduplication: { id: 'a' } });
    assert.equal(second.id, first.id);
    await sleep(100);
    assert.deepEqual(ran, []);
    await queue.resume();
    await until(() => ran.length === 1);
    await worker.close();
    await queue.add('left', {});
    await queue.obliterate({ force: true });
    assert.deepEqual(await queue.getJobCounts('wait', 'completed', 'delayed'), { wait: 0, completed: 0, delayed: 0 });
  });

  test(`bullmq on ${name}: another worker takes over what one left behind`, async (t) => {
    const { queue, work } = await open(t);
    const options = { lockDuration: 200, stalledInterval: 200 };
    let taken = false;
    const lost = work(() => { taken = true; return sleep(5000, undefined, { ref: false }); },
      { ...options, skipLockRenewal: true, skipStalledCheck: true });
    const job = await queue.add('heavy', {});
    await until(() => taken);
    await lost.close(true);
    work(async () => 'rescued', options);
    await until(() => job.isCompleted());
    assert.equal((await queue.getJob(job.id)).returnvalue, 'rescued');
  });
}
