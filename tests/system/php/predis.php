<?php
// Predis, a client in PHP alone: `php predis.php CHECK` runs one function.

require __DIR__ . '/expect.php';
require 'Predis/Autoloader.php';
Predis\Autoloader::register();

use Predis\Client;
use Predis\Collection\Iterator;
use Predis\Command\ScriptCommand;

function connect(array $options = []): Client
{
    return new Client(['scheme' => 'unix', 'path' => socket_path(), 'database' => 4], $options);
}

function values(): void
{
    $redis = connect(['prefix' => 'app:']);
    same('OK', (string) $redis->set('a', 'ä', 'EX', 100));
    same('ä', $redis->get('a'));
    same(null, $redis->get('none'));
    same(['ä', null], $redis->mget('a', 'none'));
    same(2, $redis->rpush('l', ['a', 'b']));
    same(['app:l', 'a'], $redis->blpop(['none', 'l'], 1));
    same(null, $redis->blpop('none', 1));
    $redis->hmset('h', ['a' => 1, 'b' => 2]);
    same(['a' => '1', 'b' => '2'], $redis->hgetall('h'));
    $redis->zadd('z', ['a' => 1.5, 'b' => 2]);
    same(['a' => '1.5', 'b' => '2'], $redis->zrange('z', 0, -1, 'WITHSCORES'));
    refused('WRONGTYPE', fn() => $redis->lpush('a', 'x'));
    same(true, isset($redis->info()['Server']['redis_version']));
}

function many(): void
{
    $redis = connect();
    $replies = $redis->pipeline(function ($pipe) {
        for ($n = 0; $n < 1000; $n++) {
            $pipe->set("k$n", $n);
        }
        $pipe->get('k999');
    });
    same([1001, '999'], [count($replies), end($replies)]);
    same(1000, count(array_unique(iterator_to_array(new Iterator\Keyspace($redis, 'k*', 50), false))));
    $redis->hmset('h', array_combine(range(0, 999), range(0, 999)));
    same(1000, count(iterator_to_array(new Iterator\HashKey($redis, 'h'))));
    $redis->sadd('s', range(0, 999));
    same(1000, count(array_unique(iterator_to_array(new Iterator\SetKey($redis, 's'), false))));
}

class Increase extends ScriptCommand
{
    public function getKeysCount()
    {
        return 1;
    }

    public function getScript()
    {
        return "return redis.call('INCRBY', KEYS[1], ARGV[1])";
    }
}

function transactions(): void
{
    $redis = connect();
    $other = connect();
    $attempts = 0;
    $options = ['cas' => true, 'watch' => 'n', 'retry' => 3];
    $replies = $redis->transaction($options, function ($transaction) use ($other, &$attempts) {
        $n = (int) $transaction->get('n');
        if (++$attempts === 1) {
            $other->set('n', 100);
        }
        $transaction->multi();
        $transaction->set('n', $n + 1);
        $transaction->get('n');
    });
    same([2, '101'], [$attempts, $replies[1]]);
    $redis->getProfile()->defineCommand('increase', 'Increase');
    same([106, 111], [$redis->increase('n', 5), $redis->increase('n', 5)]);
    $redis->script('flush');
    same(116, $redis->increase('n', 5));
}

function messages(): void
{
    $publisher = connect();
    $loop = (new Client(['host' => HOST, 'port' => port(), 'read_write_timeout' => 10]))->pubSubLoop();
    $loop->subscribe('control');
    $loop->psubscribe('news.*');
    $heard = [];
    foreach ($loop as $message) {
        if ($message->kind === 'psubscribe') {
            array_map(fn($n) => $publisher->publish("news.$n", $n), range(0, 99));
            $publisher->publish('control', 'quit');
        } elseif ($message->kind === 'pmessage') {
            $heard[] = (int) $message->payload;
        } elseif ($message->kind === 'message') {
            $loop->stop(true);
        }
    }
    same(range(0, 99), $heard);
}

main();
