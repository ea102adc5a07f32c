#include "server/db/listener.h"

#include <pqxx/pqxx>
#include <utility>

#include "base/status.h"
#include "server/db/connection.h"

namespace afterhours::db {

class Listener::Session {
 public:
  Session(const std::string& url, const std::string& channel) : connection_(url), receiver_(connection_, channel) {}

  bool Wait(absl::Duration span) {
    receiver_.heard = false;
    const auto micros = static_cast<long>(absl::ToInt64Microseconds(span));
    constexpr long kMicrosOfSecond = 1000000;
    connection_.await_notification(micros / kMicrosOfSecond, micros % kMicrosOfSecond);
    return receiver_.heard;
  }

 private:
  struct Receiver : public pqxx::notification_receiver {
    Receiver(pqxx::connection& connection, const std::string& channel)
        : pqxx::notification_receiver(connection, channel) {}
    void operator()(const std::string&, int) override { heard = true; }
    bool heard = false;
  };

  pqxx::connection connection_;
  Receiver receiver_;  // signs off at the connection, so it goes first
};

Listener::Listener(std::string url, std::string channel) : url_(std::move(url)), channel_(std::move(channel)) {}
Listener::~Listener() = default;

absl::StatusOr<bool> Listener::Wait(absl::Duration span) {
  try {
    if (session_ == nullptr) session_ = std::make_unique<Session>(url_, channel_);
    return session_->Wait(span);
  } catch (...) {
    session_.reset();
    return Annotate(StatusOfCurrentException(), "listen");
  }
}

}  // namespace afterhours::db
