// ioredis 5 (RESP2) and 6 (RESP3): the same program has to work with both.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { startServer } = require('./server.js');

for (const name of ['ioredis-5', 'ioredis-6']) {
  const { Redis } = require(name);

  async function connect(t, settings, options) {
    const server = await startServer(t, settings);
    const client = new Redis({ port: server.port, host: '127.0.0.1', connectionName: 'a-test', ...options });
    server.atEnd(() => client.disconnect());
    await client.ping();
    return { server, client };
  }

  test(`${name}: strings and keys`, async (t) => {
    const { client } = await connect(t);
    assert.equal(await client.set('a', 'ä€', 'EX', 100), 'OK');
    assert.equal(await client.get('a'), 'ä€');
    assert.equal(await client.get('none'), null);
    assert.deepEqual(await client.mget('a', 'none'), ['ä€', null]);
    assert.equal(await client.set('a', 'b', 'NX'), null);
    assert.equal(await client.incrby('n', 5), 5);
    assert.equal(await client.incrbyfloat('f', 1.5), '1.5');
    assert.ok([99, 100].includes(await client.ttl('a')));
    assert.deepEqual((await client.keys('*')).sort(), ['a', 'f', 'n']);
    assert.equal(await client.del('a', 'none'), 1);
  });

  test(`${name}: bytes`, async (t) => {
    const { client } = await connect(t);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    await client.set(bytes, bytes);
    assert.deepEqual(await client.getBuffer(bytes), bytes);
  });

  test(`${name}: pipelines and many at once`, async (t) => {
    const { client } = await connect(t, {}, { enableAutoPipelining: true });
    const pipeline = client.pipeline();
    for (let index = 0; index < 1000; index += 1) pipeline.set(`k${index}`, index);
    pipeline.get('k999').incr('k999').call('nosuch');
    const replies = await pipeline.exec();
    assert.deepEqual(replies.slice(-3, -1), [[null, '999'], [null, 1000]]);
    assert.match(replies.at(-1)[0].message, /unknown command/);
    const values = await Promise.all(Array.from({ length: 1000 }, (_, index) => client.get(`k${index}`)));
    assert.equal(values[500], '500');
  });

  test(`${name}: scanning`, async (t) => {
    const { client } = await connect(t);
    for (let index = 0; index < 300; index += 1) client.set(`k${index}`, index);
    const seen = new Set();
    for await (const keys of client.scanStream({ match: 'k*', count: 20 })) keys.forEach((key) => seen.add(key));
    assert.equal(seen.size, 300);
  });

  test(`${name}: errors`, async (t) => {
    const { client } = await connect(t);
    await client.set('a', 'x');
    await assert.rejects(client.incr('a'), { message: /value is not an integer or out of range/ });
    await assert.rejects(client.call('GET'), { message: /wrong number of arguments/ });
  });

  test(`${name}: password, database and Unix socket`, async (t) => {
    const { server, client } = await connect(t, { requirepass: 'pw' }, { password: 'pw', db: 3 });
    await client.set('a', '1');
    const other = new Redis({ path: server.path, password: 'pw' });
    server.atEnd(() => other.disconnect());
    assert.equal(await other.exists('a'), 0);
    await other.select(3);
    assert.equal(await other.get('a'), '1');
    const stranger = new Redis({ port: server.port, lazyConnect: true, retryStrategy: null, enableReadyCheck: false });
    stranger.on('error', () => {});
    server.atEnd(() => stranger.disconnect());
    await assert.rejects(stranger.get('a'), { message: /NOAUTH/ });
  });

  test(`${name}: shows itself in CLIENT LIST`, async (t) => {
    const { client } = await connect(t);
    assert.match(await client.client('LIST'), /name=a-test/);
    assert.match(await client.info('server'), /redis_mode:standalone/);
  });

  test(`${name}: comes back after its connection was killed`, async (t) => {
    const { server, client } = await connect(t);
    const id = await client.client('ID');
    const killer = client.duplicate();
    server.atEnd(() => killer.disconnect());
    assert.equal(await killer.client('KILL', 'ID', id), 1);
    assert.equal(await client.ping(), 'PONG');
    assert.notEqual(await client.client('ID'), id);
  });

  // The counter of a window that needs neither scripts nor transactions: the first one to come sets its end.
  test(`${name}: a rate limiter`, async (t) => {
    const { client } = await connect(t);
    async function isAllowed(who) {
      await client.set(`rate:${who}`, 0, 'PX', 60000, 'NX');
      return await client.incr(`rate:${who}`) <= 5;
    }
    const answers = [];
    for (let index = 0; index < 7; index += 1) answers.push(await isAllowed('me'));
    assert.deepEqual(answers, [true, true, true, true, true, false, false]);
    assert.ok(await isAllowed('you'));
    assert.ok(await client.pttl('rate:me') > 0);
  });
}
