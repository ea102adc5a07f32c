#include "adapters/openai/urgency_model.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/openai/answer.h"
#include "adapters/openai/request.h"

namespace afterhours::openai {

UrgencyModel::UrgencyModel(Endpoint endpoint, HttpClient& client) : endpoint_(std::move(endpoint)), client_(client) {}

void UrgencyModel::Ask(const OpinionQuestion& question, std::function<void(Opinion)> done) {
  HttpCall call;
  call.url = absl::StrCat(endpoint_.base_url, "/chat/completions");
  call.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  if (!endpoint_.api_key.empty()) {
    call.headers.emplace_back("Authorization", absl::StrCat("Bearer ", endpoint_.api_key));
  }
  call.body = RequestBody(endpoint_.model, question);
  client_.Start(std::move(call), [done = std::move(done)](const HttpResult& answer) { done(ReadAnswer(answer)); });
}

}  // namespace afterhours::openai
