#include "server/app/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/http_client.h"
#include "adapters/openai/urgency_model.h"
#include "adapters/twilio/sms_sender.h"
#include "adapters/twilio/voice_sender.h"
#include "base/clock.h"
#include "base/http_server.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process.h"
#include "base/status.h"
#include "grpc/health/v1/health.pb.h"
#include "server/db/migrations.h"
#include "server/db/worker_pool.h"
#include "server/engine/engine.h"
#include "server/rpc/directory_service.h"
#include "server/rpc/dispatch_service.h"
#include "server/rpc/watch_hub.h"

namespace afterhours::app {
namespace {

// A whole directory as a file is the largest of all requests.
constexpr int kRequestBytesMax = 32 << 20;
// Files may take seconds. One at a time, and few that wait: a shutdown waits, too.
constexpr int kFileThreads = 1;
constexpr std::size_t kFileQueueLengthMax = 8;
// For the last answers to leave. gRPC would otherwise wait for idle clients to
// notice the end, which takes the synchronous ones up to five seconds.
constexpr absl::Duration kFlushTime = absl::Milliseconds(200);

absl::Status CheckSchema(const std::string& database_url) {
  db::Connection connection(database_url);
  const absl::StatusOr<int> version = db::MigrationVersion(connection);
  if (!version.ok()) return Annotate(version.status(), "check the database");
  const int wanted = db::Migrations().back().number;
  if (*version >= wanted) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the database is at migration ", *version,
                                                    " and this binary needs ", wanted,
                                                    "; run: dispatchd migrate up --database_url=..."));
}

HttpResponse ServeMetrics(const Metrics& metrics, const HttpRequest& request) {
  if (request.Path() == "/metrics") return {200, "text/plain; version=0.0.4", metrics.Serialize(), {}};
  if (request.Path() == "/healthz") return {200, "text/plain", "ok\n", {}};
  return {404, "text/plain", "here are /metrics and /healthz\n", {}};
}

twilio::Account TwilioAccount(const Config& config) {
  twilio::Account account;
  account.base_url = config.twilio_base_url;
  account.account_sid = config.twilio_account_sid;
  account.username = config.twilio_username;
  account.password = config.twilio_password;
  account.default_from = config.twilio_from;
  account.public_url = config.public_url;
  return account;
}

twilio::SmsSenderOptions SmsOptions(const Config& config) {
  twilio::SmsSenderOptions options;
  options.account = TwilioAccount(config);
  options.validity_period = config.sms_validity_period;
  return options;
}

twilio::VoiceSenderOptions VoiceOptions(const Config& config) {
  twilio::VoiceSenderOptions options;
  options.account = TwilioAccount(config);
  options.voice_from = config.twilio_voice_from;
  return options;
}

// The model that gives a second opinion, with a client of its own: whatever
// becomes of its calls, pages do not wait behind them.
struct SecondOpinion {
  explicit SecondOpinion(const Config& config)
      : client({.timeout = config.urgency_model_timeout, .https_only = !openai::IsLoopback(config.urgency_model_url)}),
        model({config.urgency_model_url, config.urgency_model, config.urgency_model_api_key}, client) {}

  HttpClient client;
  openai::UrgencyModel model;
};

HttpClient::Options HttpOptions(const Config& config) {
  HttpClient::Options options;
  options.timeout = config.twilio_timeout;
  // Plain HTTP is for a simulator that the operator named.
  options.https_only = config.twilio_base_url.rfind("https://", 0) == 0;
  return options;
}

}  // namespace

absl::Status Serve(const Config& config) {
  Clock clock;
  if (!config.test_clock_file.empty()) {
    absl::StatusOr<Clock> moved = Clock::FromOffsetFile(config.test_clock_file);
    if (!moved.ok()) return moved.status();
    clock = *moved;
  }
  if (absl::Status status = CheckSchema(config.database_url); !status.ok()) return status;

  Metrics metrics;
  rpc::WatchHub watch_hub(config.database_url);
  // The engine goes after the client, whose last callbacks it takes.
  std::unique_ptr<engine::Engine> engine;
  HttpClient http_client(HttpOptions(config));
  twilio::SmsSender sms(SmsOptions(config), http_client);
  twilio::VoiceSender voice(VoiceOptions(config), http_client);
  const std::vector<Provider*> providers = {&sms, &voice};
  const bool asks_model = !config.urgency_model_url.empty();
  const auto second_opinion = asks_model ? std::make_unique<SecondOpinion>(config) : nullptr;
  engine = std::make_unique<engine::Engine>(config.database_url, absl::StrCat(getpid(), "-", NewId()), providers,
                                            asks_model ? &second_opinion->model : nullptr, clock, metrics,
                                            [&watch_hub] { watch_hub.Wake(); });
  db::WorkerPool workers(config.database_url, config.database_threads,
                         static_cast<std::size_t>(config.queue_length_max));
  db::WorkerPool file_workers(config.database_url, kFileThreads, kFileQueueLengthMax);
  const auto decision_for = [&providers](v1::Channel channel, const std::string& error_code) {
    const Provider* provider = ProviderFor(providers, channel);
    return provider == nullptr ? core::FailureDecision::kOtherChannel : provider->DecisionFor(error_code);
  };
  rpc::DispatchServiceImpl::Options options;
  options.database_url = config.database_url;
  options.waiting_max = static_cast<std::size_t>(config.queue_length_max);
  options.asks_model = asks_model;
  options.decision_for = decision_for;
  options.changed = [&](bool due_soon) {
    if (due_soon) engine->Wake();
    watch_hub.Wake();
  };
  rpc::DispatchServiceImpl service(std::move(options), workers, watch_hub, clock, metrics);

  rpc::DirectoryServiceImpl directory_service(workers, file_workers, clock, metrics, CarriedChannels(providers),
                                              [&] { engine->Wake(); });

  HttpServer metrics_server({.address = config.metrics_listen, .handler_threads = 1},
                            [&metrics](const HttpRequest& request) { return ServeMetrics(metrics, request); });
  if (absl::Status status = metrics_server.Start(); !status.ok()) return Annotate(status, "serve --metrics_listen");

  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  // Links the health service's description, for reflection to find.
  grpc::health::v1::HealthCheckRequest::descriptor();
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(config.listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Our clients ping every 10 s, to notice when we vanish.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.SetMaxReceiveMessageSize(kRequestBytesMax);
  builder.RegisterService(&service);
  builder.RegisterService(&directory_service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot serve gRPC at ", config.listen, "; is the port taken?"));
  }

  watch_hub.Start();
  engine->StartNotices();
  if (config.engine) engine->Start();
  LogInfo("dispatchd serves", {{"grpc_port", port}, {"metrics_port", metrics_server.port()}});

  const int signal = WaitForShutdownSignal();
  LogInfo("shutting down", {{"signal", signal}});
  const absl::Time deadline = absl::Now() + config.shutdown_grace;
  server->GetHealthCheckService()->SetServingStatus(false);
  watch_hub.Stop();
  service.Stop();  // answers what was asked, and refuses what is asked now
  workers.Stop();
  file_workers.Stop();
  server->Shutdown(absl::ToChronoTime(absl::Now() + kFlushTime));
  engine->Stop(deadline - absl::Now());
  metrics_server.Stop();
  LogInfo("shut down");
  return absl::OkStatus();
}

}  // namespace afterhours::app
