// Streams and consumer groups as workers use them, with ioredis 5 (RESP2) and 6 (RESP3).
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { startServer } = require('./server.js');

// Streams and their entries: pairs in RESP2, a map in RESP3.
function entriesOf(reply, key) {
  if (reply === null) return [];
  if (reply instanceof Map) return reply.get(key);
  if (!Array.isArray(reply)) return reply[key];
  return reply.find((pair) => pair[0] === key)[1];
}

for (const name of ['ioredis-5', 'ioredis-6']) {
  const { Redis } = require(name);

  async function connect(t, count) {
    const server = await startServer(t);
    const clients = Array.from({ length: count }, () => new Redis({ port: server.port, host: '127.0.0.1' }));
    server.atEnd(() => clients.forEach((client) => client.disconnect()));
    await Promise.all(clients.map((client) => client.ping()));
    return clients;
  }

  test(`${name}: a log that readers follow`, async (t) => {
    const [writer, ...readers] = await connect(t, 3);
    const follow = async (client) => {
      const seen = [];
      let last = '$';
      while (seen.length < 200) {
        const entries = entriesOf(await client.xread('BLOCK', 5000, 'COUNT', 10, 'STREAMS', 'log', last), 'log');
        entries.forEach(([id, fields]) => { seen.push(fields[1]); last = id; });
      }
      return seen;
    };
    const followers = readers.map(follow);
    await sleep(100);
    for (let index = 0; index < 200; index += 1) await writer.xadd('log', 'MAXLEN', '~', 1000, '*', 'n', index);
    const expected = Array.from({ length: 200 }, (_, index) => String(index));
    for (const seen of await Promise.all(followers)) assert.deepEqual(seen, expected);
    assert.equal(await writer.xlen('log'), 200);
    assert.deepEqual((await writer.xrange('log', '-', '+', 'COUNT', 1))[0][1], ['n', '0']);
    assert.deepEqual((await writer.xrevrange('log', '+', '-', 'COUNT', 1))[0][1], ['n', '199']);
  });

  test(`${name}: workers share a queue`, async (t) => {
    const [producer, ...workers] = await connect(t, 4);
    await producer.xgroup('CREATE', 'jobs', 'workers', '$', 'MKSTREAM');
    const done = [];
    const work = async (client, worker) => {
      while (done.length < 300) {
        const jobs = entriesOf(
          await client.xreadgroup('GROUP', 'workers', `w${worker}`, 'COUNT', 5, 'BLOCK', 500, 'STREAMS', 'jobs', '>'),
          'jobs');
        for (const [id, fields] of jobs) {
          assert.equal(await client.xack('jobs', 'workers', id), 1);
          done.push(Number(fields[1]));
        }
      }
    };
    const working = workers.map(work);
    const pipeline = producer.pipeline();
    for (let index = 0; index < 300; index += 1) pipeline.xadd('jobs', '*', 'n', index);
    await pipeline.exec();
    await Promise.all(working);
    done.sort((a, b) => a - b);
    assert.deepEqual(done, Array.from({ length: 300 }, (_, index) => index));
    assert.deepEqual((await producer.xpending('jobs', 'workers'))[0], 0);
  });

  test(`${name}: what a worker left behind is taken over`, async (t) => {
    const [producer, lost, heir] = await connect(t, 3);
    for (let index = 0; index < 20; index += 1) await producer.xadd('jobs', '*', 'n', index);
    await producer.xgroup('CREATE', 'jobs', 'workers', 0);
    await lost.xreadgroup('GROUP', 'workers', 'lost', 'COUNT', 10, 'STREAMS', 'jobs', '>');
    lost.disconnect();
    await sleep(60);
    const [cursor, claimed] = await heir.xautoclaim('jobs', 'workers', 'heir', 50, '0', 'COUNT', 8);
    assert.equal(claimed.length, 8);
    const [end, rest] = await heir.xautoclaim('jobs', 'workers', 'heir', 50, cursor, 'COUNT', 8);
    assert.equal(end, '0-0');
    assert.equal(rest.length, 2);
    const history = entriesOf(await heir.xreadgroup('GROUP', 'workers', 'heir', 'STREAMS', 'jobs', '0'), 'jobs');
    assert.deepEqual(history.map(([, fields]) => fields[1]), Array.from({ length: 10 }, (_, index) => String(index)));
    assert.equal(await heir.xack('jobs', 'workers', ...history.map(([id]) => id)), 10);
    assert.equal(await heir.xgroup('DELCONSUMER', 'jobs', 'workers', 'lost'), 0);
  });

  test(`${name}: a group that goes ends its consumers' waiting`, async (t) => {
    const [owner, consumer, other] = await connect(t, 3);
    await owner.xgroup('CREATE', 'jobs', 'workers', '$', 'MKSTREAM');
    await owner.xgroup('CREATE', 'more', 'workers', '$', 'MKSTREAM');
    const waiting = consumer.xreadgroup('GROUP', 'workers', 'c', 'BLOCK', 0, 'STREAMS', 'jobs', '>');
    const waitingToo = other.xreadgroup('GROUP', 'workers', 'c', 'BLOCK', 0, 'STREAMS', 'more', '>');
    const refused = assert.rejects(waiting, { message: /NOGROUP/ });
    const refusedToo = assert.rejects(waitingToo, { message: /NOGROUP/ });
    await sleep(100);
    assert.equal(await owner.xgroup('DESTROY', 'jobs', 'workers'), 1);
    assert.equal(await owner.del('more'), 1);
    await refused;
    await refusedToo;
  });
}
