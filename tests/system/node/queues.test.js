// Older job queues: bull (ioredis 5), bee-queue (node-redis 3, from before RESP3) and node-resque.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const Bull = require('bull');
const BeeQueue = require('bee-queue');
const Resque = require('node-resque');
const { Redis } = require('ioredis-5');
const { startServer } = require('./server.js');

const range = (count) => Array.from({ length: count }, (_, index) => index);

async function until(condition) {
  for (const deadline = Date.now() + 20000; !await condition();) {
    assert.ok(Date.now() < deadline, `never came: ${condition}`);
    await sleep(10);
  }
}

async function openBull(t, options) {
  const server = await startServer(t);
  const queue = new Bull('q', { redis: { path: server.path }, ...options });
  server.atEnd(() => queue.close());
  return { server, queue };
}

test('bull: jobs and their results', async (t) => {
  const { queue } = await openBull(t);
  const completed = [];
  queue.on('global:completed', (id, result) => completed.push(JSON.parse(result)));
  queue.process(5, async (job) => { await job.progress(42); return job.data.n * 2; });
  const last = await queue.add({ n: 1000 });
  assert.equal(await last.finished(), 2000);
  await queue.addBulk(range(100).map((n) => ({ data: { n } })));
  await until(() => completed.length === 101);
  assert.equal(completed.reduce((sum, n) => sum + n), 2000 + 99 * 100);
  assert.equal((await queue.getJob(last.id)).progress(), 42);
  assert.equal((await queue.getJobCounts()).completed, 101);
  assert.equal((await queue.clean(0, 'completed')).length, 101);
});

test('bull: delays, priorities, attempts', async (t) => {
  const { queue } = await openBull(t, { settings: { guardInterval: 100 } });
  const started = Date.now();
  const order = [];
  await queue.pause();
  await queue.add({ n: 'late' }, { delay: 800 });
  assert.equal((await queue.getJobCounts()).delayed, 1);
  for (const priority of [3, 1, 2]) await queue.add({ n: priority }, { priority });
  const flaky = await queue.add({ n: 'flaky' }, { attempts: 3, backoff: 20, priority: 4 });
  const failing = await queue.add({ n: 'failing' }, { priority: 5 });
  queue.process(async (job) => {
    order.push(job.data.n);
    if (job.data.n === 'failing' || (job.data.n === 'flaky' && job.attemptsMade < 2)) throw new Error('not now');
  });
  await queue.resume();
  await until(() => order.includes('late'));
  assert.ok(Date.now() - started >= 799);
  await flaky.finished();
  await assert.rejects(failing.finished(), /not now/);
  assert.deepEqual(order.slice(0, 5), [1, 2, 3, 'flaky', 'failing']);
  assert.equal(order.filter((n) => n === 'flaky').length, 3);
});

test('bull: a rate limit, schedules', async (t) => {
  const { queue } = await openBull(t, { limiter: { max: 5, duration: 250 } });
  const times = [];
  queue.process('limited', async () => times.push(Date.now()));
  await queue.addBulk(range(12).map((n) => ({ name: 'limited', data: { n } })));
  await until(() => times.length === 12);
  assert.ok(times[11] - times[0] >= 400, `${times.map((time) => time - times[0])}`);
  let ticks = 0;
  queue.process('tick', async () => { ticks += 1; });
  await queue.add('tick', {}, { repeat: { every: 100 } });
  await until(() => ticks >= 2);
  const [schedule] = await queue.getRepeatableJobs();
  await queue.removeRepeatableByKey(schedule.key);
  assert.deepEqual(await queue.getRepeatableJobs(), []);
});

async function openBeeQueue(t, options) {
  const server = await startServer(t);
  const queue = new BeeQueue('q', { redis: { path: server.path }, ...options });
  server.atEnd(() => queue.close(1000));
  await queue.ready();
  return { server, queue };
}

test('bee-queue: jobs, progress, results', async (t) => {
  const { queue } = await openBeeQueue(t);
  const progress = [];
  const results = [];
  queue.on('job progress', (id, percent) => progress.push(percent));
  queue.process(5, async (job) => { job.reportProgress(50); return job.data.n + 1; });
  const jobs = range(50).map((n) => {
    const job = queue.createJob({ n });
    job.on('succeeded', (result) => results.push(result));
    return job;
  });
  await Promise.all(jobs.map((job) => job.save()));
  await until(() => results.length === 50 && progress.length === 50);
  assert.deepEqual(results.sort((a, b) => a - b), range(50).map((n) => n + 1));
  const more = range(20).map((n) => queue.createJob({ n }));
  assert.equal((await queue.saveAll(more)).size, 0);
  await until(async () => (await queue.checkHealth()).succeeded === 70);
});

test('bee-queue: delays, retries, failures', async (t) => {
  const { queue } = await openBeeQueue(t, { activateDelayedJobs: true, nearTermWindow: 1000 });
  const runs = [];
  const started = Date.now();
  const ends = {};
  queue.on('succeeded', (job) => { ends[job.id] = 'succeeded'; });
  queue.on('failed', (job, error) => { ends[job.id] = error.message; });
  await queue.createJob({}).setId('late').delayUntil(started + 300).save();
  await queue.createJob({}).setId('flaky').retries(3).backoff('fixed', 20).save();
  await queue.createJob({}).setId('failing').save();
  queue.process(async (job) => {
    runs.push(job.id);
    if (job.id === 'failing' || (job.id === 'flaky' && job.options.retries > 1)) throw new Error('not now');
  });
  await until(() => Object.keys(ends).length === 3);
  assert.deepEqual(ends, { late: 'succeeded', flaky: 'succeeded', failing: 'not now' });
  assert.ok(Date.now() - started >= 299);
  assert.equal(runs.filter((id) => id === 'flaky').length, 3);
  assert.equal((await queue.getJobs('failed', { start: 0, size: 10 })).length, 1);
});

test('node-resque: workers, delays, locks', async (t) => {
  const server = await startServer(t);
  const redis = new Redis({ path: server.path, db: 3 });
  server.atEnd(() => redis.disconnect());
  const connection = { redis, namespace: 'app' };
  const results = [];
  const jobs = {
    add: { perform: async (a, b) => a + b },
    fail: { perform: async () => { throw new Error('not now'); } },
    once: { plugins: ['QueueLock'], perform: async () => 'once' },
  };
  const queue = new Resque.Queue({ connection }, jobs);
  queue.on('error', (error) => assert.fail(error));
  await queue.connect();
  for (const n of range(20)) assert.equal(await queue.enqueue('math', 'add', [n, 1]), true);
  await queue.enqueue('math', 'fail', []);
  assert.equal(await queue.enqueue('math', 'once', []), true);
  assert.equal(await queue.enqueue('math', 'once', []), false);
  await queue.enqueueIn(200, 'math', 'add', [1000, 1]);
  assert.equal(await queue.length('math'), 22);

  const scheduler = new Resque.Scheduler({ connection, timeout: 50 });
  const worker = new Resque.Worker({ connection, queues: ['math'], timeout: 20 }, jobs);
  for (const each of [scheduler, worker]) {
    each.on('error', (error) => assert.fail(error));
    await each.connect();
  }
  worker.on('success', (from, job, result) => results.push(result));
  await scheduler.start();
  await worker.start();
  server.atEnd(async () => { await worker.end(); await scheduler.end(); await queue.end(); });
  await until(() => results.length === 22);
  assert.deepEqual(results.slice(0, 20), range(20).map((n) => n + 1));
  assert.deepEqual(results.slice(20), ['once', 1001]);
  const [failed] = await queue.failed(0, 10);
  assert.equal(failed.error, 'not now');
  await until(async () => (await queue.stats()).processed === '22');
  assert.equal((await queue.stats()).failed, '1');
  assert.deepEqual(Object.keys(await queue.workers()), [worker.name]);
});
