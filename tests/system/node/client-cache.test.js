// node-redis's client-side cache: what a client keeps is never older than what the server has, however it changed.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { BasicClientSideCache, BasicPooledClientSideCache, createClient, createClientPool } = require('redis');
const { startServer, isLarder } = require('./server.js');

async function until(condition) {
  for (const deadline = Date.now() + 10000; !await condition();) {
    assert.ok(Date.now() < deadline, `never came: ${condition}`);
    await sleep(5);
  }
}

// A client with a cache, and one that changes things.
async function connect(t, where = (server) => ({ url: server.url })) {
  const server = await startServer(t);
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, evictPolicy: 'LRU' });
  const client = createClient({ ...where(server), RESP: 3, clientSideCache: cache });
  const writer = createClient({ url: server.url });
  client.on('error', () => {});
  await Promise.all([client.connect(), writer.connect()]);
  server.atEnd(() => { client.destroy(); writer.destroy(); });
  return { server, cache, client, writer };
}

test('a cached value is read once', async (t) => {
  const { cache, client, writer } = await connect(t);
  await writer.set('a', '1');
  const gets = async () => Number(/cmdstat_get:calls=(\d+)/.exec(await writer.info('commandstats'))[1]);
  for (let count = 0; count < 100; count += 1) assert.equal(await client.get('a'), '1');
  assert.equal(await gets(), 1);
  assert.equal(cache.stats().hitCount, 99);
  assert.equal(cache.size(), 1);
});

test('every kind of change is heard of', async (t) => {
  const { client, writer } = await connect(t, (server) => ({ socket: { path: server.path, tls: false } }));
  const changes = {
    set: () => writer.set('k', 'new'),
    append: () => writer.append('k', '+'),
    del: () => writer.del('k'),
    rename: () => writer.rename('k', 'other'),
    expire: () => writer.pExpire('k', 1),
    transaction: () => writer.multi().incr('n').set('k', 'multi').exec(),
    script: () => writer.eval("return redis.call('SET', KEYS[1], 'script')", { keys: ['k'] }),
    copy: async () => { await writer.set('source', 'copied'); await writer.copy('source', 'k', { REPLACE: true }); },
    'flushing the database': () => writer.flushDb(),
    'flushing all': () => writer.flushAll(),
    ...(isLarder && { 'swapping databases': () => writer.swapDb(0, 1) }),  // Redis tells nobody
  };
  for (const [what, change] of Object.entries(changes)) {
    await writer.flushAll();
    await writer.set('k', 'old');
    await until(async () => (await client.get('k')) === 'old');
    assert.equal(await client.get('k'), 'old');
    await change();
    const now = what === 'expire' ? null : await writer.get('k');
    assert.notEqual(now, 'old', what);
    await until(async () => (await client.get('k')) === now);
  }
});

test('collections and several keys', async (t) => {
  const { cache, client, writer } = await connect(t);
  await writer.hSet('h', { a: '1', b: '2' });
  await writer.mSet({ x: '1', y: '2' });
  await writer.zAdd('z', [{ value: 'm', score: 1.5 }]);
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual({ ...await client.hGetAll('h') }, { a: '1', b: '2' });
    assert.deepEqual(await client.mGet(['x', 'y']), ['1', '2']);
    assert.equal(await client.zScore('z', 'm'), 1.5);
  }
  assert.equal(cache.stats().hitCount, 3);
  await Promise.all([writer.hDel('h', 'a'), writer.set('y', '3'), writer.zIncrBy('z', 1, 'm')]);
  await until(async () => (await client.mGet(['x', 'y']))[1] === '3');
  await until(async () => (await client.zScore('z', 'm')) === 2.5);
  await until(async () => (await client.hGet('h', 'a')) === null);
  assert.deepEqual({ ...await client.hGetAll('h') }, { b: '2' });
});

test('a counter that another increases is followed to its end', async (t) => {
  const { client, writer } = await connect(t);
  let last = 0;
  const writing = (async () => { for (let n = 0; n < 2000; n += 1) await writer.incr('n'); })();
  while (last < 2000) {
    const seen = Number(await client.get('n'));
    assert.ok(seen >= last, `${seen} after ${last}`);
    last = seen;
    await sleep(0);
  }
  await writing;
});

test('a connection that was lost takes its cache with it', async (t) => {
  const { client, writer } = await connect(t);
  await writer.set('a', 'old');
  await client.get('a');
  const id = await client.sendCommand(['CLIENT', 'ID']);
  await writer.sendCommand(['CLIENT', 'KILL', 'ID', String(id)]);
  await writer.set('a', 'new');
  await until(async () => (await client.get('a').catch(() => null)) === 'new');
  assert.notEqual(await client.sendCommand(['CLIENT', 'ID']), id);
  await writer.set('a', 'newest');
  await until(async () => (await client.get('a')) === 'newest');
});

test('a pool shares its cache', async (t) => {
  const { server, writer } = await connect(t);
  const cache = new BasicPooledClientSideCache({ ttl: 0, maxEntries: 1000, evictPolicy: 'LRU' });
  const pool = createClientPool({ url: server.url, RESP: 3 }, { minimum: 3, maximum: 5, clientSideCache: cache });
  await pool.connect();
  server.atEnd(() => pool.destroy());
  for (let n = 0; n < 100; n += 1) await writer.set(`k${n}`, 'old');
  const readAll = () => Promise.all(Array.from({ length: 100 }, (_, n) => pool.get(`k${n}`)));
  assert.deepEqual(new Set(await readAll()), new Set(['old']));
  await readAll();
  assert.ok(cache.stats().hitCount > 0);
  for (let n = 0; n < 100; n += 1) await writer.set(`k${n}`, 'new');
  await until(async () => (await readAll()).every((value) => value === 'new'));
});
