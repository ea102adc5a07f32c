// Starts a dispatch, and prints its history until it ends.
//
//   dispatch_and_watch 127.0.0.1:7443 +19495550100 "Water leak in the basement"

#include <iostream>

#include "client/dispatch_client.h"

int main(int argc, char** argv) {
  using namespace afterhours;
  if (argc != 4) {
    std::cerr << "usage: dispatch_and_watch HOST:PORT CALLED_NUMBER SUMMARY\n";
    return 2;
  }
  DispatchClient client(MakeDispatchConnection({.address = argv[1]}));

  v1::DispatchRequest request;
  request.mutable_call()->set_source(v1::CALL_SOURCE_MANUAL);
  request.mutable_call()->set_called_number(argv[2]);
  request.mutable_call()->set_summary(argv[3]);
  const absl::StatusOr<v1::DispatchResponse> response = client.Dispatch(request);
  if (!response.ok()) {
    std::cerr << response.status() << "\n";
    return 1;
  }

  v1::WatchDispatchRequest watch;
  watch.set_dispatch_id(response->dispatch().id());
  const absl::Status status = client.WatchDispatch(watch, [](const v1::WatchDispatchResponse& news) {
    std::cout << news.event().sequence() << ". " << news.event().message() << std::endl;
    return true;
  });
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
