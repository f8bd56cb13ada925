// Locks and rate limiters, which live by scripts and by deadlines: redlock, rate-limiter-flexible and
// express-rate-limit with rate-limit-redis.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { createClient } = require('redis');
const { startServer } = require('./server.js');

const makers = {
  'ioredis-5': (server) => new (require('ioredis-5').Redis)({ path: server.path }),
  'ioredis-6': (server) => new (require('ioredis-6').Redis)({ port: server.port, host: '127.0.0.1' }),
  'node-redis': (server) => createClient({ url: server.url }),
};

async function connect(server, name) {
  const client = makers[name](server);
  if (name === 'node-redis') await client.connect();
  server.atEnd(() => (name === 'node-redis' ? client.destroy() : client.disconnect()));
  return client;
}

for (const name of ['ioredis-5', 'ioredis-6']) {
  test(`redlock on ${name}: one holder, on a majority of three servers`, async (t) => {
    const Redlock = require('redlock');
    const clients = await Promise.all([1, 2, 3].map(async () => connect(await startServer(t), name)));
    const redlock = new Redlock(clients, { retryCount: 0 });
    const patient = new Redlock(clients, { retryCount: 500, retryDelay: 20, retryJitter: 5 });
    redlock.on('clientError', (error) => assert.match(error.message, /NOSCRIPT|attempts|unable|mismatched/i));

    const lock = await redlock.lock(['a', 'b'], 10000);
    await assert.rejects(redlock.lock('b', 1000), { name: 'LockError' });
    assert.equal(await clients[2].exists('a', 'b'), 2);
    await lock.extend(20000);
    assert.ok(await clients[0].pttl('a') > 15000);
    await clients[1].flushall();  // one of three forgets
    await lock.unlock();
    for (const client of clients) assert.equal(await client.exists('a', 'b'), 0);

    let inside = 0;
    let sum = 0;
    const holders = Array.from({ length: 10 }, async () => {
      const held = await patient.lock('c', 5000);
      assert.equal(inside += 1, 1);
      const before = sum;
      await sleep(5);
      sum = before + 1;
      inside -= 1;
      await held.unlock();
    });
    await Promise.all(holders);
    assert.equal(sum, 10);
    await redlock.lock('d', 300);
    await patient.lock('d', 1000);  // when the first has expired
  });
}

for (const name of Object.keys(makers)) {
  test(`rate-limiter-flexible on ${name}`, async (t) => {
    const { BurstyRateLimiter, RateLimiterRedis } = require('rate-limiter-flexible');
    const client = await connect(await startServer(t), name);
    const options = { storeClient: client, useRedisPackage: name === 'node-redis' };
    const limiter = new RateLimiterRedis({ ...options, keyPrefix: 'login', points: 5, duration: 2, blockDuration: 4 });
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => limiter.consume('eve')));
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 5);
    const refused = tries.find(({ status }) => status === 'rejected').reason;
    assert.ok(refused.msBeforeNext > 2000 && refused.msBeforeNext <= 4000, String(refused.msBeforeNext));
    assert.equal((await limiter.consume('bob', 2)).remainingPoints, 3);
    assert.equal((await limiter.reward('bob', 1)).remainingPoints, 4);
    assert.equal((await limiter.penalty('bob', 3)).consumedPoints, 4);
    assert.equal((await limiter.get('bob')).remainingPoints, 1);
    assert.equal(await limiter.delete('bob'), true);
    assert.equal(await limiter.get('bob'), null);
    await limiter.block('mallory', 10);
    await assert.rejects(limiter.consume('mallory'), ({ msBeforeNext }) => msBeforeNext > 9000);
    await limiter.consume('kate', 5);
    await sleep(2050);
    assert.equal((await limiter.consume('kate')).remainingPoints, 4);

    const bursty = new BurstyRateLimiter(
      new RateLimiterRedis({ ...options, keyPrefix: 'each', points: 2, duration: 10 }),
      new RateLimiterRedis({ ...options, keyPrefix: 'burst', points: 3, duration: 10 }));
    for (let count = 0; count < 5; count += 1) await bursty.consume('bob');
    await assert.rejects(bursty.consume('bob'), ({ msBeforeNext }) => msBeforeNext > 9000);
  });

  test(`express-rate-limit with rate-limit-redis on ${name}`, async (t) => {
    const express = require('express');
    const { rateLimit } = require('express-rate-limit');
    const { RedisStore } = require('rate-limit-redis');
    const server = await startServer(t);
    const client = await connect(server, name);
    const sendCommand = (...words) => (name === 'node-redis' ? client.sendCommand(words) : client.call(...words));
    const store = new RedisStore({ sendCommand, prefix: 'rl:' });
    const app = express();
    app.use(rateLimit({
      windowMs: 2000, limit: 3, standardHeaders: 'draft-7', legacyHeaders: false, store, keyGenerator: () => 'all',
    }));
    app.get('/', (request, response) => response.send('welcome'));
    const http = app.listen(0, '127.0.0.1');
    server.atEnd(() => { http.closeAllConnections(); http.close(); });
    await new Promise((resolve) => { http.once('listening', resolve); });
    const ask = () => fetch(`http://127.0.0.1:${http.address().port}`);

    const answers = await Promise.all([1, 2, 3, 4, 5].map(ask));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 429, 429]);
    assert.match(answers[0].headers.get('ratelimit'), /limit=3, remaining=\d, reset=[12]/);
    assert.equal((await store.get('all')).totalHits, 5);
    await store.decrement('all');
    assert.equal((await store.get('all')).totalHits, 4);
    await sleep(2050);
    assert.equal((await ask()).status, 200);
    await sendCommand('SCRIPT', 'FLUSH');
    assert.equal((await ask()).headers.get('ratelimit').split(', ')[1], 'remaining=1');
    await store.resetKey('all');
    assert.equal((await ask()).headers.get('ratelimit').split(', ')[1], 'remaining=2');
  });
}
