<?php
// What the programs beside this one share: the server's places from the environment, checks, and the choice of one.

error_reporting(E_ALL & ~E_DEPRECATED);
set_error_handler(function ($level, $message, $file, $line) {
    if (error_reporting() & $level) {
        throw new ErrorException($message, 0, $level, $file, $line);
    }
});

const HOST = '127.0.0.1';

function port(): int
{
    return (int) getenv('LARDER_PORT');
}

function socket_path(): string
{
    return getenv('LARDER_SOCKET');
}

function same($expected, $actual): void
{
    if ($expected !== $actual) {
        throw new Exception('expected ' . var_export($expected, true) . ', found ' . var_export($actual, true));
    }
}

function refused(string $words, callable $action): void
{
    try {
        $action();
    } catch (Exception $exception) {
        same(true, str_contains($exception->getMessage(), $words) ?: $exception->getMessage());
        return;
    }
    throw new Exception("was not refused: $words");
}

// Runs the function that the command line names.
function main(): void
{
    $check = $GLOBALS['argv'][1];
    try {
        $check();
    } catch (Throwable $failure) {
        fwrite(STDERR, "$failure\n");
        exit(1);
    }
}
