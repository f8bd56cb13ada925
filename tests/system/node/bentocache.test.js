// bentocache: two applications, each with memory of its own above one server, that tell each other over a bus.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { BentoCache, bentostore } = require('bentocache');
const { memoryDriver } = require('bentocache/drivers/memory');
const { redisBusDriver, redisDriver } = require('bentocache/drivers/redis');
const { Redis } = require('ioredis-5');
const { startServer } = require('./server.js');

async function until(condition) {
  for (const deadline = Date.now() + 10000; !await condition();) {
    assert.ok(Date.now() < deadline, `never came: ${condition}`);
    await sleep(5);
  }
}

async function open(t, count) {
  const server = await startServer(t);
  const redis = new Redis({ path: server.path });
  server.atEnd(() => redis.disconnect());
  const applications = Array.from({ length: count }, () => new BentoCache({
    default: 'tiers',
    prefix: 'app',
    stores: {
      tiers: bentostore()
        .useL1Layer(memoryDriver({ maxSize: '10mb' }))
        .useL2Layer(redisDriver({ connection: { path: server.path } }))
        .useBus(redisBusDriver({ connection: { path: server.path } })),
      shared: bentostore().useL2Layer(redisDriver({ connection: { path: server.path } })),
    },
  }));
  applications.forEach((application) => server.atEnd(() => application.disconnectAll()));
  for (const application of applications) await application.get({ key: 'begin' });
  await until(async () => (await redis.pubsub('NUMSUB', 'bentocache.notifications:tiers'))[1] === count);
  return { redis, applications };
}

test('bentocache: two tiers and a bus', async (t) => {
  const { redis, applications: [one, two] } = await open(t, 2);
  await one.set({ key: 'a', value: { n: 1 }, ttl: '10s' });
  assert.deepEqual(await two.get({ key: 'a' }), { n: 1 });
  await two.set({ key: 'a', value: { n: 2 }, ttl: '10s' });
  await until(async () => (await one.get({ key: 'a' })).n === 2);
  assert.equal((await redis.keys('app:*')).length, 1);
  assert.equal(await one.delete({ key: 'a' }), true);
  await until(async () => (await two.get({ key: 'a' })) === undefined);

  await one.setForever({ key: 'b', value: 'ever' });
  assert.equal(await redis.pttl('app:b'), -1);
  assert.equal(await two.has({ key: 'b' }), true);
  const team = one.namespace('team');
  await team.set({ key: 'x', value: 1 });
  await team.clear();
  assert.equal(await team.get({ key: 'x' }), undefined);
  assert.equal(await one.get({ key: 'b' }), 'ever');
});

test('bentocache: one of many computes', async (t) => {
  const { applications: [one, two] } = await open(t, 2);
  let calls = 0;
  const factory = async () => { calls += 1; await sleep(20); return 'computed'; };
  const ask = (application) => application.getOrSet({ key: 'k', ttl: '10s', factory });
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 50 }, () => ask(one)))), new Set(['computed']));
  assert.equal(await ask(two), 'computed');
  assert.equal(calls, 1);
});

test('bentocache: tags, grace, expiry', async (t) => {
  const { applications: [one, two] } = await open(t, 2);
  await one.set({ key: 'p1', value: 1, tags: ['products'] });
  await one.set({ key: 'p2', value: 2, tags: ['products', 'new'] });
  await one.set({ key: 'u1', value: 3, tags: ['users'] });
  assert.equal(await two.get({ key: 'p2' }), 2);
  await one.deleteByTag({ tags: ['products'] });
  await until(async () => (await two.get({ key: 'p2' })) === undefined);
  assert.equal(await one.get({ key: 'p1' }), undefined);
  assert.equal(await two.get({ key: 'u1' }), 3);

  const options = { key: 'g', ttl: 50, grace: '10s' };
  assert.equal(await one.getOrSet({ ...options, factory: () => 'good' }), 'good');
  await sleep(80);
  assert.equal(await one.getOrSet({ ...options, factory: () => { throw new Error('down'); } }), 'good');

  await one.use('shared').set({ key: 's', value: 1, ttl: 400, grace: false });
  assert.equal(await two.use('shared').get({ key: 's' }), 1);
  await sleep(450);
  assert.equal(await two.use('shared').get({ key: 's', grace: false }), undefined);
  await one.use('shared').clear();
  assert.equal(await two.use('shared').get({ key: 'u1' }), undefined);
});
