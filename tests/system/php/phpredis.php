<?php
// The extension php-redis, as web applications use it: `php phpredis.php CHECK` runs one function.

require __DIR__ . '/expect.php';

function connect(): Redis
{
    $redis = new Redis();
    $redis->connect(socket_path());
    $redis->select(3);
    return $redis;
}

function values(): void
{
    $redis = connect();
    same(true, $redis->set('a', 'ä', ['nx', 'ex' => 100]));
    same(false, $redis->set('a', 'b', ['nx']));
    same('ä', $redis->get('a'));
    same(false, $redis->get('none'));
    same(true, in_array($redis->ttl('a'), [99, 100]));
    same([true, 5, 1.5], [$redis->mset(['x' => 1, 'y' => 2]), $redis->incrBy('n', 5), $redis->incrByFloat('f', 1.5)]);
    same(['1', false, '2'], $redis->mget(['x', 'none', 'y']));
    same(3, $redis->rPush('l', 'a', 'b', 'c'));
    same(['a', 'b', 'c'], $redis->lRange('l', 0, -1));
    same(['l', 'a'], $redis->blPop(['none', 'l'], 1));
    same([], $redis->brPop(['none'], 1));
    same(true, $redis->hMSet('h', ['a' => 1, 'b' => 2]));
    same(['a' => '1', 'b' => '2'], $redis->hGetAll('h'));
    same(2, $redis->sAdd('s', 'a', 'b'));
    same(1, $redis->sAdd('s2', 'b'));
    same(['b'], $redis->sInter('s', 's2'));
    same(2, $redis->zAdd('z', 1.5, 'a', INF, 'b'));
    same(['a' => 1.5, 'b' => INF], $redis->zRange('z', 0, -1, true));
    same(['a' => 1.5], $redis->zRangeByScore('z', '-inf', '(2', ['withscores' => true, 'limit' => [0, 10]]));
    same(1, $redis->geoAdd('g', 13.361389, 38.115556, 'Palermo'));
    same('Palermo', $redis->geoRadius('g', 13.4, 38.1, 100, 'km')[0]);
    $id = $redis->xAdd('x1', '*', ['k' => 'v']);
    same(['x1' => [$id => ['k' => 'v']]], $redis->xRead(['x1' => '0']));
    same(Redis::REDIS_HASH, $redis->type('h'));
    same(false, $redis->incr('a'));
    same('ERR value is not an integer or out of range', rtrim($redis->getLastError(), "\0"));
    same('noeviction', $redis->config('GET', 'maxmemory-policy')['maxmemory-policy']);
    same(true, isset($redis->info('server')['redis_version']));
}

function many(): void
{
    $redis = connect();
    $pipe = $redis->multi(Redis::PIPELINE);
    for ($n = 0; $n < 1000; $n++) {
        $pipe->set("k$n", $n);
    }
    same(1000, count(array_filter($pipe->exec())));
    $redis->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
    $seen = [];
    $cursor = null;
    while ($keys = $redis->scan($cursor, 'k*', 50)) {
        $seen = array_merge($seen, $keys);
    }
    same(1000, count(array_unique($seen)));
    same(1000, $redis->unlink(array_map(fn($n) => "k$n", range(0, 999))));
}

function transactions(): void
{
    $redis = connect();
    $other = connect();
    same([true, 2, 'b'], $redis->multi()->set('a', '1')->incr('a')->echo('b')->exec());
    $redis->watch('a');
    $other->set('a', 'x');
    same(false, $redis->multi()->set('a', 'y')->exec());
    same('x', $redis->get('a'));
    $script = "return {redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2]}";
    same([7, 'ä'], $redis->eval($script, ['n', 7, 'ä'], 1));
    same([14, 'ä'], $redis->evalSha(sha1($script), ['n', 7, 'ä'], 1));
    same([1, 0], $redis->script('exists', sha1($script), str_repeat('0', 40)));
    same(false, $redis->eval('return redis.error_reply("ERR mine")'));
    same('ERR mine', $redis->getLastError());
}

function serialized(): void
{
    $redis = connect();
    $bytes = implode(array_map('chr', range(0, 255)));
    $value = ['list' => [1, 2.5, null], 'text' => str_repeat('ä', 1000), 'bytes' => $bytes];
    $redis->setOption(Redis::OPT_PREFIX, 'app:');
    foreach ([Redis::SERIALIZER_PHP, Redis::SERIALIZER_IGBINARY] as $serializer) {
        foreach (['NONE', 'LZF', 'ZSTD', 'LZ4'] as $compression) {
            $redis->setOption(Redis::OPT_SERIALIZER, $serializer);
            $redis->setOption(Redis::OPT_COMPRESSION, constant("Redis::COMPRESSION_$compression"));
            $redis->set('v', $value);
            same($value, $redis->get('v'));
            $redis->hSet('h', 'v', $value);
            same(['v' => $value], $redis->hGetAll('h'));
        }
    }
    same(['app:h', 'app:v'], (function () use ($redis) {
        $keys = $redis->keys('*');
        sort($keys);
        return $keys;
    })());
}

function sessions(): void
{
    ini_set('session.save_handler', 'redis');
    ini_set('session.save_path', 'tcp://' . HOST . ':' . port() . '?prefix=sess:&database=3');
    ini_set('redis.session.locking_enabled', '1');
    ini_set('redis.session.lock_expire', '10');
    ini_set('session.gc_maxlifetime', '100');
    ini_set('session.use_cookies', '0');
    ini_set('session.cache_limiter', '');
    $redis = connect();
    session_id('one');
    session_start();
    $_SESSION['visits'] = 1;
    same(1, $redis->exists('sess:one_LOCK'));
    session_write_close();
    same(0, $redis->exists('sess:one_LOCK'));
    same('visits|i:1;', $redis->get('sess:one'));
    same(true, in_array($redis->ttl('sess:one'), [99, 100]));
    session_id('one');
    session_start();
    same(1, $_SESSION['visits']);
    session_destroy();
    same(0, $redis->exists('sess:one'));
}

function messages(): void
{
    $child = pcntl_fork();
    if ($child === 0) {
        $publisher = connect();
        while ($publisher->publish('news.1', 'begin') === 0) {
            usleep(5000);
        }
        array_map(fn($n) => $publisher->publish("news.$n", (string) $n), range(0, 99));
        exit(0);
    }
    $subscriber = new Redis();
    $subscriber->connect(HOST, port());
    $subscriber->setOption(Redis::OPT_READ_TIMEOUT, 2);
    $heard = [];
    // It leaves its loop only when nothing comes for the time of OPT_READ_TIMEOUT.
    $hear = function ($redis, $pattern, $channel, $message) use (&$heard) {
        $heard[] = $message;
    };
    refused('read error', fn() => $subscriber->psubscribe(['news.*'], $hear));
    pcntl_waitpid($child, $status);
    same(array_merge(['begin'], array_map('strval', range(0, 99))), $heard);
}

main();
