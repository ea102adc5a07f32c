#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "client/dispatch_client.h"
#include "tests/harness/database.h"
#include "tests/harness/desk.h"
#include "tests/harness/directory.h"
#include "tests/harness/http.h"
#include "tests/harness/process.h"
#include "tests/harness/simulator.h"

namespace afterhours::testing {

class World;

// A message that a phone has received.
class ReceivedSms {
 public:
  ReceivedSms(World& world, std::string phone, nlohmann::json message)
      : world_(world), phone_(std::move(phone)), message_(std::move(message)) {}

  std::string body() const { return message_.value("body", ""); }
  std::string code() const;  // the reply code in the text

  // Answers it; "{code}" stands for its code. Returns what the phone is told.
  std::string Reply(const std::string& text) const;

 private:
  World& world_;
  std::string phone_;
  nlohmann::json message_;
};

// A phone call that a phone has received.
class ReceivedCall {
 public:
  explicit ReceivedCall(nlohmann::json call) : call_(std::move(call)) {}

  std::string body() const { return call_.value("body", ""); }  // all that was said
  std::string pressed() const { return call_.value("pressed", ""); }

 private:
  nlohmann::json call_;
};

// A technician's (or anybody's) phone.
class Phone {
 public:
  Phone(World& world, std::string number) : world_(world), number_(std::move(number)) {}

  const std::string& number() const { return number_; }

  // Waits for the next message that contains `text`, in order.
  ReceivedSms ExpectSms(const std::string& text);

  // Waits for the end of the next call, in order. A phone without a script does
  // not answer, and hears nothing.
  ReceivedCall ExpectCall();

  // What it does when it is called or texted; see tools/providersim/README.md.
  Phone& Does(const std::string& script);

  // Sends a text to our number. Returns what the phone is told.
  std::string Send(const std::string& text, const std::string& message_sid = "");
  // The same, but Twilio's webhook for it gets lost.
  void SendUnheard(const std::string& text);

 private:
  World& world_;
  std::string number_;
  int seen_ = 0;
  int calls_seen_ = 0;
};

// A dispatch that a test follows.
class DispatchHandle {
 public:
  DispatchHandle(World& world, std::string id) : world_(world), id_(std::move(id)) {}

  const std::string& id() const { return id_; }
  v1::StatusResponse Get() const;
  // When such events happened, in order.
  std::vector<absl::Time> TimesOf(v1::EventKind kind) const;

  // Each waits until it is so.
  void ExpectStatus(v1::DispatchStatus status) const;
  void ExpectEvent(v1::EventKind kind, int count = 1) const;
  void ExpectPage(v1::PageState state, int index = 0) const;
  // When its next step is due.
  absl::Time NextStep() const;
  void ExpectNextStep(absl::Time time) const;

 private:
  World& world_;
  std::string id_;
};

// The whole product on real parts: a PostgreSQL database, dispatchd, the bridge
// and the simulator, as processes. When it goes, everything must shut down
// cleanly, no error may stand in a log, the sweep must have found nothing to put
// right, and nobody may have been texted or called without the test expecting it.
class World {
 public:
  struct Options {
    std::string directory = "";  // YAML; empty: Smith Plumbing with Ana, then Bo
    bool own_cluster = false;    // for tests that stop the database
    bool standby = false;        // ... and that have another host of it
    std::vector<std::string> dispatchd_flags = {};
    std::map<std::string, std::string> dispatchd_secrets = {};  // beside Twilio's
    std::vector<std::string> bridge_flags = {};
  };
  // A World's directory before anybody has written one.
  static constexpr char kNoDirectory[] = "none";
  static constexpr char kPublicUrl[] = "https://pages.example.com";
  static constexpr char kCalledNumber[] = "+19495550100";
  static constexpr char kCallerNumber[] = "+19495550123";  // the first caller's; others have others
  static constexpr char kSenderNumber[] = "+19495550101";
  static constexpr char kApiKey[] = "test-api-key";

  World() : World(Options()) {}
  explicit World(Options options);
  ~World();

  Phone PhoneOf(const std::string& name);  // "ana", "bo"
  Phone PhoneWith(const std::string& number) { return Phone(*this, number); }

  // A caller has talked to the voice agent: Retell tells the bridge. The call
  // differs from the usual one by `call`.
  DispatchHandle PlaceCall(const std::string& transcript, const nlohmann::json& call = {});
  // Retell's answer-by-answer view of the same; see the simulator's README.
  nlohmann::json SendRetellEvent(const nlohmann::json& event) { return simulator_->Control("retell/events", event); }
  // Any report of a call by Retell, which the bridge must take. Its answer.
  nlohmann::json ReportCall(const std::string& event, const nlohmann::json& call);
  // The dispatch of a call, by its reporter's id.
  DispatchHandle DispatchOf(const std::string& call_id);
  // Through gRPC.
  DispatchHandle Dispatch(const std::string& summary);

  DispatchClient& client() { return *client_; }
  Desk& desk() { return *desk_; }
  Directory& directory() { return *directory_; }
  Simulator& simulator() { return *simulator_; }
  TestDatabase& database() { return *database_; }
  Cluster& cluster() { return cluster_; }
  Cluster& standby() { return *standby_; }
  const std::string& bridge_url() const { return bridge_url_; }
  std::string dispatchd_address() const;

  // dispatchd dies without notice; comes back at the same address.
  void KillDispatchd();
  void StartDispatchd(const std::vector<std::string>& more_flags = {});
  int TerminateDispatchd();
  void SignalDispatchd(int signal) { dispatchd_.Signal(signal); }
  int WaitForDispatchd() { return dispatchd_.Wait(); }
  std::string DispatchdLog() const { return dispatchd_.Log(); }
  // Another dispatchd on the same database, with an address of its own.
  Process StartReplica();
  // The bridge stops, and comes back with these flags.
  void RestartBridge(const std::vector<std::string>& flags);
  // It dies without notice, and comes back.
  void KillBridge(const std::vector<std::string>& flags);
  // A place for a file that goes with the world.
  std::string FilePath(const std::string& name) const { return folder_ + "/" + name; }

  // Moves time for everyone: dispatchd, the bridge, the database's statements
  // and the simulator's signatures.
  void Advance(absl::Duration span);
  absl::Time Now() const { return absl::Now() + offset_; }
  // Moves time to half a minute before a full minute; that minute.
  absl::Time AdvanceToHalfAMinuteBefore();

  // A value of dispatchd's or the bridge's metrics; 0 when it is not there.
  double DispatchdMetric(const std::string& series) const;
  double BridgeMetric(const std::string& series) const;

  // Loads another directory, as an operator would meanwhile: with `dispatchd directory
  // load`, by the database's clock.
  void LoadDirectory(const std::string& yaml);
  // The same through the API, by the clock that tests move.
  void ApplyDirectory(const std::string& yaml);

  // Failures that the test provokes are in the logs.
  void AllowErrors() { errors_allowed_ = true; }
  // So is what the sweep puts right.
  void AllowRepairs() { repairs_allowed_ = true; }
  void CountExpectedSms() { ++expected_sms_; }
  void CountExpectedCalls(int count) { expected_calls_ += count; }

 private:
  std::string NextCaller();
  void StartBridge(const std::vector<std::string>& flags);
  Process RunDispatchd(int grpc_port, const std::vector<std::string>& more_flags);
  void CheckLogs(const Process& process, const std::string& name) const;
  void CheckRepairs() const;

  const Options options_;
  std::string folder_;
  std::string clock_path_;
  absl::Duration offset_;
  Cluster cluster_;
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Cluster> standby_;
  std::unique_ptr<Simulator> simulator_;
  Process dispatchd_;
  Process bridge_;
  int dispatchd_count_ = 0;
  int bridge_count_ = 0;
  int grpc_port_ = 0;
  int metrics_port_ = 0;
  std::string bridge_url_;
  std::optional<DispatchClient> client_;
  std::unique_ptr<Desk> desk_;
  std::optional<Directory> directory_;
  bool errors_allowed_ = false;
  bool repairs_allowed_ = false;
  int caller_count_ = 0;
  int expected_sms_ = 0;
  int expected_calls_ = 0;
};

}  // namespace afterhours::testing
