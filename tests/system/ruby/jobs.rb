# The jobs that Sidekiq's process of test_sidekiq.py runs. Each leaves in Redis what it did.

require "sidekiq"

Redis.silence_deprecations = true
Sidekiq.options[:poll_interval_average] = 0.5  # seconds between its looks at what is due

class Record
  include Sidekiq::Job

  def perform(word)
    Sidekiq.redis { |redis| redis.rpush("done", word) }
  end
end

class Urgent < Record
  sidekiq_options queue: "urgent"
end

class Flaky
  include Sidekiq::Job
  sidekiq_options retry: 3
  sidekiq_retry_in { 1 }

  def perform
    raise "not yet" if Sidekiq.redis { |redis| redis.incr("tries") } < 2

    Sidekiq.redis { |redis| redis.rpush("done", "flaky") }
  end
end

class Hopeless
  include Sidekiq::Job
  sidekiq_options retry: 0

  def perform
    raise "no way"
  end
end

class Slow
  include Sidekiq::Job

  def perform
    Sidekiq.redis { |redis| redis.set("slow", "began") }
    sleep 0.02 until Sidekiq.redis { |redis| redis.exists?("go") }
    Sidekiq.redis { |redis| redis.rpush("done", "slow") }
  end
end
