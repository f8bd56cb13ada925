// What the system knows of the process: its title, the cores of its threads, its score when memory
// is short, its pages, and the timer that notices when the loop stands still.
#pragma once

#include "server/event_loop.h"
#include "server/process_score.h"
#include "server/process_title.h"

namespace larder::server {

class Server;
enum class ChildTask : std::uint8_t;

class Process {
 public:
  // `server` outlives it.
  Process(Server& server, TitleSpace title);

  // Makes the process what the settings say, now and when they change; forked children have titles,
  // cores and scores of their own. What the system refuses is said in the log. To be called before
  // there are other threads.
  void begin();

 private:
  void become(ChildTask task);
  void show_title(std::string_view name);
  bool apply_score(ProcessScore::Role role);
  void watch_settings();
  void choose_watchdog();
  void put_alarm_off(std::int64_t period_ms) noexcept;

  Server& server_;
  TitleSpace title_;
  ProcessScore score_;
  Timer watchdog_;
};

}  // namespace larder::server
