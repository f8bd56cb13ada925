// socket.io's Redis adapter: three web servers that reach each other's browsers over pub/sub, plain and by shard.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { createAdapter, createShardedAdapter } = require('@socket.io/redis-adapter');
const { createClient } = require('redis');
const { Server } = require('socket.io');
const { io } = require('socket.io-client');
const { startServer } = require('./server.js');

function ioredis(name) {
  return async (server) => {
    const client = new (require(name).Redis)({ path: server.path });
    await client.ping();
    return [client, () => client.quit()];
  };
}

async function nodeRedis(server) {
  const client = createClient({ url: server.url });
  await client.connect();
  return [client, () => client.close()];
}

const adapters = {
  'plain, on ioredis 5': [ioredis('ioredis-5'), createAdapter],
  'plain, on node-redis': [nodeRedis, createAdapter],
  'sharded, on node-redis': [nodeRedis, createShardedAdapter],
  'sharded with a channel for each room, on node-redis':
    [nodeRedis, (publisher, subscriber) => createShardedAdapter(publisher, subscriber, { subscriptionMode: 'dynamic-private' })],
};

async function until(condition) {
  for (const deadline = Date.now() + 10000; !await condition();) {
    assert.ok(Date.now() < deadline, `never came: ${condition}`);
    await sleep(5);
  }
}

async function startWebServer(server, connect, adapter) {
  const [publisher, closePublisher] = await connect(server);
  const [subscriber, closeSubscriber] = await connect(server);
  const web = new Server(0, { adapter: adapter(publisher, subscriber), serveClient: false });
  server.atEnd(() => Promise.all([closePublisher(), closeSubscriber()]));
  server.atEnd(() => web.close());
  web.on('connection', (socket) => {
    socket.on('enter', async (room, entered) => { await socket.join(room); entered(); });
    socket.on('say', (room, ...what) => socket.to(room).emit('said', ...what));
  });
  return web;
}

for (const [name, [connect, adapter]] of Object.entries(adapters)) {
  test(`socket.io, ${name}`, async (t) => {
    const server = await startServer(t);
    const webs = await Promise.all([1, 2, 3].map(() => startWebServer(server, connect, adapter)));
    const browsers = webs.map((web) => io(`http://127.0.0.1:${web.httpServer.address().port}`, { transports: ['websocket'] }));
    server.atEnd(() => browsers.forEach((browser) => browser.close()));
    await Promise.all(browsers.map((browser) => new Promise((resolve) => { browser.on('connect', resolve); })));
    const heard = browsers.map(() => []);
    browsers.forEach((browser, index) => browser.on('said', (...what) => heard[index].push(what)));
    await until(async () => (await webs[0].fetchSockets()).length === 3);

    webs[0].emit('said', 'to all');
    await until(() => heard.every((what) => what.length === 1));
    await Promise.all([0, 1].map((index) => browsers[index].emitWithAck('enter', 'room')));
    await until(async () => (await webs[2].in('room').fetchSockets()).length === 2);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    browsers[0].emit('say', 'room', 'ä', bytes, { n: 1 });
    await until(() => heard[1].length === 2);
    assert.deepEqual(heard[1][1], ['ä', bytes, { n: 1 }]);
    for (let n = 0; n < 100; n += 1) webs[2].to('room').except('none').emit('said', n);
    await until(() => heard[0].length === 101 && heard[1].length === 102);
    assert.deepEqual(heard[1].slice(2).flat(), Array.from({ length: 100 }, (_, n) => n));
    assert.equal(heard[2].length, 1);

    webs.forEach((web, index) => web.on('question', (text, answer) => answer(`${text} ${index}`)));
    assert.deepEqual((await webs[1].serverSideEmitWithAck('question', 'who?')).sort(), ['who? 0', 'who? 2']);
    browsers.forEach((browser, index) => browser.on('ask', (answer) => answer(index)));
    assert.deepEqual((await webs[0].timeout(5000).emitWithAck('ask')).sort(), [0, 1, 2]);
    webs[1].socketsJoin('everyone');
    await until(async () => (await webs[0].in('everyone').fetchSockets()).length === 3);
    webs[0].in('room').disconnectSockets();
    await until(() => !browsers[0].connected && !browsers[1].connected);
    assert.equal(browsers[2].connected, true);
    await until(async () => (await webs[2].fetchSockets()).length === 1);
  });
}
