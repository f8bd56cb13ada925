#include "server/loop_figures.h"

#include <gtest/gtest.h>

#include "server/event_loop.h"

namespace larder::server {
namespace {

void pass_cycles() {
  const auto started = base::cycles();
  while (base::cycles() - started < 10) {
  }
}

void work(LoopFigures& figures, LoopFigures::Kind kind = LoopFigures::Kind::task) {
  pass_cycles();
  const LoopFigures::Work work(figures, kind);
  pass_cycles();
}

TEST(LoopFigures, APauseBetweenHandlersBeginsATurn) {
  LoopFigures figures;
  figures.set_gap(0);
  work(figures);
  work(figures);
  EXPECT_EQ(figures.totals().turns, 2U);
  figures.set_gap(UINT64_MAX / LoopFigures::kGapsBeforeTimer);
  work(figures);
  EXPECT_EQ(figures.totals().turns, 2U);
  EXPECT_GE(figures.totals().longest_turn_cycles, 20U);
}

TEST(LoopFigures, HandlersInsideOthersAreAPartOfThem) {
  LoopFigures figures;
  figures.set_gap(0);
  {
    const LoopFigures::Work outer(figures);
    work(figures, LoopFigures::Kind::timer);
    EXPECT_EQ(figures.totals().work_cycles, 0U);
  }
  EXPECT_EQ(figures.totals().turns, 1U);
  EXPECT_EQ(figures.totals().timer_cycles, 0U);
  EXPECT_GE(figures.totals().work_cycles, 20U);
}

TEST(LoopFigures, TimersAreCountedApart) {
  LoopFigures figures;
  work(figures);
  work(figures, LoopFigures::Kind::timer);
  EXPECT_GE(figures.totals().timer_cycles, 10U);
  EXPECT_LT(figures.totals().timer_cycles, figures.totals().work_cycles);
  figures.reset();
  EXPECT_EQ(figures.totals().work_cycles, 0U);
}

TEST(LoopFigures, TimersOfOnePeriodComeInOneTurn) {
  EventLoop loop;
  loop.figures().set_gap(1'000'000);  // some hundred microseconds
  int calls = 0;
  const auto count = [&] {
    if (++calls == 6) loop.stop();
  };
  const auto first = loop.every(20, count);
  pass_cycles();
  const auto second = loop.every(20, count);
  loop.run();
  EXPECT_LT(loop.figures().totals().turns, 6U);  // 3, and more where the machine was busy
  EXPECT_GE(loop.figures().totals().turns, 3U);
}

}  // namespace
}  // namespace larder::server
