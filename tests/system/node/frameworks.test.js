// What web applications put on top of a client: sessions and caches.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: sleep } = require('node:timers/promises');
const { createClient } = require('redis');
const { startServer } = require('./server.js');

async function connect(t) {
  const server = await startServer(t);
  const client = createClient({ url: server.url });
  await client.connect();
  server.atEnd(() => client.destroy());
  return { server, client };
}

test('express-session in connect-redis', async (t) => {
  const express = require('express');
  const session = require('express-session');
  const { RedisStore } = require('connect-redis');
  const { server, client } = await connect(t);
  const store = new RedisStore({ client, prefix: 'sess:', ttl: 100 });
  const app = express();
  app.use(session({ store, secret: 'x', resave: false, saveUninitialized: false }));
  app.get('/', (request, response) => {
    request.session.visits = (request.session.visits || 0) + 1;
    response.json({ visits: request.session.visits });
  });
  app.get('/logout', (request, response) => request.session.destroy(() => response.json({})));
  const http = app.listen(0, '127.0.0.1');
  server.atEnd(() => { http.closeAllConnections(); http.close(); });
  await new Promise((resolve) => { http.once('listening', resolve); });
  const url = `http://127.0.0.1:${http.address().port}`;

  const first = await fetch(url);
  assert.deepEqual(await first.json(), { visits: 1 });
  const cookie = first.headers.get('set-cookie').split(';')[0];
  assert.deepEqual(await (await fetch(url, { headers: { cookie } })).json(), { visits: 2 });
  assert.deepEqual(await (await fetch(url)).json(), { visits: 1 });

  const keys = await client.keys('sess:*');
  assert.equal(keys.length, 2);
  assert.ok([99, 100].includes(await client.ttl(keys[0])));
  const all = await new Promise((resolve, reject) => {
    const found = store.all((error, sessions) => (error ? reject(error) : resolve(sessions)));
    if (found && found.then) found.then(resolve, reject);
  });
  assert.equal(all.length, 2);
  await fetch(`${url}/logout`, { headers: { cookie } });
  assert.equal((await client.keys('sess:*')).length, 1);
});

test('cache-manager on @keyv/redis', async (t) => {
  const KeyvRedis = require('@keyv/redis').default;
  const { Keyv } = require('keyv');
  const { createCache } = require('cache-manager');
  const { server, client } = await connect(t);
  const keyv = new Keyv({ store: new KeyvRedis(server.url), namespace: 'app' });
  keyv.on('error', (error) => assert.fail(error));
  const cache = createCache({ stores: [keyv], ttl: 60000 });
  server.atEnd(() => cache.disconnect());

  await cache.set('a', { name: 'value', list: [1, 2] });
  assert.deepEqual(await cache.get('a'), { name: 'value', list: [1, 2] });
  assert.equal(await cache.get('none'), undefined);
  await cache.set('short', 1, 100);
  await sleep(200);
  assert.equal(await cache.get('short'), undefined);

  let calls = 0;
  const slow = () => { calls += 1; return 'computed'; };
  assert.equal(await cache.wrap('w', slow), 'computed');
  assert.equal(await cache.wrap('w', slow), 'computed');
  assert.equal(calls, 1);

  assert.ok((await client.keys('*')).length >= 2);
  await cache.del('a');
  assert.equal(await cache.get('a'), undefined);
  await cache.clear();
  assert.equal(await cache.get('w'), undefined);
});
