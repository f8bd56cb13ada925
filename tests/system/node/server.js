// A server for a test: LARDER_SERVER's command on a free port of 127.0.0.1, stopped by its process id.
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const command = process.env.LARDER_SERVER || path.join(__dirname, '../../../build/release/larder-server');
const START_MS = 20000;

function freePort() {
  return new Promise((resolve, reject) => {
    const port = 20000 + Math.floor(Math.random() * 12000);  // below those that the kernel hands out to clients
    const probe = net.createServer();
    probe.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(freePort()) : reject(error)));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}

// Starts a server for the test `t` and stops it after it; `settings` are directives. What was given to atEnd() is
// called before that.
async function startServer(t, settings = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'larder-test-'));
  const port = await freePort();
  const directives = { bind: '127.0.0.1', port, save: '', dir: folder, unixsocket: path.join(folder, 's.sock'), ...settings };
  const [program, ...rest] = command.split(' ');
  const words = Object.entries(directives).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(program, [...rest, ...words], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  let log = '';
  child.stdout.on('data', (data) => { log += data; });
  child.stderr.on('data', (data) => { log += data; });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  const clients = [];
  t.after(async () => {
    for (const close of clients.reverse()) await close();  // or they would complain of the server's end
    child.kill('SIGTERM');
    const insist = setTimeout(() => child.kill('SIGKILL'), 10000);
    await ended;
    clearTimeout(insist);
    fs.rmSync(folder, { recursive: true, force: true });
  });
  for (const deadline = Date.now() + START_MS; !log.includes('Ready to accept connections');) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${command} did not start:\n${log}`);
    await sleep(5);
  }
  return {
    port, url: `redis://127.0.0.1:${port}`, path: directives.unixsocket,
    atEnd: (close) => clients.push(close),
  };
}

const isLarder = command.includes('larder');

module.exports = { startServer, isLarder };
