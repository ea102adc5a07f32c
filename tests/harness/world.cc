#include "tests/harness/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/harness/eventually.h"

namespace afterhours::testing {
namespace {

constexpr char kDirectory[] = R"(
businesses:
  - key: smith
    name: Smith Plumbing
    time_zone: America/Los_Angeles
    numbers: ["+1 949 555 0100"]
    sms_sender: "+19495550101"
    owner: {name: Sam Smith, phone: "+19495550199"}
    technicians:
      - {key: ana, name: Ana Diaz, sms: "+19495550111"}
      - {key: bo, name: Bo Chen, sms: "+19495550112"}
    roster:
      - {technician: ana, priority: 1}
      - {technician: bo, priority: 2}
)";

std::string Encode(const std::string& number) { return absl::StrReplaceAll(number, {{"+", "%2B"}}); }

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

double MetricIn(const std::string& text, const std::string& series) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    double value = 0;
    if (absl::StartsWith(line, series + " ") && absl::SimpleAtod(line.substr(series.size() + 1), &value)) return value;
  }
  return 0;
}

}  // namespace

std::string ReceivedSms::code() const {
  const std::string before = "Code ";
  constexpr std::size_t kLength = 4;
  const std::string text = body();
  const std::size_t at = text.find(before);
  return at == std::string::npos ? "" : text.substr(at + before.size(), kLength);
}

std::string ReceivedSms::Reply(const std::string& text) const {
  return world_.PhoneWith(phone_).Send(absl::StrReplaceAll(text, {{"{code}", code()}}));
}

ReceivedSms Phone::ExpectSms(const std::string& text) {
  nlohmann::json message = nlohmann::json::object();
  Eventually(absl::StrCat("text ", seen_ + 1, " to ", number_), [&] {
    int place = 0;
    const nlohmann::json answer = world_.simulator().Get(absl::StrCat("phones/", Encode(number_), "/messages"));
    for (const nlohmann::json& received : answer["messages"]) {
      if (received["kind"] == "sms" && place++ == seen_) message = received;
    }
    return !message.empty();
  });
  ++seen_;
  EXPECT_THAT(message.value("body", ""), ::testing::HasSubstr(text));
  world_.CountExpectedSms();
  return {world_, number_, message};
}

ReceivedCall Phone::ExpectCall() {
  nlohmann::json call = nlohmann::json::object();
  Eventually(absl::StrCat("the end of call ", calls_seen_ + 1, " to ", number_), [&] {
    int place = 0;
    const nlohmann::json answer =
        world_.simulator().Get(absl::StrCat("phones/", Encode(number_), "/messages?kind=call"));
    for (const nlohmann::json& received : answer["messages"]) {
      const std::string status = received["status"];
      const bool over = status == "completed" || status == "no-answer" || status == "canceled" || status == "failed";
      if (place++ == calls_seen_ && over) call = received;
    }
    return !call.empty();
  });
  ++calls_seen_;
  world_.CountExpectedCalls(1);
  EXPECT_TRUE(call["error"].is_null()) << call.dump();
  return ReceivedCall(call);
}

Phone& Phone::Does(const std::string& script) {
  world_.simulator().Control(absl::StrCat("phones/", Encode(number_), "/script"), {{"script", script}}, "PUT");
  return *this;
}

void Phone::SendUnheard(const std::string& text) {
  world_.simulator().Control(absl::StrCat("phones/", Encode(number_), "/send"),
                             {{"to", World::kSenderNumber}, {"body", text}, {"webhook", false}});
}

std::string Phone::Send(const std::string& text, const std::string& message_sid) {
  nlohmann::json body = {{"to", World::kSenderNumber}, {"body", text}};
  if (!message_sid.empty()) body["message_sid"] = message_sid;
  const nlohmann::json answer = world_.simulator().Control(absl::StrCat("phones/", Encode(number_), "/send"), body);
  const nlohmann::json& response = answer["responses"][0];
  EXPECT_EQ(response["status"], 200) << answer.dump();
  EXPECT_FALSE(response.contains("twiml_error") && !response["twiml_error"].is_null()) << answer.dump();
  const nlohmann::json& texts = answer["reply_texts"];
  return texts.empty() ? "" : texts[0].get<std::string>();
}

v1::StatusResponse DispatchHandle::Get() const {
  v1::StatusRequest request;
  request.set_dispatch_id(id_);
  const absl::StatusOr<v1::StatusResponse> response = world_.client().Status(request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : v1::StatusResponse();
}

std::vector<absl::Time> DispatchHandle::TimesOf(v1::EventKind kind) const {
  std::vector<absl::Time> times;
  const v1::StatusResponse status = Get();
  for (const v1::Event& event : status.events()) {
    if (event.kind() == kind) times.push_back(ToTime(event.event_time()));
  }
  return times;
}

void DispatchHandle::ExpectStatus(v1::DispatchStatus status) const {
  Eventually(absl::StrCat("status ", v1::DispatchStatus_Name(status)),
             [&] { return Get().dispatch().status() == status; });
}

void DispatchHandle::ExpectEvent(v1::EventKind kind, int count) const {
  Eventually(absl::StrCat(count, " events ", v1::EventKind_Name(kind)),
             [&] { return static_cast<int>(TimesOf(kind).size()) >= count; });
}

void DispatchHandle::ExpectPage(v1::PageState state, int index) const {
  Eventually(absl::StrCat("page ", index, " ", v1::PageState_Name(state)), [&] {
    const v1::StatusResponse status = Get();
    return status.pages_size() > index && status.pages(index).state() == state;
  });
}

absl::Time DispatchHandle::NextStep() const { return ToTime(Get().dispatch().next_step_time()); }

void DispatchHandle::ExpectNextStep(absl::Time time) const {
  Eventually(absl::StrCat("a step at ", absl::FormatTime(time)), [&] { return NextStep() == time; });
}

namespace {

// The connection string of either of two, which differ by host only.
std::string BothHosts(const std::string& primary, const std::string& standby) {
  const std::string other = standby.substr(0, standby.find(' '));  // "host=..."
  return absl::StrReplaceAll(primary, {{" port=5432", absl::StrCat(",", other.substr(5), " port=5432,5432")}});
}

}  // namespace

World::World(Options options) : options_(std::move(options)), cluster_(options_.own_cluster) {
  folder_ = ::testing::TempDir() + "afterhours-world-XXXXXX";
  mkdtemp(folder_.data());
  clock_path_ = folder_ + "/clock";
  Advance(absl::ZeroDuration());
  database_ = std::make_unique<TestDatabase>(cluster_);
  if (options_.directory != kNoDirectory) LoadDirectory(options_.directory.empty() ? kDirectory : options_.directory);
  if (options_.standby) standby_ = std::make_unique<Cluster>(Cluster::Standby{cluster_});
  simulator_ = std::make_unique<Simulator>(kPublicUrl, folder_ + "/simulator.log");
  StartDispatchd();
  StartBridge(options_.bridge_flags);
}

World::~World() {
  EXPECT_EQ(database_->Value("select count(*) from outbox join dispatches d on d.id = dispatch_id "
                             "where d.end_time is not null"),
            "0")
      << "pages that wait, of dispatches that have ended";
  EXPECT_EQ(simulator_->AcceptedCount(), expected_sms_) << "messages sent, and messages that the test expected";
  EXPECT_EQ(simulator_->AcceptedCount("call"), expected_calls_) << "calls placed, and calls that the test expected";
  for (Process* process : {&bridge_, &dispatchd_}) {
    if (!process->running()) continue;
    EXPECT_EQ(process->Terminate(), 0) << "a shutdown was not clean";
  }
  CheckLogs(bridge_, "bridge");
  CheckLogs(dispatchd_, "dispatchd");
  CheckRepairs();
  simulator_->Terminate();
  if (::testing::Test::HasFailure()) {
    std::cerr << "--- dispatchd\n" << dispatchd_.Log() << "--- bridge\n" << bridge_.Log();
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void World::ApplyDirectory(const std::string& yaml) {
  const absl::Status status = desk_->Apply(yaml);
  EXPECT_TRUE(status.ok()) << status;
}

void World::LoadDirectory(const std::string& yaml) {
  const std::string path = folder_ + "/directory.yaml";
  std::ofstream(path) << yaml;
  std::string output;
  const int code =
      RunToEnd({AFTERHOURS_DISPATCHD, "directory", "load", path, absl::StrCat("--database_url=", database_->url())}, {},
               &output);
  EXPECT_EQ(code, 0) << output;
}

Process World::RunDispatchd(int grpc_port, const std::vector<std::string>& more_flags) {
  std::vector<std::string> command = {
      AFTERHOURS_DISPATCHD,
      absl::StrCat("--database_url=",
                   standby_ == nullptr ? database_->url() : BothHosts(database_->url(), database_->UrlOn(*standby_))),
      absl::StrCat("--listen=127.0.0.1:", grpc_port),
      "--metrics_listen=127.0.0.1:0",
      absl::StrCat("--public_url=", kPublicUrl),
      absl::StrCat("--twilio_base_url=", simulator_->url()),
      absl::StrCat("--twilio_account_sid=", Simulator::kAccountSid),
      absl::StrCat("--twilio_from=", kSenderNumber),
      absl::StrCat("--test_clock_file=", clock_path_),
  };
  command.insert(command.end(), options_.dispatchd_flags.begin(), options_.dispatchd_flags.end());
  command.insert(command.end(), more_flags.begin(), more_flags.end());
  std::map<std::string, std::string> secrets = options_.dispatchd_secrets;
  secrets.emplace("TWILIO_AUTH_TOKEN", Simulator::kAuthToken);
  return Process(command, secrets, absl::StrCat(folder_, "/dispatchd-", ++dispatchd_count_, ".log"));
}

Process World::StartReplica() {
  Process replica = RunDispatchd(0, {});
  replica.WaitForLogField("dispatchd serves", "grpc_port");
  return replica;
}

void World::StartDispatchd(const std::vector<std::string>& more_flags) {
  dispatchd_ = RunDispatchd(grpc_port_, more_flags);
  metrics_port_ = dispatchd_.WaitForLogField("dispatchd serves", "metrics_port");
  if (grpc_port_ == 0) {
    grpc_port_ = dispatchd_.WaitForLogField("dispatchd serves", "grpc_port");
    client_.emplace(MakeDispatchConnection({.address = dispatchd_address(), .timeout = absl::Seconds(30)}));
    desk_ = std::make_unique<Desk>(dispatchd_address());
    directory_.emplace(dispatchd_address());
  }
}

void World::RestartBridge(const std::vector<std::string>& flags) {
  EXPECT_EQ(bridge_.Terminate(), 0);
  StartBridge(flags);
}

void World::KillBridge(const std::vector<std::string>& flags) {
  bridge_.Kill();
  StartBridge(flags);
}

void World::StartBridge(const std::vector<std::string>& flags) {
  std::vector<std::string> command = {
      AFTERHOURS_BRIDGE,
      "--listen=127.0.0.1:0",
      absl::StrCat("--public_url=", kPublicUrl),
      absl::StrCat("--dispatchd=", dispatchd_address()),
      absl::StrCat("--test_clock_file=", clock_path_),
  };
  command.insert(command.end(), flags.begin(), flags.end());
  bridge_ = Process(command,
                    {{"TWILIO_AUTH_TOKEN", Simulator::kAuthToken},
                     {"TWILIO_AUTH_TOKEN_SECONDARY", "12345"},
                     {"RETELL_API_KEY", Simulator::kRetellApiKey},
                     {"RETELL_API_KEY_SECONDARY", "test-api-key"},
                     {"AFTERHOURS_API_KEY", kApiKey}},
                    absl::StrCat(folder_, "/bridge-", ++bridge_count_, ".log"));
  bridge_url_ = absl::StrCat("http://127.0.0.1:", bridge_.WaitForLogField("dispatch-bridge serves", "http_port"));
  simulator_->SetBridge(bridge_url_);
}

Phone World::PhoneOf(const std::string& name) {
  if (name == "sam") return Phone(*this, "+19495550199");  // the owner
  return Phone(*this, name == "ana" ? "+19495550111" : "+19495550112");
}

DispatchHandle World::PlaceCall(const std::string& transcript, const nlohmann::json& call) {
  nlohmann::json fields = {
      {"from_number", NextCaller()}, {"to_number", kCalledNumber}, {"transcript", "User: " + transcript}};
  if (call.is_object()) fields.update(call);
  return DispatchOf(ReportCall("call_ended", fields)["call_id"].get<std::string>());
}

nlohmann::json World::ReportCall(const std::string& event, const nlohmann::json& call) {
  nlohmann::json answer = SendRetellEvent({{"event", event}, {"call", call}});
  EXPECT_EQ(answer["responses"][0]["status"], 204) << answer.dump();
  return answer;
}

DispatchHandle World::DispatchOf(const std::string& call_id) {
  v1::StatusRequest request;
  request.set_external_call_id(call_id);
  const absl::StatusOr<v1::StatusResponse> status = client_->Status(request);
  EXPECT_TRUE(status.ok()) << status.status();
  return DispatchHandle(*this, status.ok() ? status->dispatch().id() : "");
}

std::string World::NextCaller() {
  const int number = caller_count_++;
  return number == 0 ? kCallerNumber : absl::StrFormat("+1213556%04d", number);
}

DispatchHandle World::Dispatch(const std::string& summary) {
  v1::DispatchRequest request;
  request.mutable_call()->set_source(v1::CALL_SOURCE_MANUAL);
  request.mutable_call()->set_called_number(kCalledNumber);
  request.mutable_call()->set_caller_number(NextCaller());
  request.mutable_call()->set_summary(summary);
  const absl::StatusOr<v1::DispatchResponse> response = client_->Dispatch(request);
  EXPECT_TRUE(response.ok()) << response.status();
  return DispatchHandle(*this, response.ok() ? response->dispatch().id() : "");
}

std::string World::dispatchd_address() const { return absl::StrCat("127.0.0.1:", grpc_port_); }

void World::KillDispatchd() { dispatchd_.Kill(); }

int World::TerminateDispatchd() { return dispatchd_.Terminate(); }

void World::Advance(absl::Duration span) {
  offset_ += span;
  const std::int64_t offset_us = absl::ToInt64Microseconds(offset_);
  // In place: the processes have it mapped.
  std::fstream file(clock_path_, std::ios::binary | std::ios::in | std::ios::out);
  if (!file) file.open(clock_path_, std::ios::binary | std::ios::out);
  file.write(reinterpret_cast<const char*>(&offset_us), sizeof(offset_us));
  file.close();
  if (simulator_ != nullptr) simulator_->SetClockOffsetMs(absl::ToInt64Milliseconds(offset_));
}

absl::Time World::AdvanceToHalfAMinuteBefore() {
  const absl::Time minute = absl::FromUnixSeconds((absl::ToUnixSeconds(Now()) / 60 + 2) * 60);
  Advance(minute - absl::Seconds(30) - Now());
  return minute;
}

double World::DispatchdMetric(const std::string& series) const {
  return MetricIn(Http("GET", absl::StrCat("http://127.0.0.1:", metrics_port_, "/metrics")).body, series);
}

double World::BridgeMetric(const std::string& series) const {
  return MetricIn(Http("GET", bridge_url_ + "/metrics").body, series);
}

// Whose sender was killed is found by the sweep as well as by the other senders.
void World::CheckRepairs() const {
  if (repairs_allowed_) return;
  EXPECT_EQ(database_->Value("select string_agg(attributes->>'problem', ', ') from events where kind = 'RECOVERED' "
                             "and actor = 'system' and attributes->>'problem' <> 'STALE_CLAIM'"),
            "")
      << "what the sweep had to put right";
}

void World::CheckLogs(const Process& process, const std::string& name) const {
  if (errors_allowed_) return;
  for (const absl::string_view line : absl::StrSplit(process.Log(), '\n')) {
    EXPECT_FALSE(absl::StrContains(line, "\"severity\":\"ERROR\"")) << name << ": " << line;
  }
}

}  // namespace afterhours::testing
