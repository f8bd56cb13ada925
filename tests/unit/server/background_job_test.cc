#include "server/background_job.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace larder::server {
namespace {

class BackgroundJobTest : public testing::Test {
 protected:
  EventLoop loop_;
  BackgroundJob job_{loop_, "test"};
  std::string told_;
};

TEST_F(BackgroundJobTest, WorksAsideAndEndsInTheLoop) {
  const auto self = std::this_thread::get_id();
  job_.start([self] { return std::this_thread::get_id() != self; },
             [&](bool was_aside) {
               EXPECT_TRUE(was_aside);
               EXPECT_EQ(std::this_thread::get_id(), self);
               EXPECT_FALSE(job_.is_running());
               loop_.stop();
             });
  EXPECT_TRUE(job_.is_running());
  loop_.run();
  EXPECT_FALSE(job_.is_running());
}

TEST_F(BackgroundJobTest, WhatWasWaitedForIsToldOnce) {
  job_.start([] { return std::string("one"); }, [&](const std::string& text) { told_ += text; });
  job_.finish();
  EXPECT_EQ(told_, "one");
  job_.start([] { return std::string("two"); },
             [&](const std::string& text) {
               told_ += text;
               loop_.stop();
             });
  loop_.run();  // finds what the first posted, too
  EXPECT_EQ(told_, "onetwo");
  job_.finish();
  EXPECT_EQ(told_, "onetwo");
}

TEST_F(BackgroundJobTest, TheEndOfOneMayStartAnother) {
  job_.start([] { return 1; },
             [&](int first) {
               job_.start([first] { return first + 1; },
                          [&](int second) {
                            told_ = std::to_string(second);
                            loop_.stop();
                          });
             });
  loop_.run();
  EXPECT_EQ(told_, "2");
}

}  // namespace
}  // namespace larder::server
