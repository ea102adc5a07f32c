#pragma once

#include <functional>
#include <string>

#include "base/loop.h"
#include "server/db/connection.h"
#include "server/db/listener.h"

namespace afterhours::engine {

// Tells the engines of other processes that something may be due sooner than
// they know, and hears it from them. Only makes them prompt: whatever is not
// heard is found by polling. What is told in one moment is told once, and on
// connections of its own, so that no transaction waits for it.
class Notices {
 public:
  // `heard` is called when another process, or this one, has told something.
  Notices(const std::string& database_url, std::function<void()> heard);

  void Start();
  void Stop();

  // Something may be due. Thread safe.
  void Tell() { tell_loop_.Wake(); }

 private:
  absl::Duration TellOnce();
  absl::Duration ListenOnce();

  const std::function<void()> heard_;
  db::Connection connection_;
  db::Listener listener_;
  bool first_round_ = true;  // of tell_loop_, which begins without having been woken
  Loop tell_loop_;
  Loop listen_loop_;
};

}  // namespace afterhours::engine
