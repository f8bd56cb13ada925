// node-redis 6, which opens with HELLO 3, CLIENT SETINFO twice and CLIENT MAINT_NOTIFICATIONS in one pipeline.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createClient, createClientPool } = require('redis');
const { isLarder, startServer } = require('./server.js');

async function connect(t, settings, options) {
  const server = await startServer(t, settings);
  const client = createClient({ url: server.url, ...options });
  client.on('error', (error) => assert.fail(error));
  await client.connect();
  server.atEnd(() => client.destroy());
  return { server, client };
}

test('strings and keys', async (t) => {
  const { client } = await connect(t);
  assert.equal(await client.set('a', 'ä€', { expiration: { type: 'EX', value: 100 } }), 'OK');
  assert.equal(await client.get('a'), 'ä€');
  assert.equal(await client.get('none'), null);
  assert.deepEqual(await client.mGet(['a', 'none']), ['ä€', null]);
  assert.equal(await client.set('a', 'b', { condition: 'NX' }), null);
  assert.equal(await client.incrBy('n', 5), 5);
  assert.equal(await client.incrByFloat('f', 1.5), '1.5');
  assert.ok([99, 100].includes(await client.ttl('a')));
  assert.equal(await client.del(['a', 'none']), 1);
  assert.equal(await client.setBit('b', 7, 1), 0);
  assert.deepEqual(await client.bitField('b', [{ operation: 'GET', encoding: 'u8', offset: 0 }]), [1]);
  assert.equal(await client.copy('n', 'm'), 1);
  assert.equal(await client.type('m'), 'string');
  assert.deepEqual(await client.configGet('timeout'), { timeout: '0' });
});

for (const RESP of [2, 3]) {
  test(`the same in RESP${RESP}`, async (t) => {
    const { client } = await connect(t, {}, { RESP });
    await client.mSet({ one: 'ohmytext', two: 'mynewtext' });
    const found = await client.lcsIdx('one', 'two');
    assert.equal(found.len, 6);
    assert.equal(found.matches.length, 2);
    assert.match(await client.info('server'), /redis_mode:standalone/);
    assert.equal((await client.clientInfo()).db, 0);
  });
}

test('many at once', async (t) => {
  const { client } = await connect(t);
  await Promise.all(Array.from({ length: 2000 }, (_, index) => client.set(`k${index}`, String(index))));
  const values = await Promise.all(Array.from({ length: 2000 }, (_, index) => client.get(`k${index}`)));
  assert.equal(values[1234], '1234');
  const seen = new Set();
  for await (const keys of client.scanIterator({ MATCH: 'k*', COUNT: 100 })) keys.forEach((key) => seen.add(key));
  assert.equal(seen.size, 2000);
});

test('errors', async (t) => {
  const { client } = await connect(t);
  await client.set('a', 'x');
  await assert.rejects(client.incr('a'), { message: /value is not an integer or out of range/ });
  await assert.rejects(client.sendCommand(['NOSUCH']), { message: /unknown command/ });
});

test('password, name, database, Unix socket', async (t) => {
  const { server, client } = await connect(t, { requirepass: 'pw' }, { password: 'pw', name: 'a-test', database: 3 });
  await client.set('a', '1');
  assert.equal(await client.clientGetName(), 'a-test');
  const other = createClient({ socket: { path: server.path }, password: 'pw' });
  await other.connect();
  server.atEnd(() => other.destroy());
  assert.equal(await other.get('a'), null);
});

test('a pool of connections', async (t) => {
  const server = await startServer(t);
  const pool = createClientPool({ url: server.url }, { minimum: 5 });
  await pool.connect();
  server.atEnd(() => pool.destroy());
  const values = await Promise.all(Array.from({ length: 500 }, () => pool.incr('n')));
  assert.equal(Math.max(...values), 500);
});

test('connecting makes no error that the server would count', { skip: !isLarder }, async (t) => {
  const { client } = await connect(t);
  assert.match(await client.info('stats'), /total_error_replies:0\r/);
  assert.match(await client.sendCommand(['CLIENT', 'INFO']), /lib-name=node-redis lib-ver=6/);
});

test('commands of Redis 8', { skip: !isLarder }, async (t) => {
  const { client } = await connect(t);
  await client.set('a', 'one');
  assert.equal(await client.set('a', 'two', { condition: 'IFEQ', matchValue: 'one' }), 'OK');
  assert.equal(await client.set('a', 'x', { condition: 'IFEQ', matchValue: 'one' }), null);
  assert.match(await client.digest('a'), /^[0-9a-f]{16}$/);
  assert.equal(await client.delEx('a', { condition: 'IFEQ', matchValue: 'two' }), 1);
  assert.equal(await client.sendCommand(['MSETEX', '2', 'x', '1', 'y', '2', 'EX', '100']), 1);
});
