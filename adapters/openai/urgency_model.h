#pragma once

#include <functional>

#include "adapters/http_client.h"
#include "adapters/openai/endpoint.h"
#include "adapters/opinion.h"

namespace afterhours::openai {

// Asks a language model how urgent a call is: POST {base_url}/chat/completions.
// Thread safe.
class UrgencyModel : public OpinionSource {
 public:
  // `client` must outlive this; its timeout is how long an answer may take.
  UrgencyModel(Endpoint endpoint, HttpClient& client);

  absl::string_view name() const override { return endpoint_.model; }
  void Ask(const OpinionQuestion& question, std::function<void(Opinion)> done) override;

 private:
  const Endpoint endpoint_;
  HttpClient& client_;
};

}  // namespace afterhours::openai
