#pragma once

#include "adapters/http_client.h"
#include "adapters/opinion.h"

namespace afterhours::openai {

// What an answer to POST /chat/completions means. An opinion is read from a JSON
// object with "urgency" and "reason" wherever it stands in the model's text: in a
// code fence, or with other words around it; of several the last. An unknown
// level is none. Nothing of the answer's text gets into `error_message`, for it
// may repeat the caller's words, or the key.
Opinion ReadAnswer(const HttpResult& answer);

}  // namespace afterhours::openai
