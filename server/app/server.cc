#include "server/app/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/http_client.h"
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
#include "server/rpc/dispatch_service.h"
#include "server/rpc/watch_hub.h"

namespace afterhours::app {
namespace {

// More than the bridge takes, so that a field that is too long is named.
constexpr int kRequestBytesMax = 4 << 20;
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
  engine = std::make_unique<engine::Engine>(config.database_url, absl::StrCat(getpid(), "-", NewId()), providers, clock,
                                            metrics, [&watch_hub] { watch_hub.Wake(); });
  db::WorkerPool workers(config.database_url, config.database_threads,
                         static_cast<std::size_t>(config.queue_length_max));
  const auto decision_for = [&providers](v1::Channel channel, const std::string& error_code) {
    const Provider* provider = ProviderFor(providers, channel);
    return provider == nullptr ? core::FailureDecision::kOtherChannel : provider->DecisionFor(error_code);
  };
  rpc::DispatchServiceImpl service(workers, watch_hub, clock, metrics, decision_for, [&] {
    engine->Wake();
    watch_hub.Wake();
  });

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
  workers.Stop();  // answers what was asked, and refuses what is asked now
  server->Shutdown(absl::ToChronoTime(absl::Now() + kFlushTime));
  engine->Stop(deadline - absl::Now());
  metrics_server.Stop();
  LogInfo("shut down");
  return absl::OkStatus();
}

}  // namespace afterhours::app
