# What an application and its operator ask of Sidekiq: `client.rb CHECK` runs one of the checks below, and fails with
# what it found.

require "sidekiq/api"
require_relative "jobs"

Sidekiq.logger.level = Logger::WARN

def expect(expected, actual)
  raise "expected #{expected.inspect}, found #{actual.inspect}" unless expected == actual
end

def wait_until(what)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 20
  until yield
    raise "#{what}: never came" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

    sleep 0.02
  end
end

def done
  Sidekiq.redis { |redis| redis.lrange("done", 0, -1) }
end

def enqueue
  100.times { |n| Record.perform_async(n.to_s) }
  Record.perform_bulk((100...200).map { |n| [n.to_s] })
  Urgent.perform_async("urgent")
  expect 200, Sidekiq::Queue.new("default").size
  expect ["0"], Sidekiq::Queue.new("default").to_a.last.args
  expect({ "default" => 200, "urgent" => 1 }, Sidekiq::Stats.new.queues)
  doomed = Record.perform_async("doomed")
  expect true, Sidekiq::Queue.new("default").find_job(doomed).delete
end

def worked
  wait_until("the end of the queue") { done.size == 201 }
  expect ["urgent"] + (0...200).map(&:to_s), done
  wait_until("its count") { Sidekiq::Stats.new.processed == 201 }
end

def later
  Record.perform_in(1, "in")
  Record.perform_at(Time.now + 1000, "at")
  expect 2, Sidekiq::ScheduledSet.new.size
  Flaky.perform_async
  Hopeless.perform_async
  wait_until("a schedule and a retry") { (done & %w[in flaky]).size == 2 }
  expect 1, Sidekiq::ScheduledSet.new.size
  Sidekiq::ScheduledSet.new.first.add_to_queue
  wait_until("a job that is called early") { done.include?("at") }
  wait_until("a job's death") { Sidekiq::Stats.new.failed == 2 }
  expect 0, Sidekiq::RetrySet.new.size
end

def begin_slow
  Slow.perform_async
  wait_until("the slow job's begin") { Sidekiq.redis { |redis| redis.get("slow") } == "began" }
  wait_until("a heartbeat") { Sidekiq::WorkSet.new.size == 1 }
  expect 1, Sidekiq::ProcessSet.new.size
  Sidekiq::ProcessSet.new.first.stop!
end

def requeued
  expect ["Slow"], Sidekiq::Queue.new("default").map(&:klass)
  expect 0, Sidekiq::ProcessSet.new.size
  Sidekiq.redis { |redis| redis.set("go", 1) }
end

def slow_ended
  wait_until("the slow job's end") { done == ["slow"] }
end

send(ARGV.fetch(0))
